/// The part of the Jinja template language that chat templates use, with Python's semantics: a
/// template and plain values in, text out, within limits that a hostile template cannot exceed.
///
/// Written here because Jinjava, the library for it on the JVM, is too different: it reads `not x
/// is defined` as `(not x) is defined`, gives `'a' + null` a value where Python raises an error,
/// drops the line ends of printed strings, and cannot parse a filter in a keyword argument; none of
/// it can be reached from its extension points. It also takes half a second to start, half of what
/// the first token of an answer may take.
@NullMarked
package fathom.tokenizer.jinja;

import org.jspecify.annotations.NullMarked;
