package dev.anagama.platform.objectstore;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.anagama.platform.config.Settings;
import dev.anagama.platform.config.StoreConfig;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.auth.AuthenticationType;
import org.gaul.s3proxy.nio2blob.TransientNio2BlobStore;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server with a certificate that it signed itself. */
class S3TlsIT {
  private static final String PASSWORD = "changeit";
  private static final String TRUST_STORE = "javax.net.ssl.trustStore";
  private static final String TRUST_STORE_PASSWORD = "javax.net.ssl.trustStorePassword";

  @TempDir Path folder;
  private Path trusted = Path.of("");
  private S3Proxy server;

  @BeforeEach
  void startServer() throws Exception {
    Path keys = folder.resolve("keys.p12");
    Path certificate = folder.resolve("certificate.pem");
    trusted = folder.resolve("trusted.p12");
    keytool("-genkeypair -keyalg EC -dname CN=localhost -ext SAN=dns:localhost", keys);
    keytool("-exportcert -file " + certificate, keys);
    keytool("-importcert -noprompt -file " + certificate, trusted);
    TransientNio2BlobStore objects = new TransientNio2BlobStore();
    objects.createContainer("bucket");
    server =
        S3Proxy.builder()
            .blobStore(objects)
            .secureEndpoint(URI.create("https://127.0.0.1:0"))
            .keyStore(keys.toString(), PASSWORD)
            .awsAuthentication(
                AuthenticationType.AWS_V4, S3Server.ACCESS_KEY_ID, S3Server.SECRET_ACCESS_KEY)
            .build();
    server.start();
  }

  @AfterEach
  void stopServer() throws Exception {
    System.clearProperty(TRUST_STORE);
    System.clearProperty(TRUST_STORE_PASSWORD);
    server.stop();
  }

  @Test
  void open_certificateInTheTrustStore_storesAndReads() {
    System.setProperty(TRUST_STORE, trusted.toString());
    System.setProperty(TRUST_STORE_PASSWORD, PASSWORD);

    try (ObjectStore store = open()) {
      assertThat(store.putIfAbsent("a", new byte[] {1}, "image/png")).isTrue();
      assertThat(store.get("a")).hasValue(new byte[] {1});
    }
  }

  @Test
  void get_certificateUnknown_failsAndSaysSo() {
    try (ObjectStore store = open()) {
      assertThatExceptionOfType(ObjectStoreException.class)
          .isThrownBy(() -> store.get("a"))
          .withMessageContaining("certificat");
    }
  }

  private static void keytool(String arguments, Path store) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
    command.addAll(List.of(arguments.split(" ")));
    command.addAll(List.of("-alias", "s3", "-keystore", store.toString(), "-storepass", PASSWORD));
    Process keytool = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(keytool.getInputStream().readAllBytes(), UTF_8);
    assertThat(keytool.waitFor()).as(said).isZero();
  }

  private ObjectStore open() {
    Map<String, String> settings = new HashMap<>();
    settings.put("anagama.store.uri", "s3://bucket");
    settings.put("anagama.store.endpoint", "https://localhost:" + server.getSecurePort());
    settings.put("anagama.store.path-style", "true");
    settings.put("anagama.store.access-key-id", S3Server.ACCESS_KEY_ID);
    settings.put("anagama.store.secret-access-key", S3Server.SECRET_ACCESS_KEY);
    settings.put("anagama.store.call-timeout-seconds", "4");
    return ObjectStores.open(Settings.load(StoreConfig.class, Optional.empty(), settings));
  }
}
