package dev.anagama.deploy.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.anagama.deploy.letters.DeadLetter;
import dev.anagama.deploy.letters.LetterContent;
import dev.anagama.deploy.letters.LetterHeaders;
import dev.anagama.deploy.letters.LetterTopic;

/** Dead letters in the form that scripts read; what is not known is left out. */
final class LetterJson {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private LetterJson() {}

  /** A list, under {@code dead_letters}, and how many there are in all. */
  static String text(LetterTopic.Listing listing) {
    ObjectNode json = JSON.objectNode();
    ArrayNode array = json.putArray("dead_letters");
    listing.letters().forEach(letter -> array.add(of(letter)));
    json.put("matching", listing.matching());
    return PublicJson.text(json);
  }

  /** All of one: the job under {@code job}, or the bytes under {@code value_base64}. */
  static String text(DeadLetter letter) {
    ObjectNode json = of(letter.summary());
    ArrayNode headers = json.putArray("headers");
    letter
        .all()
        .forEach(
            header -> {
              ObjectNode entry = headers.addObject().put("name", header.key());
              if (header.value() != null) {
                entry.put("value", new String(header.value(), UTF_8));
              }
            });
    if (letter.content() instanceof LetterContent.Job some) {
      json.set("job", MessageJson.of(some.job()));
    } else if (letter.content() instanceof LetterContent.Undecodable bytes) {
      json.put("value_base64", bytes.value());
    }
    return PublicJson.text(json);
  }

  private static ObjectNode of(DeadLetter.Summary letter) {
    ObjectNode json = JSON.objectNode();
    json.put("place", letter.place().toString());
    letter.key().ifPresent(key -> json.put("key", key));
    letter.jobId().ifPresent(id -> json.put("job_id", id));
    letter.tenant().ifPresent(tenant -> json.put("tenant", tenant));
    letter.model().ifPresent(model -> json.put("model", model));
    LetterHeaders headers = letter.headers();
    headers.category().ifPresent(category -> json.put("category", category));
    headers.attempts().ifPresent(attempts -> json.put("attempts", attempts));
    headers.reason().ifPresent(reason -> json.put("reason", reason));
    headers.worker().ifPresent(worker -> json.put("worker", worker));
    headers.givenUpAt().ifPresent(time -> json.put("given_up_at", time.toString()));
    json.put("recorded_at", letter.recordedAt().toString());
    headers
        .source()
        .ifPresent(
            source ->
                json.putObject("source")
                    .put("topic", source.topic())
                    .put("partition", source.partition())
                    .put("offset", source.offset()));
    return json;
  }
}
