package fathom.tokenizer.jinja;

/// Something that a template can call.
@FunctionalInterface
interface Function {
  /// Calls it.
  ///
  /// @throws JinjaException if the arguments do not fit
  Object call(Arguments arguments);
}
