package fathom.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SamplingParametersTest {
  @Test
  void defaultsAreThoseOfTheApi() {
    SamplingParameters parameters = SamplingParameters.builder().build();
    assertThat(parameters.choice().temperature()).isEqualTo(1);
    assertThat(parameters.choice().topP()).isEqualTo(1);
    assertThat(parameters.choice().seed()).isEmpty();
    assertThat(parameters.ending().maxTokens()).isEqualTo(4096);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "temperature|2.1|temperature: expected 0 to 2, found 2.1",
        "temperature|-0.1|temperature: expected 0 to 2, found -0.1",
        "temperature|NaN|temperature: expected 0 to 2, found NaN",
        "top_p|0|top_p: expected above 0 and up to 1, found 0.0",
        "top_p|1.5|top_p: expected above 0 and up to 1, found 1.5",
        "top_k|-1|top_k: expected 0 (all) or more, found -1",
        "min_p|2|min_p: expected 0 to 1, found 2.0",
        "max_tokens|-1|max_tokens: expected at least 0, found -1",
        "min_tokens|5000|min_tokens: expected 0 to max_tokens (4096), found 5000",
        "top_logprobs|21|top_logprobs: expected 0 to 20, found 21",
        "frequency_penalty|3|frequency_penalty: expected -2 to 2, found 3.0",
        "presence_penalty|-3|presence_penalty: expected -2 to 2, found -3.0",
        "repetition_penalty|0|repetition_penalty: expected above 0 and up to 10, found 0.0",
        "thinking|-5|thinking.budget_tokens: expected at least 0, found OptionalInt[-5]",
        "logit_bias|101|logit_bias: expected ids from 0 and values from -100 to 100,"
            + " found 5: 101.0",
      })
  void aValueOutOfRangeIsNamedAsInTheApi(String field, double value, String message) {
    SamplingParameters.Builder builder = SamplingParameters.builder();
    assertThatThrownBy(() -> setter(field, value).andThen(b -> b.build()).accept(builder))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessage(message);
  }

  private static Consumer<SamplingParameters.Builder> setter(String field, double value) {
    return switch (field) {
      case "temperature" -> b -> b.temperature(value);
      case "top_p" -> b -> b.topP(value);
      case "top_k" -> b -> b.topK((int) value);
      case "min_p" -> b -> b.minP(value);
      case "max_tokens" -> b -> b.maxTokens((int) value);
      case "min_tokens" -> b -> b.minTokens((int) value);
      case "top_logprobs" -> b -> b.logProbabilities((int) value);
      case "frequency_penalty" -> b -> b.penalties(new SamplingParameters.Penalties(value, 0, 1));
      case "presence_penalty" -> b -> b.penalties(new SamplingParameters.Penalties(0, value, 1));
      case "repetition_penalty" -> b -> b.penalties(new SamplingParameters.Penalties(0, 0, value));
      case "thinking" -> b -> b.thinkingBudget((int) value);
      default -> b -> b.logitBias(5, (float) value);
    };
  }

  @Test
  void tooManyStopStringsAreRefused() {
    SamplingParameters.Builder builder = SamplingParameters.builder();
    for (int i = 0; i < 17; i++) {
      builder.stop("s" + i);
    }
    assertThatThrownBy(builder::build)
        .isInstanceOf(InvalidRequestException.class)
        .hasMessage("stop: expected at most 16 strings, found 17");
  }

  @Test
  void anEmptyStopStringIsRefused() {
    assertThatThrownBy(() -> SamplingParameters.builder().stop("").build())
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageStartingWith("stop: expected strings of 1 to 1024 characters");
  }
}
