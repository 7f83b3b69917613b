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
import io.vertx.grpc.server.Service;
import java.util.List;

/**
 * The two servers; each runs on one event loop and is closed with its Vert.x.
 *
 * <p>Both close a connection on which nothing has come or gone for {@value #IDLE_TIMEOUT_SECONDS}
 * s, whether its caller is still there or not: nobody tells the server of one that is not. A caller
 * who wants to keep a gRPC connection may send HTTP/2 pings.
 */
public final class Servers {
  /** Longer than the longest wait for a job, during which nothing is sent. */
  static final int IDLE_TIMEOUT_SECONDS = 2 * JobReads.MAX_WAIT_SECONDS;

  private Servers() {}

  /**
   * Starts the HTTP server.
   *
   * @param port 0 for any that is free
   */
  public static Future<HttpServer> http(Vertx vertx, String host, int port, HttpApi api) {
    HttpServerOptions options =
        options(host, port, IDLE_TIMEOUT_SECONDS).setHandle100ContinueAutomatically(true);
    return vertx.createHttpServer(options).requestHandler(HttpRoutes.router(vertx, api)).listen();
  }

  /**
   * Starts the gRPC server, with the health service and reflection.
   *
   * @param port 0 for any that is free
   */
  public static Future<HttpServer> grpc(
      Vertx vertx, String host, int port, GrpcApi api, Readiness readiness) {
    HealthService health =
        HealthService.create(vertx)
            .register(
                GenerationGrpcService.SERVICE_NAME,
                () -> Future.succeededFuture(readiness.missing().isEmpty()));
    return grpc(
        vertx,
        options(host, port, IDLE_TIMEOUT_SECONDS),
        List.of(api, health, ReflectionService.v1()));
  }

  /** Starts a gRPC server with those services. */
  static Future<HttpServer> grpc(Vertx vertx, HttpServerOptions options, List<Service> services) {
    GrpcServer grpc =
        GrpcServer.server(
            vertx,
            new GrpcServerOptions()
                .setMaxMessageSize(HttpRoutes.MAX_BODY_BYTES)
                // Browsers have the HTTP port.
                .removeEnabledProtocol(GrpcProtocol.WEB)
                .removeEnabledProtocol(GrpcProtocol.WEB_TEXT)
                .removeEnabledProtocol(GrpcProtocol.TRANSCODING));
    services.forEach(grpc::addService);
    return vertx.createHttpServer(options).requestHandler(grpc).listen();
  }

  /** What both have in common. */
  static HttpServerOptions options(String host, int port, int idleTimeoutSeconds) {
    return new HttpServerOptions().setHost(host).setPort(port).setIdleTimeout(idleTimeoutSeconds);
  }
}
