package fathom.tokenizer;

import java.util.Locale;

/// Who speaks in a [ChatMessage].
public enum Role {
  SYSTEM,
  DEVELOPER,
  USER,
  ASSISTANT,
  TOOL;

  /// The name that templates and APIs use: `system`, `user`, …
  public String tag() {
    return name().toLowerCase(Locale.ROOT);
  }

  /// The role of this tag.
  ///
  /// @throws IllegalArgumentException if there is none
  public static Role of(String tag) {
    for (Role role : values()) {
      if (role.tag().equals(tag)) {
        return role;
      }
    }
    throw new IllegalArgumentException(
        "role: expected system, developer, user, assistant or tool, found '%s'".formatted(tag));
  }
}
