package fathom.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class ChatParametersTest {
  private final SamplingArguments options = new SamplingArguments();

  @Test
  void setsAParameterByName() {
    ChatParameters.set(options, "temperature", "0.2");
    assertThat(options.temperature).isEqualTo(0.2);
    assertThat(ChatParameters.describe(options)).contains("temperature 0.2");
  }

  @Test
  void keepsTheOldValueWhenTheNewOneIsOutOfRange() {
    assertThatThrownBy(() -> ChatParameters.set(options, "temperature", "9"))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("temperature");
    assertThat(options.temperature).isEqualTo(0.6);
  }

  @Test
  void namesAnUnknownParameter() {
    assertThatThrownBy(() -> ChatParameters.set(options, "warmth", "1"))
        .hasMessageContaining("no parameter warmth");
  }

  @Test
  void refusesWhatIsNoNumber() {
    assertThatThrownBy(() -> ChatParameters.set(options, "top-k", "many"))
        .hasMessageContaining("expected a number, found many");
  }
}
