package fathom.tensor;

/// The queries of one sequence in a step: `rows` rows of the query matrix from `firstRow` on, at
/// the positions from `startPosition` on. Causal: the query at position p sees the stored rows 0 ..
/// p.
public record AttentionSpan(int firstRow, int rows, int startPosition, KeyValueRows stored) {}
