package fathom.checkpoint;

/// A tensor that is going to be written, and where its numbers come from.
record PlannedTensor(TensorSpec spec, Rows rows) {}
