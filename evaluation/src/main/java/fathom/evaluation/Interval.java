package fathom.evaluation;

/// A 95 % confidence interval of a share.
///
/// @param low the lower end, in [0, 1]
/// @param high the upper end, in [0, 1]
public record Interval(double low, double high) {}
