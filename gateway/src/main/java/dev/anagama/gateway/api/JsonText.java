package dev.anagama.gateway.api;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.anagama.gateway.errors.Refusal;
import dev.anagama.gateway.errors.RefusalException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads and writes JSON text, strictly: UTF-8, no duplicate names, nothing after the end. */
final class JsonText {
  private static final int MAX_DEPTH = 16;

  private static final ObjectMapper MAPPER =
      new ObjectMapper(
          JsonFactory.builder()
              .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
              .streamReadConstraints(
                  StreamReadConstraints.builder().maxNestingDepth(MAX_DEPTH).build())
              .build());

  private JsonText() {}

  /**
   * Reads an object.
   *
   * @throws RefusalException saying where the text is no JSON, or that it is no object
   */
  static ObjectNode readObject(byte[] utf8) {
    if (utf8.length == 0) {
      throw malformed("the body is empty; allowed: a JSON object, {} for all defaults");
    }
    JsonNode node = read(decoded(utf8));
    if (node instanceof ObjectNode object) {
      return object;
    }
    throw malformed(
        node == null
            ? "the body is blank; allowed: a JSON object, {} for all defaults"
            : "the body is JSON but no object; allowed: a JSON object, {} for all defaults");
  }

  static byte[] write(ObjectNode json) {
    try {
      return MAPPER.writeValueAsBytes(json);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException("a tree in memory can be written", e);
    }
  }

  private static String decoded(byte[] utf8) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(utf8)).toString();
    } catch (CharacterCodingException e) {
      throw malformed("the body is not UTF-8");
    }
  }

  private static @Nullable JsonNode read(String text) {
    try (JsonParser parser = MAPPER.createParser(text)) {
      JsonNode node = MAPPER.readTree(parser);
      if (node != null && parser.nextToken() != null) {
        throw at(parser.currentTokenLocation(), "there is more after the end of the object");
      }
      return node;
    } catch (JsonProcessingException e) {
      // What the parser says of its own options and sources is no help to a caller.
      String message =
          e.getOriginalMessage().replaceFirst("(: enable `| \\(start marker at ).*", "");
      throw at(e.getLocation(), message.lines().findFirst().orElse("unreadable"));
    } catch (IOException e) {
      throw new UncheckedIOException("text in memory can be read", e);
    }
  }

  private static RefusalException at(@Nullable JsonLocation location, String what) {
    return malformed(
        location == null
            ? "the body is not JSON: " + what
            : "the body is not JSON at line %d, column %d: %s"
                .formatted(location.getLineNr(), location.getColumnNr(), what));
  }

  private static RefusalException malformed(String detail) {
    return new RefusalException(new Refusal.Invalid(detail, List.of()));
  }
}
