/// Text to token ids and back, chat messages to text and back. Never sees a number that is no id.
@NullMarked
package fathom.tokenizer;

import org.jspecify.annotations.NullMarked;
