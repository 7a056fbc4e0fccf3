/// Token ids in, logits out; in training, gradients of logits in, gradients of weights out. Never
/// sees text, sampling or HTTP.
@NullMarked
package fathom.model;

import org.jspecify.annotations.NullMarked;
