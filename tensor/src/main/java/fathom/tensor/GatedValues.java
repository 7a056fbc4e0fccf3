package fathom.tensor;

/// What gated layers take and give.
///
/// @param x `[tokens, hidden]`
/// @param gate `[rows, width]`: what the first matrices give, for backward
/// @param up `[rows, width]`: the same of the second
/// @param y `[rows, hidden]`
public record GatedValues(Matrix x, Matrix gate, Matrix up, Matrix y) {}
