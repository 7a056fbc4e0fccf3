package fathom.tensor;

import java.util.List;

/// What attention's backward reads and adds to: the forward's q, out and logSumExp, the gradient of
/// out, and the gradients of q and of each span's stored rows (float32, one page, same columns).
public record AttentionGradients(
    Matrix q, Matrix out, Matrix logSumExp, Matrix dOut, Matrix dQ, List<Matrix> dStored) {}
