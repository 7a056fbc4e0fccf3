package fathom.tokenizer.jinja;

/// A variable, attribute or item that is not there: prints as nothing, is false and empty, and
/// refuses everything else.
///
/// @param name what was looked for
record Undefined(String name) {
  JinjaException refusal() {
    return new JinjaException("'" + name + "' is undefined");
  }
}
