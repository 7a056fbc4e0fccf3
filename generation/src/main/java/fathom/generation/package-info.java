/// Logits in, tokens over time out, for many users at once. Never sees HTTP or the JSON of the API.
@NullMarked
package fathom.generation;

import org.jspecify.annotations.NullMarked;
