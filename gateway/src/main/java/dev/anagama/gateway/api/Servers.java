package dev.anagama.gateway.api;

import dev.anagama.gateway.status.Readiness;
import dev.anagama.v1.GenerationGrpcService;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.grpc.health.HealthService;
import io.vertx.grpc.reflection.ReflectionService;
import io.vertx.grpc.server.GrpcProtocol;
import io.vertx.grpc.server.GrpcServer;
import io.vertx.grpc.server.GrpcServerOptions;

/** The two servers; each runs on one event loop and is closed with its Vert.x. */
public final class Servers {
  // Longer than the longest wait for a job, during which nothing is sent.
  private static final int IDLE_TIMEOUT_SECONDS = 2 * JobReads.MAX_WAIT_SECONDS;

  private Servers() {}

  /**
   * Starts the HTTP server.
   *
   * @param port 0 for any that is free
   */
  public static Future<HttpServer> http(Vertx vertx, String host, int port, HttpApi api) {
    HttpServerOptions options =
        new HttpServerOptions()
            .setHost(host)
            .setPort(port)
            .setIdleTimeout(IDLE_TIMEOUT_SECONDS)
            .setHandle100ContinueAutomatically(true);
    return vertx.createHttpServer(options).requestHandler(HttpRoutes.router(vertx, api)).listen();
  }

  /**
   * Starts the gRPC server, with the health service and reflection.
   *
   * @param port 0 for any that is free
   */
  public static Future<HttpServer> grpc(
      Vertx vertx, String host, int port, GrpcApi api, Readiness readiness) {
    GrpcServer grpc =
        GrpcServer.server(
            vertx,
            new GrpcServerOptions()
                .setMaxMessageSize(HttpRoutes.MAX_BODY_BYTES)
                // Browsers have the HTTP port.
                .removeEnabledProtocol(GrpcProtocol.WEB)
                .removeEnabledProtocol(GrpcProtocol.WEB_TEXT)
                .removeEnabledProtocol(GrpcProtocol.TRANSCODING));
    grpc.addService(api);
    grpc.addService(
        HealthService.create(vertx)
            .register(
                GenerationGrpcService.SERVICE_NAME,
                () -> Future.succeededFuture(readiness.missing().isEmpty())));
    grpc.addService(ReflectionService.v1());
    return vertx
        .createHttpServer(new HttpServerOptions().setHost(host).setPort(port))
        .requestHandler(grpc)
        .listen();
  }
}
