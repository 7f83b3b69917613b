package dev.anagama.contract;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.EnumDescriptor;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.Descriptors.MethodDescriptor;
import com.google.protobuf.Descriptors.OneofDescriptor;
import com.google.protobuf.Descriptors.ServiceDescriptor;
import dev.anagama.v1.GenerationOuterClass;
import dev.anagama.v1.Jobs;
import java.util.Comparator;
import java.util.Locale;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The contract as lines of text, one for each thing that a peer built from an older version relies
 * on: numbers and types for the wire, names for JSON and for source code.
 */
final class ReleasedContract {
  static final String PACKAGE = "anagama.v1";

  private ReleasedContract() {}

  /** Every file of the contract by path: the service, the stored jobs, and what they import. */
  static SortedMap<String, FileDescriptor> files() {
    SortedMap<String, FileDescriptor> files = new TreeMap<>();
    collect(GenerationOuterClass.getDescriptor(), files);
    collect(Jobs.getDescriptor(), files);
    return files;
  }

  static SortedSet<String> lines() {
    SortedSet<String> lines = new TreeSet<>(Comparator.naturalOrder());
    for (FileDescriptor file : files().values()) {
      file.getMessageTypes().forEach(message -> message(message, lines));
      file.getEnumTypes().forEach(type -> enumeration(type, lines));
      file.getServices().forEach(service -> service(service, lines));
    }
    return lines;
  }

  private static void collect(FileDescriptor file, SortedMap<String, FileDescriptor> files) {
    if (file.getPackage().equals(PACKAGE) && files.put(file.getName(), file) == null) {
      file.getDependencies().forEach(imported -> collect(imported, files));
    }
  }

  private static void message(Descriptor message, SortedSet<String> lines) {
    lines.add("message " + message.getFullName());
    for (FieldDescriptor field : message.getFields()) {
      lines.add(
          "field %s = %d %s %s json=%s"
              .formatted(
                  field.getFullName(),
                  field.getNumber(),
                  label(field),
                  type(field),
                  field.getJsonName()));
    }
    message.getNestedTypes().forEach(nested -> message(nested, lines));
    message.getEnumTypes().forEach(nested -> enumeration(nested, lines));
  }

  private static void enumeration(EnumDescriptor type, SortedSet<String> lines) {
    for (EnumValueDescriptor value : type.getValues()) {
      lines.add(
          "value %s.%s = %d".formatted(type.getFullName(), value.getName(), value.getNumber()));
    }
  }

  private static void service(ServiceDescriptor service, SortedSet<String> lines) {
    for (MethodDescriptor method : service.getMethods()) {
      lines.add(
          "rpc %s (%s%s) returns (%s%s)"
              .formatted(
                  method.getFullName(),
                  method.isClientStreaming() ? "stream " : "",
                  method.getInputType().getFullName(),
                  method.isServerStreaming() ? "stream " : "",
                  method.getOutputType().getFullName()));
    }
  }

  private static String label(FieldDescriptor field) {
    OneofDescriptor oneof = field.getRealContainingOneof();
    if (oneof != null) {
      return "oneof:" + oneof.getName();
    }
    if (field.isRepeated()) {
      return "repeated";
    }
    return field.hasPresence() ? "optional" : "singular";
  }

  private static String type(FieldDescriptor field) {
    return switch (field.getJavaType()) {
      case MESSAGE -> field.getMessageType().getFullName();
      case ENUM -> field.getEnumType().getFullName();
      case INT, LONG, FLOAT, DOUBLE, BOOLEAN, STRING, BYTE_STRING ->
          field.getType().name().toLowerCase(Locale.ROOT);
    };
  }
}
