/// Seeds in, problems with worked solutions out: the generated task families. Never sees an answer
/// of a model.
@NullMarked
package fathom.evaluation.families;

import org.jspecify.annotations.NullMarked;
