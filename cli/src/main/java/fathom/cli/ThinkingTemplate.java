package fathom.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/// The chat template of models that are trained here: DeepSeek's marks, thinking on
/// (`<｜Assistant｜><think>`) or off (`<｜Assistant｜></think>`), and no thinking in the history, as
/// V3.1's template has it.
final class ThinkingTemplate {
  private ThinkingTemplate() {}

  /// The template's Jinja source.
  static String source() {
    try (InputStream stream = ThinkingTemplate.class.getResourceAsStream("thinking.jinja")) {
      if (stream == null) {
        throw new IllegalStateException("thinking.jinja is missing from the jar");
      }
      return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("thinking.jinja cannot be read", e);
    }
  }
}
