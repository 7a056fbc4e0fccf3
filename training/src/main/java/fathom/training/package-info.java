/// Data in, weights out: pre-training, fine-tuning, reinforcement learning, distillation. Never
/// sees HTTP.
@NullMarked
package fathom.training;

import org.jspecify.annotations.NullMarked;
