package fathom.tensor.x86;

/// How a [TileKernel] computes one block of C, of up to 32 x 32 numbers, from one or two panels of
/// A and of B.
///
/// A block finds A's first panel in r8 and the way to the next in r9, B's in r10 and r11, C in r12
/// and the bytes of a row of C in r13, and keeps these and r14; rax, rcx, rdx, rbx, rbp, rsi, r15
/// and all vectors are its own, and 64 bytes of stack at rsp.
sealed interface BlockProduct permits TileBlockProduct, PairBlockProduct {
  /// What is to be done once, at the beginning of the kernel.
  void begin();

  /// One block.
  void block();

  /// What is to be done once, at the end of the kernel.
  void end();
}
