package fathom.tensor.x86;

/// Moves, integer arithmetic and jumps on the general-purpose registers.
class GeneralInstructions extends Encoder {
  private static final int ADD = 0, OR = 1, AND = 4, SUB = 5, XOR = 6, CMP = 7;

  // ---- moves
  // ---------------------------------------------------------------------------------------

  void mov(Register to, Register from) {
    plain("mov", 1, 0x89, from, to);
  }

  void mov(Register to, Memory from) {
    int start = size();
    legacy(1, 0x8b, to.number(), from);
    list(start, "mov", to, from);
  }

  void mov(Memory to, Register from) {
    int start = size();
    legacy(1, 0x89, from.number(), to);
    list(start, "mov", to, from);
  }

  void mov32(Register to, Memory from) {
    int start = size();
    legacy(0, 0x8b, to.number(), from);
    list(start, "mov", to.low(), from);
  }

  void mov32(Register to, Register from) {
    int start = size();
    legacy(0, 0x89, from.number(), to);
    list(start, "mov", to.low(), from.low());
  }

  void mov32(Memory to, Register from) {
    int start = size();
    legacy(0, 0x89, from.number(), to);
    list(start, "mov", to, from.low());
  }

  /// A constant; takes the shortest encoding.
  void mov(Register to, long value) {
    int start = size();
    if (value == (int) value && value < 0) {
      legacy(1, 0xc7, 0, to);
      int32((int) value);
      list(start, "mov", to, value);
      return;
    }
    boolean wide = value >>> 32 != 0;
    int rex = (wide ? 8 : 0) | to.number() >> 3;
    if (rex != 0) {
      int8(0x40 | rex);
    }
    int8(0xb8 | (to.number() & 7));
    if (wide) {
      int64(value);
      list(start, "movabs", to, value);
    } else {
      int32((int) value);
      list(start, "mov", to.low(), value);
    }
  }

  void movzxByte(Register to, Memory from) {
    int start = size();
    legacy(0, 0x0fb6, to.number(), from);
    list(start, "movzx", to.low(), "BYTE PTR " + from);
  }

  void movzxWord(Register to, Memory from) {
    int start = size();
    legacy(0, 0x0fb7, to.number(), from);
    list(start, "movzx", to.low(), "WORD PTR " + from);
  }

  void lea(Register to, Memory from) {
    int start = size();
    legacy(1, 0x8d, to.number(), from);
    list(start, "lea", to, from);
  }

  // ---- arithmetic
  // ------------------------------------------------------------------------------------

  void add(Register to, Register from) {
    plain("add", 1, 0x01, from, to);
  }

  void add(Register to, int value) {
    immediate("add", ADD, to, value);
  }

  void add(Register to, Memory from) {
    int start = size();
    legacy(1, 0x03, to.number(), from);
    list(start, "add", to, from);
  }

  void sub(Register to, Register from) {
    plain("sub", 1, 0x29, from, to);
  }

  void sub(Register to, int value) {
    immediate("sub", SUB, to, value);
  }

  void and(Register to, Register from) {
    plain("and", 1, 0x21, from, to);
  }

  void and(Register to, int value) {
    immediate("and", AND, to, value);
  }

  void or(Register to, Register from) {
    plain("or", 1, 0x09, from, to);
  }

  void or(Register to, int value) {
    immediate("or", OR, to, value);
  }

  void xor(Register to, Register from) {
    plain("xor", 1, 0x31, from, to);
  }

  void xor(Register to, int value) {
    immediate("xor", XOR, to, value);
  }

  void cmp(Register a, Register b) {
    plain("cmp", 1, 0x39, b, a);
  }

  void cmp(Register a, int value) {
    immediate("cmp", CMP, a, value);
  }

  void test(Register a, Register b) {
    plain("test", 1, 0x85, b, a);
  }

  void imul(Register to, Register by) {
    int start = size();
    legacy(1, 0x0faf, to.number(), by);
    list(start, "imul", to, by);
  }

  void shl(Register to, int count) {
    shift("shl", 4, to, count);
  }

  void shr(Register to, int count) {
    shift("shr", 5, to, count);
  }

  private void plain(String name, int rexW, int opcode, Register reg, Register rm) {
    int start = size();
    legacy(rexW, opcode, reg.number(), rm);
    list(start, name, rm, reg);
  }

  private void immediate(String name, int extension, Register to, int value) {
    int start = size();
    if ((byte) value == value) {
      legacy(1, 0x83, extension, to);
      int8(value);
    } else if (to == Register.RAX) {
      int8(0x48);
      int8(extension << 3 | 5);
      int32(value);
    } else {
      legacy(1, 0x81, extension, to);
      int32(value);
    }
    list(start, name, to, value);
  }

  private void shift(String name, int extension, Register to, int count) {
    int start = size();
    legacy(1, 0xc1, extension, to);
    int8(count);
    list(start, name, to, count);
  }

  // ---- control
  // ---------------------------------------------------------------------------------------

  void push(Register register) {
    stack("push", 0x50, register);
  }

  void pop(Register register) {
    stack("pop", 0x58, register);
  }

  private void stack(String name, int opcode, Register register) {
    int start = size();
    if (register.number() > 7) {
      int8(0x41);
    }
    int8(opcode | (register.number() & 7));
    list(start, name, register);
  }

  void jmp(Label label) {
    jump(0xeb, 0xe9, "jmp", label);
  }

  /// Jumps if equal, or zero.
  void je(Label label) {
    jump(0x74, 0x0f84, "je", label);
  }

  /// Jumps if not equal, or not zero.
  void jne(Label label) {
    jump(0x75, 0x0f85, "jne", label);
  }

  /// Jumps if less, signed.
  void jl(Label label) {
    jump(0x7c, 0x0f8c, "jl", label);
  }

  /// Jumps if greater or equal, signed.
  void jge(Label label) {
    jump(0x7d, 0x0f8d, "jge", label);
  }

  /// Jumps if less or equal, signed.
  void jle(Label label) {
    jump(0x7e, 0x0f8e, "jle", label);
  }

  /// Jumps if greater, signed.
  void jg(Label label) {
    jump(0x7f, 0x0f8f, "jg", label);
  }

  void ret() {
    bytes("ret", 0xc3);
  }

  void cpuid() {
    bytes("cpuid", 0x0f, 0xa2);
  }

  void xgetbv() {
    bytes("xgetbv", 0x0f, 0x01, 0xd0);
  }

  /// Fetches a cache line into all levels.
  void prefetcht0(Memory place) {
    prefetch("prefetcht0", 1, place);
  }

  /// Fetches a cache line that is read once.
  void prefetchnta(Memory place) {
    prefetch("prefetchnta", 0, place);
  }

  private void prefetch(String name, int hint, Memory place) {
    int start = size();
    legacy(0, 0x0f18, hint, place);
    list(start, name, place);
  }

  void bytes(String name, int... values) {
    int start = size();
    for (int value : values) {
      int8(value);
    }
    list(start, name);
  }
}
