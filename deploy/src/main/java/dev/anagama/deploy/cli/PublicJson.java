package dev.anagama.deploy.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.ProtocolMessageEnum;
import dev.anagama.deploy.client.CallException;
import dev.anagama.deploy.client.GatewayClient;
import dev.anagama.gateway.api.JobJson;
import dev.anagama.gateway.api.ModelJson;
import dev.anagama.v1.Job;
import dev.anagama.v1.Model;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** What scripts read: the same JSON as over HTTP, on several lines. */
final class PublicJson {
  private static final JsonMapper MAPPER =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  private PublicJson() {}

  /** A job of the gateway that {@code client} calls. */
  static String text(GatewayClient client, Job job) {
    return text(new JobJson((model, label) -> className(client, model, label)).of(job));
  }

  /** Models, under {@code models}. */
  static String text(List<Model> models) {
    return text(ModelJson.all(models));
  }

  /** An enum as a word, for example {@code ddim}. */
  static String word(ProtocolMessageEnum value) {
    return word(value.getValueDescriptor());
  }

  /** The same, of an enum that is known by its descriptor alone. */
  static String word(EnumValueDescriptor descriptor) {
    String prefix =
        descriptor
                .getType()
                .getName()
                .replaceAll("(?<=[a-z])(?=[A-Z])", "_")
                .toUpperCase(Locale.ROOT)
            + "_";
    String name = descriptor.getName();
    return (name.startsWith(prefix) ? name.substring(prefix.length()) : name)
        .toLowerCase(Locale.ROOT);
  }

  private static Optional<String> className(GatewayClient client, String name, int label) {
    try {
      return client.models().stream()
          .filter(model -> model.getName().equals(name))
          .map(model -> model.getCard().getClassNamesList())
          .filter(names -> label >= 0 && label < names.size())
          .map(names -> names.get(label))
          .findFirst();
    } catch (CallException e) {
      // The job is here and is what was asked for; the name only explains it.
      return Optional.empty();
    }
  }

  /** A tree of one's own. */
  static String text(ObjectNode json) {
    try {
      return MAPPER.writeValueAsString(json);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException("a tree in memory can be written", e);
    }
  }
}
