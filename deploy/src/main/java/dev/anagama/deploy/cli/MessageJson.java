package dev.anagama.deploy.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import com.google.protobuf.Timestamp;
import com.google.protobuf.util.Timestamps;

/** Messages as they lie on Kafka: names of the protocol buffers, enums as words in lower case. */
final class MessageJson {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private MessageJson() {}

  /** A message as a tree. */
  static ObjectNode of(Message message) {
    ObjectNode json = JSON.objectNode();
    for (FieldDescriptor field : message.getDescriptorForType().getFields()) {
      if (field.isRepeated()) {
        ArrayNode array = json.putArray(field.getName());
        for (int i = 0; i < message.getRepeatedFieldCount(field); i++) {
          array.add(value(field, message.getRepeatedField(field, i)));
        }
      } else if (!field.hasPresence() || message.hasField(field)) {
        json.set(field.getName(), value(field, message.getField(field)));
      }
    }
    return json;
  }

  private static JsonNode value(FieldDescriptor field, Object value) {
    return switch (field.getJavaType()) {
      case INT -> JSON.numberNode((Integer) value);
      case LONG -> JSON.numberNode((Long) value);
      case FLOAT -> JSON.numberNode((Float) value);
      case DOUBLE -> JSON.numberNode((Double) value);
      case BOOLEAN -> JSON.booleanNode((Boolean) value);
      case STRING -> JSON.textNode((String) value);
      case BYTE_STRING -> JSON.binaryNode(((ByteString) value).toByteArray());
      case ENUM -> JSON.textNode(PublicJson.word((EnumValueDescriptor) value));
      case MESSAGE ->
          value instanceof Timestamp time
              ? JSON.textNode(Timestamps.toString(time))
              : of((Message) value);
    };
  }
}
