package fathom.server.store;

/// Tokens as they are charged.
///
/// @param hit prompt tokens found in the cache
/// @param miss other prompt tokens
/// @param completion generated tokens
public record TokenCounts(long hit, long miss, long completion) {}
