package fathom.server;

/// Who sends a request. Caches, conversations and limits are kept apart by [#id].
///
/// @param id account id, or `local` where the server runs without keys
/// @param name how the operator calls the account
/// @param charged whether answers are charged to an account
record Caller(String id, String name, boolean charged) {
  /// The only user of a server without keys.
  static final Caller LOCAL = new Caller("local", "local", false);
}
