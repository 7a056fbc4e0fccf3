package fathom.cli;

import static org.assertj.core.api.Assertions.assertThat;

import fathom.tensor.Kernels;
import fathom.tensor.Matrix;
import fathom.tensor.VectorKernels;
import fathom.tensor.WeightMatrix;
import fathom.tensor.WorkerPool;
import java.lang.foreign.Arena;
import org.junit.jupiter.api.Test;

class StepTimesTest {
  @Test
  void sharesOfAStepAddUpToAll() {
    StepTimes times = new StepTimes();
    try (WorkerPool pool = new WorkerPool(2);
        Arena arena = Arena.ofShared()) {
      Kernels kernels = times.watch(new VectorKernels(times.watch(pool)));
      WeightMatrix w = WeightMatrix.of(Matrix.allocate(arena, 400, 300));
      Matrix x = Matrix.allocate(arena, 2, 300);
      Matrix y = Matrix.allocate(arena, 2, 400);
      times.reset();
      for (int i = 0; i < 5; i++) {
        kernels.matmul(w, x, y);
        kernels.siluMul(y, y, y);
      }
      times.stop();
    }
    double sum = times.synchronisation() + times.other();
    for (KernelCall.Kind kind : KernelCall.Kind.values()) {
      sum += times.share(kind);
    }
    assertThat(sum).isBetween(0.999, 1.001);
    assertThat(times.operations()).isEqualTo(10);
    assertThat(times.runs()).isBetween(5L, 10L);
    assertThat(times.share(KernelCall.Kind.PRODUCTS)).isPositive();
    assertThat(times.share(KernelCall.Kind.ATTENTION)).isZero();
  }

  @Test
  void kernelsThatAreWatchedComputeTheSame() {
    try (WorkerPool pool = new WorkerPool(1);
        Arena arena = Arena.ofShared()) {
      Kernels plain = new VectorKernels(pool);
      Kernels watched = new StepTimes().watch(plain);
      Matrix x = Matrix.allocate(arena, 3, 40);
      x.fill(0.5f);
      Matrix one = Matrix.allocate(arena, 3, 40);
      Matrix other = Matrix.allocate(arena, 3, 40);
      plain.siluMul(x, x, one);
      watched.siluMul(x, x, other);
      assertThat(other.toArray(2)).isEqualTo(one.toArray(2));
      assertThat(watched.name()).isEqualTo("vector");
    }
  }
}
