package fathom.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ServerConfigTest {
  @Test
  void hasDefaultsThatServeOnLoopbackWithoutKeys() {
    ServerConfig config = ServerConfig.defaults();
    assertThat(config.host()).isEqualTo("127.0.0.1");
    assertThat(config.port()).isEqualTo(8080);
    assertThat(config.access().keys()).isFalse();
    assertThat(config.tls().enabled()).isFalse();
    assertThat(config.price().isFree()).isTrue();
  }

  @Test
  void refusesUnknownKeysAndNamesTheKnownOnes() {
    assertThatThrownBy(() -> ServerConfig.of(Map.of("prot", "1")))
        .isInstanceOf(InvalidConfigException.class)
        .hasMessageContaining("'prot'")
        .hasMessageContaining("port");
  }

  @Test
  void laysFlagsOverEnvironmentOverFile() {
    Map<String, String> file = Map.of("port", "1", "limits.queue", "5", "limits.concurrency", "7");
    Map<String, String> environment =
        Map.of("FATHOM_SERVER_PORT", "2", "FATHOM_SERVER_LIMITS_QUEUE", "6", "PATH", "/bin");
    ServerConfig config = ServerConfig.layered(file, environment, Map.of("port", "3"));
    assertThat(config.port()).isEqualTo(3);
    assertThat(config.limits().queue()).isEqualTo(6);
    assertThat(config.limits().concurrency()).isEqualTo(7);
  }

  @Test
  void refusesUnknownVariablesWithItsPrefix() {
    Map<String, String> environment = Map.of("FATHOM_SERVER_PROT", "2");
    assertThatThrownBy(() -> ServerConfig.layered(Map.of(), environment, Map.of()))
        .isInstanceOf(InvalidConfigException.class)
        .hasMessageContaining("FATHOM_SERVER_PROT");
  }

  @Test
  void servesOtherMachinesOnlyWithKeys() {
    assertThatThrownBy(() -> ServerConfig.of(Map.of("host", "0.0.0.0")))
        .isInstanceOf(InvalidConfigException.class)
        .hasMessageContaining("access.keys");
    assertThat(ServerConfig.of(Map.of("host", "0.0.0.0", "access.keys", "true")).host())
        .isEqualTo("0.0.0.0");
  }

  @Test
  void saysWhatItExpectedAndWhatItFound() {
    assertThatThrownBy(() -> ServerConfig.of(Map.of("port", "http")))
        .hasMessage("port: expected a whole number, found 'http'");
    assertThatThrownBy(() -> ServerConfig.of(Map.of("port", "70000")))
        .hasMessageContaining("70000");
    assertThatThrownBy(() -> ServerConfig.of(Map.of("limits.waiting", "10m")))
        .hasMessageContaining("PT30S");
    assertThatThrownBy(() -> ServerConfig.of(Map.of("limits.waiting", "-PT1S")))
        .hasMessageContaining("positive");
    assertThatThrownBy(() -> ServerConfig.of(Map.of("access.keys", "yes")))
        .hasMessageContaining("true or false");
    assertThatThrownBy(() -> ServerConfig.of(Map.of("price.output", "-1")))
        .hasMessageContaining("0 or more");
    assertThatThrownBy(() -> ServerConfig.of(Map.of("price.currency", "EUR")))
        .hasMessageContaining("CNY or USD");
    assertThatThrownBy(() -> ServerConfig.of(Map.of("database.url", "jdbc:mysql:x")))
        .hasMessageContaining("jdbc:postgresql");
    assertThatThrownBy(() -> ServerConfig.of(Map.of("limits.body-bytes", "1")))
        .hasMessageContaining("at least 1024");
  }

  @Test
  void refusesHalfACertificate() {
    assertThatThrownBy(() -> ServerConfig.of(Map.of("tls.certificate", "a.pem")))
        .hasMessageContaining("both or none");
    assertThatThrownBy(() -> ServerConfig.of(Map.of("tls.password", "x")))
        .hasMessageContaining("tls.keystore");
  }

  @Test
  void neverShowsPasswords() {
    ServerConfig config =
        ServerConfig.of(
            Map.of(
                "tls.keystore",
                "k.p12",
                "tls.password",
                "open sesame",
                "database.password",
                "abracadabra"));
    assertThat(config.toString()).doesNotContain("sesame").doesNotContain("abracadabra");
  }

  @Test
  void readsListsAndDurations() {
    ServerConfig config =
        ServerConfig.of(Map.of("access.aliases", "gpt-4o, claude ,,", "access.drain", "PT3S"));
    assertThat(config.access().aliases()).containsExactly("gpt-4o", "claude");
    assertThat(config.access().drain()).isEqualTo(Duration.ofSeconds(3));
  }

  @Test
  void pricesHitsMissesAndOutputApart() {
    ServerConfig config =
        ServerConfig.of(
            Map.of("price.cache-hit", "0.07", "price.cache-miss", "0.27", "price.output", "1.10"));
    TokenUsage usage = new TokenUsage(3_000_000, 1_000_000, 2_000_000, 500_000);
    assertThat(config.price().cost(usage)).isEqualByComparingTo("2.81");
  }
}
