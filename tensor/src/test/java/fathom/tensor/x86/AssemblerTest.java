package fathom.tensor.x86;

import static fathom.tensor.x86.Register.R12;
import static fathom.tensor.x86.Register.R13;
import static fathom.tensor.x86.Register.R8;
import static fathom.tensor.x86.Register.R9;
import static fathom.tensor.x86.Register.RAX;
import static fathom.tensor.x86.Register.RBP;
import static fathom.tensor.x86.Register.RBX;
import static fathom.tensor.x86.Register.RCX;
import static fathom.tensor.x86.Register.RDI;
import static fathom.tensor.x86.Register.RDX;
import static fathom.tensor.x86.Register.RSI;
import static fathom.tensor.x86.Register.RSP;
import static fathom.tensor.x86.Vector.xmm;
import static fathom.tensor.x86.Vector.ymm;
import static fathom.tensor.x86.Vector.zmm;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/// The golden file holds the bytes that GNU as 2.40 gives for the text of each line (`.intel_syntax
/// noprefix`).
class AssemblerTest {
  private interface Two {
    void emit(Vector to, Operand from);
  }

  private interface Three {
    void emit(Vector to, Vector a, Operand b);
  }

  private static final List<Memory> PLACES =
      List.of(
          Memory.at(RDI),
          Memory.at(RSP, 8),
          Memory.at(RBP),
          Memory.at(R12, RAX, 4, 64),
          Memory.at(R13, R9, 8, -128),
          Memory.at(RBX, R12, 1, 1000),
          Memory.at(R8, 4096));

  private final Assembler a = new Assembler();

  @Test
  void bytesEqualThoseOfGnuAs() throws IOException {
    general();
    for (int bits : new int[] {128, 256, 512}) {
      floats(bits);
      integers(bits);
    }
    vexOnly();
    evexOnly();
    tiles();
    assertThat(String.join("\n", a.listing()) + "\n").isEqualTo(golden());
  }

  @Test
  void aJumpBackwardIsShortWhereItCanBe() {
    Label top = new Label();
    a.place(top);
    a.add(RAX, 1);
    a.jne(top);
    a.ret();

    assertThat(a.code()).containsExactly(0x48, 0x83, 0xc0, 0x01, 0x75, 0xfa, 0xc3);
  }

  @Test
  void aJumpForwardIsFilledInWhenItsLabelIsPlaced() {
    Label end = new Label();
    a.je(end);
    a.ret();
    a.place(end);
    a.ret();

    assertThat(a.code()).containsExactly(0x0f, 0x84, 1, 0, 0, 0, 0xc3, 0xc3);
  }

  @Test
  void aFarJumpBackwardHasA32BitDistance() {
    Label top = new Label();
    a.place(top);
    for (int i = 0; i < 200; i++) {
      a.ret();
    }
    a.jmp(top);

    assertThat(a.code()).hasSize(205).endsWith(0xe9, -205, -1, -1, -1);
  }

  @Test
  void aLabelIsPlacedOnce() {
    Label label = new Label();
    a.place(label);

    assertThatThrownBy(() -> a.place(label)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void theStackPointerIsNoIndex() {
    assertThatThrownBy(() -> Memory.at(RAX, RSP, 1)).isInstanceOf(IllegalArgumentException.class);
  }

  private static String golden() throws IOException {
    try (InputStream in = AssemblerTest.class.getResourceAsStream("encodings.txt")) {
      return new String(in.readAllBytes(), StandardCharsets.US_ASCII);
    }
  }

  private void general() {
    for (Memory place : PLACES) {
      a.mov(RDX, place);
      a.mov(place, R9);
      a.mov32(R9, place);
      a.mov32(place, RCX);
      a.movzxByte(RSI, place);
      a.movzxWord(R12, place);
      a.lea(R13, place);
      a.add(RCX, place);
      a.prefetcht0(place);
      a.prefetchnta(place);
    }
    for (Register to : List.of(RAX, RSP, R8, R13)) {
      for (Register from : List.of(RBX, R12)) {
        a.mov(to, from);
        a.mov32(to, from);
        a.add(to, from);
        a.sub(to, from);
        a.and(to, from);
        a.or(to, from);
        a.xor(to, from);
        a.cmp(to, from);
        a.test(to, from);
        a.imul(to, from);
      }
      for (int value : new int[] {1, -128, 128, 1 << 30}) {
        a.add(to, value);
        a.sub(to, value);
        a.and(to, value);
        a.or(to, value);
        a.xor(to, value);
        a.cmp(to, value);
      }
      a.mov(to, 5);
      a.mov(to, -5);
      a.mov(to, 0x123456789abcdefL);
      a.mov(to, 0xffffffffL);
      a.shl(to, 3);
      a.shr(to, 40);
      a.push(to);
      a.pop(to);
    }
    a.ret();
    a.cpuid();
    a.xgetbv();
    a.vzeroupper();
  }

  /// Low and high registers, all forms of memory, and with 512 bits masks and broadcasts.
  private void two(int bits, Two instruction) {
    instruction.emit(Vector.of(1, bits), Vector.of(2, bits));
    instruction.emit(Vector.of(9, bits), Vector.of(14, bits));
    if (bits == 512) {
      instruction.emit(zmm(30), zmm(21));
      instruction.emit(zmm(30).masked(new Mask(3)), zmm(5));
      instruction.emit(zmm(3).zeroed(new Mask(1)), zmm(17));
    }
    memory(bits, place -> instruction.emit(Vector.of(bits == 512 ? 19 : 6, bits), place));
  }

  private void three(int bits, Three instruction) {
    instruction.emit(Vector.of(1, bits), Vector.of(2, bits), Vector.of(3, bits));
    instruction.emit(Vector.of(9, bits), Vector.of(14, bits), Vector.of(12, bits));
    if (bits == 512) {
      instruction.emit(zmm(30), zmm(21), zmm(26));
      instruction.emit(zmm(30).zeroed(new Mask(7)), zmm(21), zmm(9));
    }
    memory(
        bits,
        place ->
            instruction.emit(Vector.of(bits == 512 ? 19 : 6, bits), Vector.of(7, bits), place));
  }

  private void withBroadcast(Three instruction) {
    instruction.emit(zmm(8), zmm(31), Memory.at(RDX, 16).repeated());
    instruction.emit(ymm(18), ymm(3), Memory.at(R13, RCX, 4, 1024).repeated());
  }

  private static void memory(int bits, java.util.function.Consumer<Memory> use) {
    PLACES.forEach(place -> use.accept(bits == 512 ? place.plus(64) : place));
  }

  private void floats(int bits) {
    List<Three> all =
        List.of(
            a::vaddps,
            a::vsubps,
            a::vmulps,
            a::vdivps,
            a::vmaxps,
            a::vminps,
            a::vandps,
            a::vorps,
            a::vxorps,
            a::vfmadd231ps,
            a::vfmadd213ps,
            a::vfmadd132ps,
            a::vfnmadd231ps,
            a::vunpcklps,
            a::vunpckhps);
    all.forEach(instruction -> three(bits, instruction));
    three(bits, (to, x, y) -> a.vshufps(to, x, y, 0x4e));
    two(bits, a::vmovups);
    memory(bits, place -> a.vmovups(place, Vector.of(13, bits)));
    two(bits, a::vcvtdq2ps);
    two(bits, a::vcvtps2dq);
    two(bits, a::vmovshdup);
    if (bits > 128) {
      two(bits, (to, from) -> a.vcvtph2ps(to, from instanceof Vector v ? half(v) : from));
      two(bits, (to, from) -> a.vbroadcastss(to, from instanceof Vector v ? v.x() : from));
      memory(bits, place -> a.vbroadcastsd(Vector.of(5, bits), place));
      three(bits, a::vpermps);
    }
  }

  private static Vector half(Vector vector) {
    return Vector.of(vector.number(), vector.bits() / 2);
  }

  private void integers(int bits) {
    List<Three> all =
        List.of(
            a::vpxor,
            a::vpand,
            a::vpandn,
            a::vpor,
            a::vpaddb,
            a::vpaddw,
            a::vpaddd,
            a::vpsubb,
            a::vpsubw,
            a::vpsubd,
            a::vpmulld,
            a::vpmaddubsw,
            a::vpmaddwd,
            a::vpdpbusd,
            a::vpsrlvq,
            a::vpackssdw,
            a::vpacksswb,
            a::vpshufb,
            a::vpunpcklwd,
            a::vpunpckhwd,
            a::vpunpckldq,
            a::vpunpckhdq,
            a::vpunpcklqdq,
            a::vpunpckhqdq);
    all.forEach(instruction -> three(bits, instruction));
    List<Two> loads = List.of(a::vmovdqu, a::vmovdqa);
    loads.forEach(instruction -> two(bits, instruction));
    memory(bits, place -> a.vmovdqu(place, Vector.of(4, bits)));
    two(bits, (to, from) -> a.vpshufd(to, from, 0xb1));
    List<Two> broadcasts =
        List.of(a::vpbroadcastb, a::vpbroadcastw, a::vpbroadcastd, a::vpbroadcastq);
    for (Two instruction : broadcasts) {
      two(bits, (to, from) -> instruction.emit(to, from instanceof Vector v ? v.x() : from));
    }
    two(bits, (to, from) -> a.vpmovzxbd(to, from));
    two(bits, (to, from) -> a.vpmovsxbd(to, from));
    if (bits > 128) {
      List<Two> widening = List.of(a::vpmovzxwd, a::vpmovzxbw, a::vpmovsxbw);
      for (Two instruction : widening) {
        two(bits, (to, from) -> instruction.emit(to, from instanceof Vector v ? half(v) : from));
      }
      three(bits, a::vpermd);
      two(bits, (to, from) -> a.vpermq(to, from, 0xd8));
      memory(bits, place -> a.vbroadcasti128(Vector.of(3, bits), place));
    }
    shifts(bits);
  }

  private void shifts(int bits) {
    for (int number : bits == 512 ? new int[] {1, 22} : new int[] {1, 14}) {
      Vector to = Vector.of(number, bits);
      Vector from = Vector.of(number ^ 8, bits);
      a.vpsllw(to, from, 4);
      a.vpsrlw(to, from, 4);
      a.vpslld(to, from, 16);
      a.vpsrld(to, from, 7);
      a.vpsrad(to, from, 31);
    }
  }

  private void vexOnly() {
    three(256, a::vpsignb);
    three(128, a::vpsignb);
    three(256, a::vhaddps);
    three(128, a::vhaddps);
    three(256, a::vpcmpeqb);
    three(256, a::vpcmpeqw);
    two(256, a::vpabsb);
    three(256, (to, x, y) -> a.vperm2f128(to, x, y, 0x20));
    three(256, (to, x, y) -> a.vperm2i128(to, x, y, 0x31));
    three(256, (to, x, y) -> a.vinsertf128(to, x, y instanceof Vector v ? v.x() : y, 1));
    three(256, (to, x, y) -> a.vinserti128(to, x, y instanceof Vector v ? v.x() : y, 1));
    a.vextractf128(xmm(3), ymm(12), 1);
    a.vextracti128(xmm(13), ymm(2), 1);
    a.vmovhlps(xmm(1), xmm(2), xmm(12));
    for (Memory place : PLACES) {
      a.vmovss(xmm(5), place);
      a.vmovss(place, xmm(15));
      a.vaddss(xmm(5), xmm(8), place);
      a.vmulss(xmm(5), xmm(8), place);
      a.vdivss(xmm(5), xmm(8), place);
      a.vmovq(xmm(9), place);
    }
    a.vmovd(xmm(1), R9);
    a.vmovd(xmm(11), RAX);
    a.vmovq(xmm(11), RAX);
    a.kmovd(new Mask(5), RDX);
    a.kmovd(new Mask(1), R9);
  }

  private void evexOnly() {
    a.vpmovdw(ymm(3), zmm(1));
    a.vpmovdw(ymm(19), zmm(27));
    a.vpmovdw(xmm(2), ymm(20));
    List<Three> all =
        List.of(
            a::vscalefps, a::vcvtne2ps2bf16, a::vdpbf16ps, a::vpdpbusdEvex, a::vpermw, a::vpermt2w);
    all.forEach(instruction -> three(512, instruction));
    List<Three> broadcasting =
        List.of(
            a::vaddps,
            a::vmulps,
            a::vfmadd231ps,
            a::vpaddd,
            a::vpxor,
            a::vpdpbusdEvex,
            a::vdpbf16ps);
    broadcasting.forEach(this::withBroadcast);
    a.vpdpbusdEvex(ymm(1), ymm(2), ymm(3));
    three(512, (to, x, y) -> a.vpternlogd(to, x, y, 0xf8));
    three(512, (to, x, y) -> a.vshufi32x4(to, x, y, 0x88));
    three(512, (to, x, y) -> a.vinserti64x4(to, x, y instanceof Vector v ? v.y() : y, 1));
    three(512, (to, x, y) -> a.vinserti128(to, x, y instanceof Vector v ? v.x() : y, 3));
    two(512, (to, from) -> a.vrndscaleps(to, from, 0));
    two(512, a::vmovdqu16);
    memory(512, place -> a.vmovdqu16(place.masked(new Mask(2)), zmm(20)));
    memory(512, place -> a.vmovups(place.masked(new Mask(6)), zmm(20)));
    a.vcmpps(new Mask(4), zmm(20), zmm(3), 1);
    a.vpcmpgtd(new Mask(4), zmm(20), zmm(3));
    a.vpcmpgtd(new Mask(2), zmm(2), Memory.at(RDI, 128));
    a.vcmpps(new Mask(2), zmm(2), Memory.at(RDI, 128), 17);
    a.vcvtneps2bf16(ymm(17), zmm(3));
    a.vextracti64x4(ymm(17), zmm(3), 1);
    a.vextractf64x4(ymm(1), zmm(23), 1);
    a.vextracti128(xmm(13), zmm(2), 3);
    a.vextractf128(xmm(23), ymm(2), 1);
    for (Memory place : PLACES) {
      a.vmovss(xmm(25), place);
    }
  }

  private void tiles() {
    for (int i = 0; i < 8; i++) {
      Tile tile = new Tile(i);
      Tile other = new Tile(7 - i);
      a.tilezero(tile);
      a.tileloadd(tile, RSI, RAX, 0);
      a.tileloadd(tile, R8, R12, 1024);
      a.tilestored(R13, RDX, 64, tile);
      a.tdpbf16ps(tile, other, new Tile(i ^ 3));
      a.tdpbssd(tile, other, new Tile(i ^ 3));
      a.tdpbsud(tile, other, new Tile(i ^ 3));
      a.tdpbusd(tile, other, new Tile(i ^ 3));
    }
    a.ldtilecfg(Memory.at(RDI));
    a.ldtilecfg(Memory.at(R9, 64));
    a.tilerelease();
  }
}
