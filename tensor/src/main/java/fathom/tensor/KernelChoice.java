package fathom.tensor;

import java.util.List;
import java.util.Locale;

/// Which provider of kernels serves, and why.
///
/// @param kernels the provider
/// @param reason one phrase for the banner, such as `vector: 512-bit vectors`
public record KernelChoice(Kernels kernels, String reason) {
  /// A provider that may or may not work on this machine.
  public interface Candidate {
    /// The name that `--kernels` has for it.
    String name();

    /// The provider, or why it cannot serve here.
    Attempt attempt(Workers workers);
  }

  /// What became of a candidate: a choice, or the reason why not.
  public sealed interface Attempt {
    /// The candidate serves.
    record Serves(KernelChoice choice) implements Attempt {}

    /// The candidate cannot serve on this machine.
    record Refuses(String why) implements Attempt {}
  }

  /// The candidates that this package has, fastest first.
  public static List<Candidate> builtIn() {
    return List.of(new Vector(), new Scalar());
  }

  /// The candidate of this name, or, for `auto`, the first that serves; its reason then also says
  /// why those before it do not.
  ///
  /// @param name `auto` or a candidate's name
  /// @param candidates in the order of preference
  /// @throws IllegalArgumentException if there is no candidate of this name or it cannot serve
  public static KernelChoice choose(String name, List<Candidate> candidates, Workers workers) {
    String wanted = name.toLowerCase(Locale.ROOT);
    StringBuilder refusals = new StringBuilder();
    for (Candidate candidate : candidates) {
      if (!wanted.equals("auto") && !wanted.equals(candidate.name())) {
        continue;
      }
      switch (candidate.attempt(workers)) {
        case Attempt.Serves serves -> {
          KernelChoice choice = serves.choice();
          return new KernelChoice(choice.kernels(), choice.reason() + refusals);
        }
        case Attempt.Refuses refuses ->
            refusals.append("; not ").append(candidate.name()).append(": ").append(refuses.why());
      }
    }
    List<String> names = candidates.stream().map(Candidate::name).toList();
    throw new IllegalArgumentException(
        refusals.isEmpty()
            ? "kernels: expected auto or one of %s, found %s".formatted(names, name)
            : "kernels: expected ones that serve here" + refusals);
  }

  private static final class Vector implements Candidate {
    @Override
    public String name() {
      return "vector";
    }

    @Override
    public Attempt attempt(Workers workers) {
      if (ModuleLayer.boot().findModule("jdk.incubator.vector").isEmpty()) {
        return new Attempt.Refuses("Java runs without --add-modules jdk.incubator.vector");
      }
      String reason = "vector: %d-bit vectors".formatted(VectorKernels.vectorBits());
      return new Attempt.Serves(new KernelChoice(new VectorKernels(workers), reason));
    }
  }

  private static final class Scalar implements Candidate {
    @Override
    public String name() {
      return "scalar";
    }

    @Override
    public Attempt attempt(Workers workers) {
      String reason = "scalar: plain loops, for checking";
      return new Attempt.Serves(new KernelChoice(new ScalarKernels(workers), reason));
    }
  }
}
