package fathom.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class KnownPreTokenizerTest {
  @ParameterizedTest
  @EnumSource
  void hasExpressionsThatCompile(KnownPreTokenizer known) {
    assertThat(known.create()).isNotNull();
    assertThat(KnownPreTokenizer.slowSplitter(known.expressions())).isNotNull();
  }
}
