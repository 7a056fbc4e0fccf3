package fathom.tensor;

/// What RMSNorm's backward reads and adds to.
public record RmsNormGradients(Matrix x, Matrix weight, Matrix dy, Matrix dx, Matrix dWeight) {}
