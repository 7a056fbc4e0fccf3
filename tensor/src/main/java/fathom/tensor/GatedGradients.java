package fathom.tensor;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// The gradients of gated layers. Row r's output counts with a weight w_r in the sum that has the
/// gradient `dy`.
///
/// @param dy `[tokens, hidden]`
/// @param dx `[rows, hidden]`: a row of gradients for each row of the work
/// @param add whether dx is added to, or set
/// @param weights `[rows, 1]`: w, or null if all are one
/// @param dWeights `[rows, 1]`: set to the gradients of w; null if `weights` is
/// @param dGate added to
/// @param dUp added to
/// @param dDown added to
public record GatedGradients(
    Matrix dy,
    Matrix dx,
    boolean add,
    @Nullable Matrix weights,
    @Nullable Matrix dWeights,
    List<Matrix> dGate,
    List<Matrix> dUp,
    List<Matrix> dDown) {}
