package fathom.generation;

/// A special token with which calls of tools begin, and what must follow it.
///
/// @param marker the token's text, for example `<｜tool▁calls▁begin｜>`
/// @param rest what the rest of the answer must match
public record CallBeginning(String marker, Grammar rest) {}
