/// Numbers: types, shapes, matrices in native memory, block-quantised formats, kernels and the
/// worker pool. Never sees a model or a file.
@NullMarked
package fathom.tensor;

import org.jspecify.annotations.NullMarked;
