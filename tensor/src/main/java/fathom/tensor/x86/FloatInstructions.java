package fathom.tensor.x86;

/// Arithmetic on float32, conversions from and to F16, BF16 and integers. Destination first.
class FloatInstructions extends GeneralInstructions {
  // ---- moves
  // ---------------------------------------------------------------------------------------

  void vmovups(Vector to, Operand from) {
    vector("vmovups", M0F | MEM | 0x10, to, null, from);
  }

  void vmovups(Memory to, Vector from) {
    vector("<vmovups", M0F | MEM | 0x11, from, null, to);
  }

  void vmovss(Vector to, Memory from) {
    vector("vmovss", PF3 | M0F | ONE4 | 0x10, to.x(), null, from);
  }

  void vmovss(Memory to, Vector from) {
    vector("<vmovss", PF3 | M0F | ONE4 | 0x11, from.x(), null, to);
  }

  void vbroadcastss(Vector to, Operand from) {
    vector("vbroadcastss", P66 | M38 | ONE4 | 0x18, to, null, from);
  }

  /// The same 64 bits in every lane.
  void vbroadcastsd(Vector to, Memory from) {
    vector("vbroadcastsd", P66 | M38 | EVEX_W | ONE8 | 0x19, to, null, from);
  }

  // ---- arithmetic
  // ------------------------------------------------------------------------------------

  void vaddps(Vector to, Vector a, Operand b) {
    vector("vaddps", M0F | 0x58, to, a, b);
  }

  void vsubps(Vector to, Vector a, Operand b) {
    vector("vsubps", M0F | 0x5c, to, a, b);
  }

  void vmulps(Vector to, Vector a, Operand b) {
    vector("vmulps", M0F | 0x59, to, a, b);
  }

  void vdivps(Vector to, Vector a, Operand b) {
    vector("vdivps", M0F | 0x5e, to, a, b);
  }

  void vmaxps(Vector to, Vector a, Operand b) {
    vector("vmaxps", M0F | 0x5f, to, a, b);
  }

  void vminps(Vector to, Vector a, Operand b) {
    vector("vminps", M0F | 0x5d, to, a, b);
  }

  void vandps(Vector to, Vector a, Operand b) {
    vector("vandps", M0F | 0x54, to, a, b);
  }

  void vorps(Vector to, Vector a, Operand b) {
    vector("vorps", M0F | 0x56, to, a, b);
  }

  void vxorps(Vector to, Vector a, Operand b) {
    vector("vxorps", M0F | 0x57, to, a, b);
  }

  /// Sums of neighbours: of a in the lower, of b in the upper half of each 128-bit part (VEX only).
  void vhaddps(Vector to, Vector a, Operand b) {
    vector("vhaddps", PF2 | M0F | 0x7c, to, a, b);
  }

  void vaddss(Vector to, Vector a, Operand b) {
    vector("vaddss", PF3 | M0F | ONE4 | 0x58, to.x(), a.x(), b);
  }

  void vmulss(Vector to, Vector a, Operand b) {
    vector("vmulss", PF3 | M0F | ONE4 | 0x59, to.x(), a.x(), b);
  }

  void vdivss(Vector to, Vector a, Operand b) {
    vector("vdivss", PF3 | M0F | ONE4 | 0x5e, to.x(), a.x(), b);
  }

  /// `to += a * b`.
  void vfmadd231ps(Vector to, Vector a, Operand b) {
    vector("vfmadd231ps", P66 | M38 | 0xb8, to, a, b);
  }

  /// `to = a * to + b`.
  void vfmadd213ps(Vector to, Vector a, Operand b) {
    vector("vfmadd213ps", P66 | M38 | 0xa8, to, a, b);
  }

  /// `to = to * b + a`.
  void vfmadd132ps(Vector to, Vector a, Operand b) {
    vector("vfmadd132ps", P66 | M38 | 0x98, to, a, b);
  }

  /// `to -= a * b`.
  void vfnmadd231ps(Vector to, Vector a, Operand b) {
    vector("vfnmadd231ps", P66 | M38 | 0xbc, to, a, b);
  }

  /// `to = a * 2^floor(b)`, AVX-512.
  void vscalefps(Vector to, Vector a, Operand b) {
    vector("vscalefps", P66 | M38 | EVEX_ONLY | 0x2c, to, a, b);
  }

  /// Rounds to a whole number (immediate 0: nearest even), AVX-512.
  void vrndscaleps(Vector to, Operand from, int mode) {
    vector("vrndscaleps", P66 | M3A | EVEX_ONLY | 0x08, to, null, from, mode);
  }

  /// Compares: 1 less, 3 unordered, 17 less without exception; the mask gets a bit a lane
  /// (AVX-512).
  void vcmpps(Mask to, Vector a, Operand b, int predicate) {
    vector("vcmpps", M0F | EVEX_ONLY | 0xc2, to, a, b, predicate);
  }

  // ---- conversions
  // -----------------------------------------------------------------------------------

  void vcvtdq2ps(Vector to, Operand from) {
    vector("vcvtdq2ps", M0F | 0x5b, to, null, from);
  }

  void vcvtps2dq(Vector to, Operand from) {
    vector("vcvtps2dq", P66 | M0F | 0x5b, to, null, from);
  }

  /// F16 to float32; the source is half as wide.
  void vcvtph2ps(Vector to, Operand from) {
    vector("vcvtph2ps", P66 | M38 | HALF | 0x13, to, null, from);
  }

  /// Two vectors of float32 to one of BF16: `low` to the lower half (AVX512_BF16).
  void vcvtne2ps2bf16(Vector to, Vector high, Operand low) {
    vector("vcvtne2ps2bf16", PF2 | M38 | EVEX_ONLY | 0x72, to, high, low);
  }

  /// Float32 to BF16 in a register half as wide (AVX512_BF16).
  void vcvtneps2bf16(Vector to, Vector from) {
    vector("vcvtneps2bf16", PF3 | M38 | EVEX_ONLY | 0x72, to, null, from);
  }

  /// `to += a.even * b.even + a.odd * b.odd`, BF16 pairs into float32 (AVX512_BF16).
  void vdpbf16ps(Vector to, Vector a, Operand b) {
    vector("vdpbf16ps", PF3 | M38 | EVEX_ONLY | 0x52, to, a, b);
  }

  // ---- shuffles
  // --------------------------------------------------------------------------------------

  void vunpcklps(Vector to, Vector a, Operand b) {
    vector("vunpcklps", M0F | 0x14, to, a, b);
  }

  void vunpckhps(Vector to, Vector a, Operand b) {
    vector("vunpckhps", M0F | 0x15, to, a, b);
  }

  void vshufps(Vector to, Vector a, Operand b, int selection) {
    vector("vshufps", M0F | 0xc6, to, a, b, selection);
  }

  void vmovshdup(Vector to, Operand from) {
    vector("vmovshdup", PF3 | M0F | MEM | 0x16, to, null, from);
  }

  void vmovhlps(Vector to, Vector a, Vector b) {
    vector("vmovhlps", M0F | 0x12, to.x(), a.x(), b.x());
  }

  /// Floats of `from` in the order of `indices`.
  void vpermps(Vector to, Vector indices, Operand from) {
    vector("vpermps", P66 | M38 | 0x16, to, indices, from);
  }

  /// The upper 128 of 256 bits.
  void vextractf128(Vector to, Vector from, int half) {
    vector("<vextractf128|vextractf32x4", P66 | M3A | X4 | 0x19, from.y(), null, to.x(), half);
  }

  /// The upper 256 of 512 bits.
  void vextractf64x4(Vector to, Vector from, int half) {
    vector("<vextractf64x4", P66 | M3A | W | EVEX_ONLY | X8 | 0x1b, from, null, to.y(), half);
  }

  void vinsertf128(Vector to, Vector a, Operand b, int half) {
    vector("vinsertf128|vinsertf32x4", P66 | M3A | X4 | 0x18, to, a, b, half);
  }

  /// Two 128-bit parts of a or b each.
  void vperm2f128(Vector to, Vector a, Operand b, int selection) {
    vector("vperm2f128", P66 | M3A | 0x06, to, a, b, selection);
  }

  void vzeroupper() {
    bytes("vzeroupper", 0xc5, 0xf8, 0x77);
  }
}
