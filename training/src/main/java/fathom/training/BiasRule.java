package fathom.training;

/// How far the bias of an expert moves after a step, as a share of γ, by its load over the mean
/// load of the layer's experts.
public enum BiasRule {
  /// All the way, whatever the difference: V3's rule. It never comes to rest: loads go up and down
  /// by what γ means for them.
  SIGN {
    @Override
    double move(double share) {
      return Math.signum(1 - share);
    }
  },
  /// By the difference, at most all the way: as quick while an expert has nothing or double its
  /// share, and slow near the balance. So γ can be much larger.
  PROPORTIONAL {
    @Override
    double move(double share) {
      return Math.clamp(1 - share, -1, 1);
    }
  };

  /// What the bias of an expert with `share` times the mean load moves by, in units of γ.
  abstract double move(double share);
}
