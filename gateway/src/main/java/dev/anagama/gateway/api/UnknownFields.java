package dev.anagama.gateway.api;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import dev.anagama.gateway.errors.FieldProblem;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Finds fields of a message that this gateway does not know and so would leave undone. */
final class UnknownFields {
  private UnknownFields() {}

  /** A problem for each unknown field of {@code message} and of the messages in it. */
  static List<FieldProblem> in(Message message) {
    List<FieldProblem> problems = new ArrayList<>();
    collect(message, problems);
    return problems;
  }

  private static void collect(Message message, List<FieldProblem> problems) {
    String type = message.getDescriptorForType().getFullName();
    for (int number : message.getUnknownFields().asMap().keySet()) {
      problems.add(
          new FieldProblem(
              "field %d of %s".formatted(number, type), "unknown here", "the fields of " + type));
    }
    for (Map.Entry<FieldDescriptor, Object> field : message.getAllFields().entrySet()) {
      if (field.getValue() instanceof Message nested) {
        collect(nested, problems);
      }
    }
  }
}
