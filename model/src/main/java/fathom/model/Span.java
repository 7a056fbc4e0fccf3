package fathom.model;

/// The tokens that one sequence brings to a step: `rows` rows of the batch from `firstRow` on, at
/// the positions from `startPosition` on. Its cache must have room for `startPosition + rows`
/// tokens.
public record Span(int firstRow, int rows, int startPosition, BlockTable cache) {}
