package dev.anagama.deploy.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import com.google.protobuf.ProtocolMessageEnum;
import com.google.protobuf.Timestamp;
import com.google.protobuf.util.Timestamps;
import dev.anagama.v1.Job;
import dev.anagama.v1.Model;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Locale;

/**
 * Messages in the form that scripts read. Names are those of the protocol buffers, enums are words
 * in lower case, numbers are numbers, times are RFC 3339 in UTC; what is not known is left out.
 */
final class PublicJson {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
  private static final JsonMapper MAPPER =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  private PublicJson() {}

  /** A job. */
  static String text(Job job) {
    return text(of(job));
  }

  /** Models, under {@code models}. */
  static String text(List<Model> models) {
    ObjectNode json = JSON.objectNode();
    ArrayNode array = json.putArray("models");
    models.forEach(model -> array.add(of(model)));
    return text(json);
  }

  /** An enum as a word, for example {@code ddim}. */
  static String word(ProtocolMessageEnum value) {
    return word(value.getValueDescriptor());
  }

  private static String word(EnumValueDescriptor value) {
    String prefix =
        value.getType().getName().replaceAll("(?<=[a-z])(?=[A-Z])", "_").toUpperCase(Locale.ROOT)
            + "_";
    String name = value.getName();
    return (name.startsWith(prefix) ? name.substring(prefix.length()) : name)
        .toLowerCase(Locale.ROOT);
  }

  /** A tree of one's own. */
  static String text(ObjectNode json) {
    try {
      return MAPPER.writeValueAsString(json);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException("a tree in memory can be written", e);
    }
  }

  /** Any message, as a part of another tree. */
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
      case BYTE_STRING -> JSON.binaryNode(((com.google.protobuf.ByteString) value).toByteArray());
      case ENUM -> JSON.textNode(word((EnumValueDescriptor) value));
      case MESSAGE ->
          value instanceof Timestamp time
              ? JSON.textNode(Timestamps.toString(time))
              : of((Message) value);
    };
  }
}
