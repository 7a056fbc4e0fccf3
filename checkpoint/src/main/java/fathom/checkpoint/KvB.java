package fathom.checkpoint;

import java.util.List;

/// The two layouts of MLA's kv_b: whole, `[heads * (nope + value), latent]` with the key rows of a
/// head before its value rows; or split into the keys, transposed, `[heads, latent, nope]`, and the
/// values, `[heads, value, latent]`, which is what attention over the latent multiplies with.
record KvB(int heads, int nope, int value) {
  /// The transposed keys of a whole kv_b, as rows of `nope`.
  Rows keys(Rows whole) {
    Rows keyRows =
        new Rows.Chosen(
            List.of(whole), (long) heads * nope, row -> row / nope * (nope + value) + row % nope);
    return Rows.Computed.transposed(keyRows, heads);
  }

  /// The values of a whole kv_b.
  Rows values(Rows whole) {
    return new Rows.Chosen(
        List.of(whole),
        (long) heads * value,
        row -> row / value * (nope + value) + nope + row % value);
  }

  /// A whole kv_b from its parts.
  Rows whole(Rows keys, Rows values) {
    Rows keyRows = Rows.Computed.transposed(keys, heads);
    int each = nope + value;
    return new Rows.Chosen(
        List.of(keyRows, values),
        (long) heads * each,
        row -> {
          long head = row / each;
          long within = row % each;
          return within < nope
              ? head * nope + within
              : (long) heads * nope + head * value + within - nope;
        });
  }
}
