package fathom.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import org.junit.jupiter.api.Test;

class KernelChoiceTest {
  private final Workers workers = Workers.serial();

  @Test
  void takesTheFirstThatServes() {
    KernelChoice choice = KernelChoice.choose("auto", KernelChoice.builtIn(), workers);
    assertThat(choice.kernels()).isInstanceOf(VectorKernels.class);
    assertThat(choice.reason()).startsWith("vector: ").endsWith("-bit vectors");
    assertThat(choice.kernels().workers()).isSameAs(workers);
  }

  @Test
  void takesTheOneThatIsNamed() {
    KernelChoice choice = KernelChoice.choose("Scalar", KernelChoice.builtIn(), workers);
    assertThat(choice.kernels().name()).isEqualTo("scalar");
  }

  @Test
  void saysWhyThoseBeforeDoNotServe() {
    List<KernelChoice.Candidate> candidates =
        List.of(refusing("fast", "no such instruction"), KernelChoice.builtIn().get(1));
    KernelChoice choice = KernelChoice.choose("auto", candidates, workers);
    assertThat(choice.reason())
        .isEqualTo("scalar: plain loops, for checking; not fast: no such instruction");
  }

  @Test
  void refusesUnknownNamesAndProvidersThatCannotServe() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> KernelChoice.choose("gpu", KernelChoice.builtIn(), workers))
        .withMessage("kernels: expected auto or one of [vector, scalar], found gpu");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> KernelChoice.choose("fast", List.of(refusing("fast", "too old")), workers))
        .withMessage("kernels: expected ones that serve here; not fast: too old");
  }

  private static KernelChoice.Candidate refusing(String name, String why) {
    return new KernelChoice.Candidate() {
      @Override
      public String name() {
        return name;
      }

      @Override
      public KernelChoice.Attempt attempt(Workers workers) {
        return new KernelChoice.Attempt.Refuses(why);
      }
    };
  }
}
