package fathom.tensor.x86;

/// Assembles machine code: one method an instruction, destination first, as in Intel's manual. This
/// class adds the mask registers of AVX-512 and the tiles of AMX to what its parents have.
///
/// Nothing is checked here but encodability; kernels are checked by their tests, and their callers
/// check sizes before a kernel sees an address.
final class Assembler extends IntegerInstructions {
  // ---- masks
  // -----------------------------------------------------------------------------------------

  void kmovd(Mask to, Register from) {
    int start = size();
    vector("kmovd", PF2 | M0F | 0x92, to, null, from);
    listing().removeLast();
    list(start, "kmovd", to, from.low());
  }

  // ---- tiles
  // -----------------------------------------------------------------------------------------

  /// Loads the shapes of all tiles from 64 bytes and clears the tiles.
  void ldtilecfg(Memory from) {
    int start = size();
    vector("ldtilecfg", M38 | 0x49, Register.RAX, null, from);
    listing().removeLast();
    list(start, "ldtilecfg", from);
  }

  /// Rows from `base`, as many bytes apart as the index register says.
  void tileloadd(Tile to, Register base, Register stride, int displacement) {
    vector("tileloadd", PF2 | M38 | 0x4b, to, null, Memory.at(base, stride, 1, displacement));
  }

  void tilestored(Register base, Register stride, int displacement, Tile from) {
    vector("<tilestored", PF3 | M38 | 0x4b, from, null, Memory.at(base, stride, 1, displacement));
  }

  void tilezero(Tile tile) {
    int start = size();
    vector("tilezero", PF2 | M38 | 0x49, tile, null, Register.RAX);
    listing().removeLast();
    list(start, "tilezero", tile);
  }

  void tilerelease() {
    bytes("tilerelease", 0xc4, 0xe2, 0x78, 0x49, 0xc0);
  }

  /// `to += a b`: a has 16 rows of 32 BF16, b has 16 rows of 16 pairs.
  void tdpbf16ps(Tile to, Tile a, Tile b) {
    vector("tdpbf16ps", PF3 | M38 | 0x5c, to, b, a);
    reorder("tdpbf16ps", to, a, b);
  }

  /// Signed times signed bytes.
  void tdpbssd(Tile to, Tile a, Tile b) {
    vector("tdpbssd", PF2 | M38 | 0x5e, to, b, a);
    reorder("tdpbssd", to, a, b);
  }

  /// Signed times unsigned bytes.
  void tdpbsud(Tile to, Tile a, Tile b) {
    vector("tdpbsud", PF3 | M38 | 0x5e, to, b, a);
    reorder("tdpbsud", to, a, b);
  }

  /// Unsigned times signed bytes.
  void tdpbusd(Tile to, Tile a, Tile b) {
    vector("tdpbusd", P66 | M38 | 0x5e, to, b, a);
    reorder("tdpbusd", to, a, b);
  }

  private void reorder(String name, Tile to, Tile a, Tile b) {
    listing().removeLast();
    list(size() - 5, name, to, a, b);
  }
}
