package dev.anagama.gateway.api;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.anagama.gateway.admission.Admission;
import dev.anagama.gateway.admission.AdmissionPath;
import dev.anagama.gateway.admission.CancelPath;
import dev.anagama.gateway.admission.JobIds;
import dev.anagama.gateway.admission.Submission;
import dev.anagama.gateway.errors.Refusal;
import dev.anagama.gateway.errors.RefusalException;
import dev.anagama.gateway.models.ModelCatalog;
import dev.anagama.gateway.models.PublishedModel;
import dev.anagama.gateway.status.Readiness;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.RoutingContext;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** What each HTTP route does. {@link HttpRoutes} says which route that is. */
public final class HttpApi {
  private static final int LATEST_JOBS = 12;

  private static final Pattern JSON_TYPE =
      Pattern.compile("application/json *(; *charset *= *\"?utf-8\"? *)?");

  private final AdmissionPath admission;
  private final CancelPath cancellation;
  private final BoundedWorkers submitters;
  private final JobReads reads;
  private final ModelCatalog catalog;
  private final Readiness readiness;
  private final JobJson jobJson;

  /** Answers with those; what goes onto Kafka runs in {@code submitters}. */
  public HttpApi(
      AdmissionPath admission,
      CancelPath cancellation,
      BoundedWorkers submitters,
      JobReads reads,
      ModelCatalog catalog,
      Readiness readiness) {
    this.admission = admission;
    this.cancellation = cancellation;
    this.submitters = submitters;
    this.reads = reads;
    this.catalog = catalog;
    this.readiness = readiness;
    this.jobJson = new JobJson(catalog);
  }

  /** {@code POST /v1/jobs}: always 202, so that a retry looks like the first try. */
  Future<Reply> postJob(RoutingContext request) {
    List<String> keys = request.request().headers().getAll("Idempotency-Key");
    if (keys.size() > 1) {
      throw new RefusalException(
          Refusal.Invalid.field("Idempotency-Key", String.join(", ", keys), "one such header"));
    }
    Optional<String> id = keys.stream().findFirst().map(JobIds::ofIdempotencyKey);
    return submit(request, id).map(admission -> accepted(admission, 202));
  }

  /** {@code PUT /v1/jobs/:id}: 202 for a new job, 200 for one that is there. */
  Future<Reply> putJob(RoutingContext request) {
    Optional<String> id = Optional.of(JobIds.requireWellFormed(request.pathParam("id")));
    return submit(request, id)
        .map(admission -> accepted(admission, admission.created() ? 202 : 200));
  }

  /** {@code GET /v1/jobs/:id?wait=SECONDS}. */
  Future<Reply> getJob(RoutingContext request) {
    Promise<Void> abandoned = Promise.promise();
    request.response().closeHandler(closed -> abandoned.tryComplete());
    return reads
        .job(request.pathParam("id"), waitSeconds(request), abandoned.future())
        .map(job -> Reply.json(200, jobJson.of(job)));
  }

  /**
   * {@code DELETE /v1/jobs/:id}: 202 for a job that is asked to end, 200 for one that is canceled.
   */
  Future<Reply> deleteJob(RoutingContext request) {
    String id = request.pathParam("id");
    return submitters
        .begin(() -> cancellation.cancel(id))
        .map(job -> Reply.json(job.hasEndedAt() ? 200 : 202, jobJson.of(job)));
  }

  /** {@code GET /v1/jobs/:id/images/:index?redirect=BOOLEAN}. */
  Future<Reply> getImage(RoutingContext request) {
    // A link is signed for GET alone, so HEAD is answered here.
    boolean redirect =
        ImageQuery.redirect(request.queryParams()).orElseGet(reads::linksAreUsual)
            && request.request().method().equals(HttpMethod.GET);
    return reads
        .image(request.pathParam("id"), imageIndex(request.pathParam("index")))
        .compose(image -> imageReply(request, image, redirect));
  }

  /** {@code GET /v1/models}. */
  Future<Reply> getModels(RoutingContext request) {
    return Future.succeededFuture(Reply.json(200, ModelJson.all(Models.all(catalog))));
  }

  /** {@code GET /v1/models/:model}. */
  Future<Reply> getModel(RoutingContext request) {
    String name = request.pathParam("model");
    PublishedModel model =
        catalog
            .find(name)
            .orElseThrow(
                () ->
                    new RefusalException(
                        new Refusal.NotFound(
                            "there is no model '%s'; published: %s"
                                .formatted(name, catalog.names()))));
    return Future.succeededFuture(Reply.json(200, ModelJson.of(Models.of(model, catalog))));
  }

  /**
   * {@code GET /healthz}: the process answers. It names the checkpoints that workers have refused;
   * those are no fault of the gateway, so the status stays.
   */
  Future<Reply> getHealth(RoutingContext request) {
    ObjectNode json = JsonNodeFactory.instance.objectNode().put("status", "live");
    json.set("refused_checkpoints", ModelJson.refused(catalog.reports().refused()));
    return Future.succeededFuture(Reply.json(200, json));
  }

  /** {@code GET /readyz}: whether jobs can be taken and all earlier ones are known. */
  Future<Reply> getReadiness(RoutingContext request) {
    List<String> missing = readiness.missing();
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("status", missing.isEmpty() ? "ready" : "not ready");
    ArrayNode sentences = json.putArray("missing");
    missing.forEach(sentences::add);
    return Future.succeededFuture(Reply.json(missing.isEmpty() ? 200 : 503, json));
  }

  /** {@code GET /}: a page for people. */
  Future<Reply> getPage(RoutingContext request) {
    return Future.succeededFuture(
        Reply.html(IndexPage.html(catalog.all(), reads.latestSucceeded(LATEST_JOBS))));
  }

  private Future<Admission> submit(RoutingContext request, Optional<String> id) {
    requireJson(request);
    Buffer body = request.body().buffer();
    Submission submission = JobBody.read(id, body == null ? new byte[0] : body.getBytes());
    return submitters.begin(() -> admission.admit(submission));
  }

  private Reply accepted(Admission admission, int status) {
    return Reply.json(status, jobJson.of(admission.job()))
        .with("Location", JobJson.jobPath(admission.job().getId()));
  }

  private Future<Reply> imageReply(RoutingContext request, JobImage image, boolean redirect) {
    String tag = "\"" + image.stored().getSha256() + "\"";
    Map<String, String> headers =
        Map.of(
            "ETag",
            tag,
            // What is stored under a job's id does not change.
            "Cache-Control",
            "private, max-age=31536000, immutable");
    if (tag.equals(request.request().getHeader("If-None-Match"))) {
      return Future.succeededFuture(new Reply(304, headers, Buffer.buffer()));
    }
    Future<Optional<URI>> link =
        redirect ? reads.link(image) : Future.succeededFuture(Optional.empty());
    return link.compose(
        uri ->
            uri.map(to -> Future.succeededFuture(Reply.redirect(to)))
                .orElseGet(() -> imageBytes(image, headers)));
  }

  private Future<Reply> imageBytes(JobImage image, Map<String, String> headers) {
    return reads
        .bytes(image)
        .map(
            bytes ->
                new Reply(200, headers, bytes)
                    .with("Content-Type", image.stored().getContentType()));
  }

  private static void requireJson(RoutingContext request) {
    String type = request.request().getHeader("Content-Type");
    String encoding = request.request().getHeader("Content-Encoding");
    if (type == null || !JSON_TYPE.matcher(type.strip().toLowerCase(Locale.ROOT)).matches()) {
      throw new RefusalException(
          new Refusal.WrongMediaType(
              "Content-Type is '%s'; allowed: application/json".formatted(type)));
    }
    if (encoding != null && !encoding.equalsIgnoreCase("identity")) {
      throw new RefusalException(
          new Refusal.WrongMediaType(
              "Content-Encoding is '%s'; allowed: none".formatted(encoding)));
    }
  }

  private static int waitSeconds(RoutingContext request) {
    for (String name : request.queryParams().names()) {
      if (!name.equals("wait")) {
        throw new RefusalException(
            Refusal.Invalid.field(
                name,
                String.join(", ", request.queryParam(name)),
                NearestName.noSuchField(name, Set.of("wait"))));
      }
    }
    List<String> values = request.queryParam("wait");
    if (values.isEmpty()) {
      return 0;
    }
    String value = String.join(", ", values);
    int seconds = value.matches("[0-9]{1,3}") ? Integer.parseInt(value) : -1;
    if (seconds < 0 || seconds > JobReads.MAX_WAIT_SECONDS) {
      throw new RefusalException(Refusal.Invalid.field("wait", value, JobReads.WAIT_ALLOWED));
    }
    return seconds;
  }

  private static int imageIndex(String text) {
    if (!text.matches("[0-9]{1,4}")) {
      throw new RefusalException(
          new Refusal.NotFound(
              "there is no image '%s'; images are numbered from 0".formatted(text)));
    }
    return Integer.parseInt(text);
  }
}
