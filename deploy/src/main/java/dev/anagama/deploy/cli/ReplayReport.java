package dev.anagama.deploy.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.anagama.deploy.letters.DeadLetter;
import dev.anagama.deploy.letters.Replay;
import java.io.PrintWriter;

/** What became of each letter: a line each as it happens, or one JSON document at the end. */
final class ReplayReport {
  private final PrintWriter out;
  private final boolean asJson;
  private final boolean dryRun;
  private final ObjectNode json = JsonNodeFactory.instance.objectNode();
  private final ArrayNode replayed = json.putArray("replayed");
  private final ArrayNode left = json.putArray("left");

  ReplayReport(PrintWriter out, boolean asJson, boolean dryRun) {
    this.out = out;
    this.asJson = asJson;
    this.dryRun = dryRun;
    json.put("dry_run", dryRun);
  }

  /** A letter whose job Kafka holds anew, or would. */
  void replayed(DeadLetter.Summary letter, Replay.Anew anew) {
    ObjectNode entry = replayed.addObject().put("place", letter.place().toString());
    letter.jobId().ifPresent(id -> entry.put("job_id", id));
    entry
        .put("new_job_id", anew.jobId())
        .put("topic", anew.record().topic())
        .put("deadline_dropped", anew.deadlineDropped());
    say(
        "%s: job %s again as %s on %s%s"
            .formatted(
                letter.place(),
                letter.jobId().orElse(""),
                anew.jobId(),
                anew.record().topic(),
                anew.deadlineDropped() ? ", without its deadline, which has passed" : ""));
  }

  /** A letter that Kafka holds as it came, or would. */
  void replayed(DeadLetter.Summary letter, Replay.AsItCame same) {
    replayed
        .addObject()
        .put("place", letter.place().toString())
        .put("topic", same.record().topic());
    say("%s: as it came on %s".formatted(letter.place(), same.record().topic()));
  }

  /** A letter that stays as it is. */
  void left(DeadLetter.Summary letter, String why) {
    left.addObject().put("place", letter.place().toString()).put("why", why);
    say("%s: left, %s".formatted(letter.place(), why));
  }

  /** The last words. */
  void print() {
    if (asJson) {
      out.println(PublicJson.text(json));
    } else {
      out.printf(
          "%s %d, left %d%n", dryRun ? "would replay" : "replayed", replayed.size(), left.size());
    }
  }

  /** The last words of a call that failed, if something was done before. */
  void printIfAny() {
    if (!replayed.isEmpty()) {
      print();
    }
  }

  private void say(String line) {
    if (!asJson) {
      out.println(line);
    }
  }
}
