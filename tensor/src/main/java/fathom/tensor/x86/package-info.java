/// Machine code for x86-64, assembled in Java at start-up: kernels for AVX2, AVX-VNNI, AVX-512 and
/// AMX. Addresses and sizes go in, numbers come out; never sees a model or a file.
@NullMarked
package fathom.tensor.x86;

import org.jspecify.annotations.NullMarked;
