package dev.anagama.gateway.api;

import dev.anagama.gateway.errors.Refusal;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** The HTTP routes, and how their answers are written. */
final class HttpRoutes {
  /** Largest body of a request, in bytes. */
  static final int MAX_BODY_BYTES = 64 * 1024;

  private record Route(
      HttpMethod method, String path, Function<RoutingContext, Future<Reply>> answer) {}

  private HttpRoutes() {}

  /** A router to {@code api}. */
  static Router router(Vertx vertx, HttpApi api) {
    List<Route> routes =
        List.of(
            new Route(HttpMethod.POST, "/v1/jobs", api::postJob),
            new Route(HttpMethod.PUT, "/v1/jobs/:id", api::putJob),
            new Route(HttpMethod.GET, "/v1/jobs/:id", api::getJob),
            new Route(HttpMethod.DELETE, "/v1/jobs/:id", api::deleteJob),
            new Route(HttpMethod.GET, "/v1/jobs/:id/images/:index", api::getImage),
            new Route(HttpMethod.GET, "/v1/models", api::getModels),
            new Route(HttpMethod.GET, "/v1/models/:model", api::getModel),
            new Route(HttpMethod.GET, "/healthz", api::getHealth),
            new Route(HttpMethod.GET, "/readyz", api::getReadiness),
            new Route(HttpMethod.GET, "/", api::getPage));
    Router router = Router.router(vertx);
    Map<String, List<String>> methodsByPath = new LinkedHashMap<>();
    for (Route route : routes) {
      List<String> methods = methodsByPath.computeIfAbsent(route.path(), path -> new ArrayList<>());
      methods.add(route.method().name());
      if (route.method().equals(HttpMethod.GET)) {
        // The server leaves the body out of the answer.
        methods.add(HttpMethod.HEAD.name());
        router.head(route.path()).handler(answering(route));
        router.get(route.path()).handler(answering(route));
      } else {
        router
            .route(route.method(), route.path())
            .handler(BodyHandler.create(false).setBodyLimit(MAX_BODY_BYTES))
            .handler(answering(route));
      }
    }
    methodsByPath.forEach((path, methods) -> router.route(path).handler(wrongMethod(methods)));
    router.route().handler(HttpRoutes::noSuchRoute);
    router.route().failureHandler(HttpRoutes::failed);
    // A path that can not be decoded fits no route, not even that of the failures.
    router.errorHandler(400, request -> write(request, Reply.problem(unreadable())));
    return router;
  }

  private static Handler<RoutingContext> answering(Route route) {
    return request -> {
      Future<Reply> reply;
      try {
        reply = route.answer().apply(request);
      } catch (RuntimeException e) {
        reply = Future.failedFuture(e);
      }
      reply
          .otherwise(failure -> Reply.problem(RefusalStatus.refusal(failure)))
          .onSuccess(answer -> write(request, answer));
    };
  }

  private static void write(RoutingContext request, Reply reply) {
    HttpServerResponse response = request.response();
    if (response.closed() || response.ended()) {
      return;
    }
    response.setStatusCode(reply.status());
    reply.headers().forEach(response::putHeader);
    response.putHeader("X-Content-Type-Options", "nosniff");
    response.end(reply.body());
  }

  private static Handler<RoutingContext> wrongMethod(List<String> allowed) {
    return request ->
        write(
            request,
            Reply.problem(
                new Refusal.WrongMethod(
                    "%s does not take %s; allowed: %s"
                        .formatted(
                            request.normalizedPath(),
                            request.request().method(),
                            String.join(", ", allowed)),
                    allowed)));
  }

  private static void noSuchRoute(RoutingContext request) {
    write(
        request,
        Reply.problem(
            new Refusal.NotFound(
                "there is no route %s; GET / lists the routes"
                    .formatted(request.normalizedPath()))));
  }

  /** What the router itself refuses. */
  private static void failed(RoutingContext request) {
    Refusal refusal =
        switch (request.statusCode()) {
          case 400 -> unreadable();
          case 413 ->
              new Refusal.TooLarge(
                  "the body is too large; allowed: %d bytes".formatted(MAX_BODY_BYTES));
          default -> RefusalStatus.refusal(request.failure());
        };
    write(request, Reply.problem(refusal));
  }

  private static Refusal unreadable() {
    return new Refusal.Invalid(
        "the request can not be read; allowed: HTTP with a path in percent-encoded UTF-8",
        List.of());
  }
}
