package fathom.tensor.x86;

/// Arithmetic and shuffles on vectors of integers. Destination first.
class IntegerInstructions extends FloatInstructions {
  // ---- moves
  // ---------------------------------------------------------------------------------------

  void vmovdqu(Vector to, Operand from) {
    vector("vmovdqu|vmovdqu32", PF3 | M0F | MEM | 0x6f, to, null, from);
  }

  void vmovdqu(Memory to, Vector from) {
    vector("<vmovdqu|vmovdqu32", PF3 | M0F | MEM | 0x7f, from, null, to);
  }

  void vmovdqa(Vector to, Operand from) {
    vector("vmovdqa|vmovdqa32", P66 | M0F | MEM | 0x6f, to, null, from);
  }

  /// Moves whose mask counts 16-bit lanes (AVX512BW).
  void vmovdqu16(Vector to, Operand from) {
    vector("vmovdqu16", PF2 | M0F | W | EVEX_ONLY | MEM | 0x6f, to, null, from);
  }

  void vmovdqu16(Memory to, Vector from) {
    vector("<vmovdqu16", PF2 | M0F | W | EVEX_ONLY | MEM | 0x7f, from, null, to);
  }

  /// 32 bits of a register or of memory into lane 0.
  void vmovd(Vector to, Register from) {
    int start = size();
    vector("vmovd", P66 | M0F | ONE4 | 0x6e, to.x(), null, from);
    relist(start, "vmovd", to.x(), from.low());
  }

  /// 64 bits of a register into lane 0.
  void vmovq(Vector to, Register from) {
    vector("vmovq", P66 | M0F | W | ONE8 | 0x6e, to.x(), null, from);
  }

  void vmovq(Vector to, Memory from) {
    vector("vmovq", PF3 | M0F | EVEX_W | ONE8 | 0x7e, to.x(), null, from);
  }

  private void relist(int start, Object name, Object... operands) {
    listing().removeLast();
    list(start, name.toString(), operands);
  }

  void vpbroadcastb(Vector to, Operand from) {
    vector("vpbroadcastb", P66 | M38 | ONE1 | 0x78, to, null, from);
  }

  void vpbroadcastw(Vector to, Operand from) {
    vector("vpbroadcastw", P66 | M38 | ONE2 | 0x79, to, null, from);
  }

  void vpbroadcastd(Vector to, Operand from) {
    vector("vpbroadcastd", P66 | M38 | ONE4 | 0x58, to, null, from);
  }

  void vpbroadcastq(Vector to, Operand from) {
    vector("vpbroadcastq", P66 | M38 | EVEX_W | ONE8 | 0x59, to, null, from);
  }

  /// The same 128 bits of memory in every part.
  void vbroadcasti128(Vector to, Memory from) {
    vector("vbroadcasti128|vbroadcasti32x4", P66 | M38 | X4 | 0x5a, to, null, from);
  }

  // ---- logic and arithmetic
  // --------------------------------------------------------------------------

  void vpxor(Vector to, Vector a, Operand b) {
    vector("vpxor|vpxord", P66 | M0F | 0xef, to, a, b);
  }

  void vpand(Vector to, Vector a, Operand b) {
    vector("vpand|vpandd", P66 | M0F | 0xdb, to, a, b);
  }

  void vpandn(Vector to, Vector a, Operand b) {
    vector("vpandn|vpandnd", P66 | M0F | 0xdf, to, a, b);
  }

  void vpor(Vector to, Vector a, Operand b) {
    vector("vpor|vpord", P66 | M0F | 0xeb, to, a, b);
  }

  /// Any function of three bits; `table` holds its eight results (AVX-512).
  void vpternlogd(Vector to, Vector a, Operand b, int table) {
    vector("vpternlogd", P66 | M3A | EVEX_ONLY | 0x25, to, a, b, table);
  }

  void vpaddb(Vector to, Vector a, Operand b) {
    vector("vpaddb", P66 | M0F | MEM | 0xfc, to, a, b);
  }

  void vpaddw(Vector to, Vector a, Operand b) {
    vector("vpaddw", P66 | M0F | MEM | 0xfd, to, a, b);
  }

  void vpsubw(Vector to, Vector a, Operand b) {
    vector("vpsubw", P66 | M0F | MEM | 0xf9, to, a, b);
  }

  void vpaddd(Vector to, Vector a, Operand b) {
    vector("vpaddd", P66 | M0F | 0xfe, to, a, b);
  }

  void vpsubb(Vector to, Vector a, Operand b) {
    vector("vpsubb", P66 | M0F | MEM | 0xf8, to, a, b);
  }

  void vpsubd(Vector to, Vector a, Operand b) {
    vector("vpsubd", P66 | M0F | 0xfa, to, a, b);
  }

  void vpmulld(Vector to, Vector a, Operand b) {
    vector("vpmulld", P66 | M38 | 0x40, to, a, b);
  }

  /// Unsigned bytes times signed bytes, pairs added, saturated to 16 bits.
  void vpmaddubsw(Vector to, Vector unsigned, Operand signed) {
    vector("vpmaddubsw", P66 | M38 | MEM | 0x04, to, unsigned, signed);
  }

  /// Signed 16-bit products, pairs added to 32 bits.
  void vpmaddwd(Vector to, Vector a, Operand b) {
    vector("vpmaddwd", P66 | M0F | MEM | 0xf5, to, a, b);
  }

  /// `to +=` four products of unsigned and signed bytes a lane, AVX-VNNI (VEX).
  void vpdpbusd(Vector to, Vector unsigned, Operand signed) {
    vector("{vex} vpdpbusd|vpdpbusd", P66 | M38 | 0x50, to, unsigned, signed);
  }

  /// The same, AVX512_VNNI (EVEX).
  void vpdpbusdEvex(Vector to, Vector unsigned, Operand signed) {
    vector("vpdpbusd", P66 | M38 | EVEX_ONLY | 0x50, to, unsigned, signed);
  }

  void vpabsb(Vector to, Operand from) {
    vector("vpabsb", P66 | M38 | MEM | 0x1c, to, null, from);
  }

  /// Bytes of a, negated where b is negative, zero where b is zero (VEX only).
  void vpsignb(Vector to, Vector a, Operand b) {
    vector("vpsignb", P66 | M38 | 0x08, to, a, b);
  }

  void vpcmpeqb(Vector to, Vector a, Operand b) {
    vector("vpcmpeqb", P66 | M0F | MEM | 0x74, to, a, b);
  }

  /// The mask gets a bit for each lane where a is greater than b, signed (AVX-512).
  void vpcmpgtd(Mask to, Vector a, Operand b) {
    vector("vpcmpgtd", P66 | M0F | EVEX_ONLY | 0x66, to, a, b);
  }

  void vpcmpeqw(Vector to, Vector a, Operand b) {
    vector("vpcmpeqw", P66 | M0F | MEM | 0x75, to, a, b);
  }

  // ---- shifts
  // ----------------------------------------------------------------------------------------

  void vpsllw(Vector to, Vector from, int count) {
    shift("vpsllw", P66 | M0F | MEM | 0x71, 6, to, from, count);
  }

  void vpsrlw(Vector to, Vector from, int count) {
    shift("vpsrlw", P66 | M0F | MEM | 0x71, 2, to, from, count);
  }

  void vpslld(Vector to, Vector from, int count) {
    shift("vpslld", P66 | M0F | 0x72, 6, to, from, count);
  }

  void vpsrld(Vector to, Vector from, int count) {
    shift("vpsrld", P66 | M0F | 0x72, 2, to, from, count);
  }

  void vpsrad(Vector to, Vector from, int count) {
    shift("vpsrad", P66 | M0F | 0x72, 4, to, from, count);
  }

  /// Each 64-bit lane by its own count.
  void vpsrlvq(Vector to, Vector from, Operand counts) {
    vector("vpsrlvq", P66 | M38 | W | 0x45, to, from, counts);
  }

  /// Shifts by a constant carry the operation in the register field and the target in vvvv.
  private void shift(String name, int form, int operation, Vector to, Vector from, int count) {
    int start = size();
    Vector field = Vector.of(operation, to.bits());
    vector(name, form, to.needsEvex() ? field.masked(to.mask()) : field, to, from, count);
    relist(start, name, to, from, count);
  }

  // ---- widening and narrowing
  // ------------------------------------------------------------------------

  void vpmovzxbd(Vector to, Operand from) {
    vector("vpmovzxbd", P66 | M38 | QUARTER | 0x31, to, null, narrow(from));
  }

  void vpmovsxbd(Vector to, Operand from) {
    vector("vpmovsxbd", P66 | M38 | QUARTER | 0x21, to, null, narrow(from));
  }

  void vpmovzxwd(Vector to, Operand from) {
    vector("vpmovzxwd", P66 | M38 | HALF | 0x33, to, null, from);
  }

  void vpmovzxbw(Vector to, Operand from) {
    vector("vpmovzxbw", P66 | M38 | HALF | 0x30, to, null, from);
  }

  void vpmovsxbw(Vector to, Operand from) {
    vector("vpmovsxbw", P66 | M38 | HALF | 0x20, to, null, from);
  }

  private static Operand narrow(Operand from) {
    return from instanceof Vector vector ? vector.x() : from;
  }

  /// The lower 16 bits of each 32-bit lane, into a register half as wide (AVX-512).
  void vpmovdw(Vector to, Vector from) {
    vector("<vpmovdw", PF3 | M38 | EVEX_ONLY | HALF | 0x33, from, null, to);
  }

  void vpackssdw(Vector to, Vector a, Operand b) {
    vector("vpackssdw", P66 | M0F | 0x6b, to, a, b);
  }

  void vpacksswb(Vector to, Vector a, Operand b) {
    vector("vpacksswb", P66 | M0F | MEM | 0x63, to, a, b);
  }

  // ---- shuffles
  // --------------------------------------------------------------------------------------

  void vpshufb(Vector to, Vector from, Operand indices) {
    vector("vpshufb", P66 | M38 | MEM | 0x00, to, from, indices);
  }

  void vpshufd(Vector to, Operand from, int selection) {
    vector("vpshufd", P66 | M0F | 0x70, to, null, from, selection);
  }

  void vpermd(Vector to, Vector indices, Operand from) {
    vector("vpermd", P66 | M38 | 0x36, to, indices, from);
  }

  void vpermq(Vector to, Operand from, int selection) {
    vector("vpermq", P66 | M3A | W | 0x00, to, null, from, selection);
  }

  /// 16-bit lanes of `from` in the order of `indices` (AVX512BW).
  void vpermw(Vector to, Vector indices, Operand from) {
    vector("vpermw", P66 | M38 | W | EVEX_ONLY | MEM | 0x8d, to, indices, from);
  }

  /// 16-bit lanes of `indices`' former partner `to` and of b, in the order of `indices` (AVX512BW).
  void vpermt2w(Vector to, Vector indices, Operand b) {
    vector("vpermt2w", P66 | M38 | W | EVEX_ONLY | MEM | 0x7d, to, indices, b);
  }

  void vpunpcklwd(Vector to, Vector a, Operand b) {
    vector("vpunpcklwd", P66 | M0F | MEM | 0x61, to, a, b);
  }

  void vpunpckhwd(Vector to, Vector a, Operand b) {
    vector("vpunpckhwd", P66 | M0F | MEM | 0x69, to, a, b);
  }

  void vpunpckldq(Vector to, Vector a, Operand b) {
    vector("vpunpckldq", P66 | M0F | 0x62, to, a, b);
  }

  void vpunpckhdq(Vector to, Vector a, Operand b) {
    vector("vpunpckhdq", P66 | M0F | 0x6a, to, a, b);
  }

  void vpunpcklqdq(Vector to, Vector a, Operand b) {
    vector("vpunpcklqdq", P66 | M0F | EVEX_W | 0x6c, to, a, b);
  }

  void vpunpckhqdq(Vector to, Vector a, Operand b) {
    vector("vpunpckhqdq", P66 | M0F | EVEX_W | 0x6d, to, a, b);
  }

  /// 128-bit parts: two of a, then two of b (AVX-512).
  void vshufi32x4(Vector to, Vector a, Operand b, int selection) {
    vector("vshufi32x4", P66 | M3A | EVEX_ONLY | 0x43, to, a, b, selection);
  }

  void vinserti128(Vector to, Vector a, Operand b, int half) {
    vector("vinserti128|vinserti32x4", P66 | M3A | X4 | 0x38, to, a, b, half);
  }

  void vextracti128(Vector to, Vector from, int half) {
    vector("<vextracti128|vextracti32x4", P66 | M3A | X4 | 0x39, from, null, to.x(), half);
  }

  void vperm2i128(Vector to, Vector a, Operand b, int selection) {
    vector("vperm2i128", P66 | M3A | 0x46, to, a, b, selection);
  }

  void vinserti64x4(Vector to, Vector a, Operand b, int half) {
    vector("vinserti64x4", P66 | M3A | W | EVEX_ONLY | X8 | 0x3a, to, a, b, half);
  }

  void vextracti64x4(Vector to, Vector from, int half) {
    vector("<vextracti64x4", P66 | M3A | W | EVEX_ONLY | X8 | 0x3b, from, null, to.y(), half);
  }
}
