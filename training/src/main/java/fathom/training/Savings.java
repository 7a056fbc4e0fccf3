package fathom.training;

import java.util.EnumSet;
import java.util.Set;

/// DeepSeek's ways to compute less, each of which a plan can leave out to show what it is worth.
public enum Savings {
  /// A token visits a few experts; without, one dense network as large as all of them.
  MIXTURE_OF_EXPERTS,
  /// Keys and values from a latent; without, full keys and values for each head.
  LATENT_ATTENTION,
  /// Products of linear layers in FP8; without, in BF16.
  FP8,
  /// One more token predicted at each position; without, training is cheaper by the module's share,
  /// and a token of training teaches less.
  MULTI_TOKEN_PREDICTION,
  /// Both directions of the pipeline at once, and exchange between nodes hidden behind computation;
  /// without, a one-forward-one-backward pipeline that waits for the exchange.
  DUAL_PIPE,
  /// A token's experts lie on four nodes at most; without, each may lie on another.
  NODE_LIMITED_ROUTING;

  /// All of them, as DeepSeek-V3 was trained.
  public static Set<Savings> all() {
    return EnumSet.allOf(Savings.class);
  }
}
