/// Numbers: types, shapes, matrices in native memory, block-quantised formats, kernels and the
/// worker pool. Never sees a model or a file.
module fathom.tensor {
  requires jdk.incubator.vector;
  requires static transitive org.jspecify;

  exports fathom.tensor;
  exports fathom.tensor.x86;
}
