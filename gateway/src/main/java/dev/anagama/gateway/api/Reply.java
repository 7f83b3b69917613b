package dev.anagama.gateway.api;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.anagama.gateway.errors.FieldProblem;
import dev.anagama.gateway.errors.Refusal;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.vertx.core.buffer.Buffer;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * An HTTP answer.
 *
 * @param status HTTP status
 * @param headers headers besides the length; {@code Content-Type} among them unless the body is
 *     empty
 * @param body bytes of the body
 */
record Reply(int status, Map<String, String> headers, Buffer body) {
  /** Keeps its own copy of the headers. */
  Reply {
    headers = Map.copyOf(headers);
  }

  static Reply json(int status, ObjectNode json) {
    return new Reply(
        status,
        Map.of("Content-Type", "application/json", "Cache-Control", "no-store"),
        Buffer.buffer(JsonText.write(json)));
  }

  /** To a link that is good for a time, so nobody may keep the answer. */
  static Reply redirect(URI to) {
    return new Reply(
        307, Map.of("Location", to.toString(), "Cache-Control", "no-store"), Buffer.buffer());
  }

  static Reply html(String html) {
    return new Reply(
        200,
        Map.of(
            "Content-Type",
            "text/html; charset=utf-8",
            "Cache-Control",
            "no-store",
            // The page has no scripts and loads nothing from elsewhere.
            "Content-Security-Policy",
            "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'"),
        Buffer.buffer(html));
  }

  /** A problem document (RFC 9457) with the members {@code category} and {@code errors}. */
  static Reply problem(Refusal refusal) {
    int status = RefusalStatus.of(refusal.category()).http();
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    // The kind is told by "category"; a type that can not be looked up would be no help.
    json.put("type", "about:blank");
    json.put("title", HttpResponseStatus.valueOf(status).reasonPhrase());
    json.put("status", status);
    json.put("detail", refusal.detail());
    json.put("category", refusal.category().name().toLowerCase(Locale.ROOT));
    Map<String, String> headers = new LinkedHashMap<>();
    headers.put("Content-Type", "application/problem+json");
    headers.put("Cache-Control", "no-store");
    if (refusal instanceof Refusal.Invalid invalid) {
      json.set("errors", errors(invalid.problems()));
    }
    if (refusal instanceof Refusal.WrongMethod wrong) {
      headers.put("Allow", String.join(", ", wrong.allowed()));
    }
    int retryAfterSeconds = RefusalStatus.retryAfterSeconds(refusal);
    if (retryAfterSeconds > 0) {
      headers.put("Retry-After", Integer.toString(retryAfterSeconds));
    }
    return new Reply(status, headers, Buffer.buffer(JsonText.write(json)));
  }

  /** This answer with one header more. */
  Reply with(String header, String value) {
    Map<String, String> more = new LinkedHashMap<>(headers);
    more.put(header, value);
    return new Reply(status, more, body);
  }

  private static ArrayNode errors(List<FieldProblem> problems) {
    ArrayNode errors = JsonNodeFactory.instance.arrayNode();
    for (FieldProblem problem : problems) {
      errors
          .addObject()
          .put("field", problem.field())
          .put("value", problem.value())
          .put("allowed", problem.allowed());
    }
    return errors;
  }
}
