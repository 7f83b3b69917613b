package dev.anagama.deploy.cli;

import dev.anagama.deploy.client.GatewayClient;
import dev.anagama.deploy.client.ServerAddress;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** Which gateway a client command speaks to. */
final class ServerOption {
  @Option(
      names = "--server",
      paramLabel = "HOST:PORT",
      defaultValue = "127.0.0.1:9090",
      converter = Address.class,
      description = "The gateway's gRPC address (default: ${DEFAULT-VALUE}).")
  private ServerAddress server = new ServerAddress("127.0.0.1", 9090);

  GatewayClient connect() {
    return GatewayClient.of(server);
  }

  private static final class Address implements ITypeConverter<ServerAddress> {
    @Override
    public ServerAddress convert(String text) {
      try {
        return ServerAddress.parse(text);
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(e.getMessage());
      }
    }
  }
}
