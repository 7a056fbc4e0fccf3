package fathom.server.store;

import java.math.BigDecimal;

/// One API key's account. The key itself is never stored, only its SHA-256.
///
/// @param id the account's name inside the server, part of no secret
/// @param name what the operator called it
/// @param balance what is left, granted amounts included
/// @param granted of these, given by the operator
/// @param revoked whether the key is refused
public record Account(
    String id, String name, BigDecimal balance, BigDecimal granted, boolean revoked) {}
