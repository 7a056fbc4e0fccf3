package fathom.tensor;

/// Runs the parts of one operation on a fixed set of threads and returns when all are done.
///
/// Results never depend on the number of threads: an operation is cut into parts by its shape
/// alone, and each part writes what no other part writes.
public interface Workers extends AutoCloseable {
  /// One operation in parts.
  @FunctionalInterface
  interface Task {
    /// Computes part `part`; called once for every part, from any worker thread.
    void run(int part);
  }

  /// Threads that work at the same time, the caller's included.
  int threads();

  /// Runs `task` for the parts `0 .. parts - 1`. Only one thread at a time may call this.
  ///
  /// @throws RuntimeException what a part has thrown, after all other parts have ended
  void run(int parts, Task task);

  @Override
  void close();

  /// All parts one after the other on the calling thread.
  static Workers serial() {
    return new Workers() {
      @Override
      public int threads() {
        return 1;
      }

      @Override
      public void run(int parts, Task task) {
        for (int part = 0; part < parts; part++) {
          task.run(part);
        }
      }

      @Override
      public void close() {}
    };
  }
}
