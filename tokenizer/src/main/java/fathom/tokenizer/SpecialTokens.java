package fathom.tokenizer;

import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;

/// The ids that begin, end and fill sequences.
public final class SpecialTokens {
  private static final int NONE = -1;

  private final int bos;
  private final int eos;
  private final int pad;
  private final Set<Integer> stops;
  private final boolean addBos;
  private final boolean addEos;

  SpecialTokens(Builder builder) {
    bos = builder.bos;
    eos = builder.eos;
    pad = builder.pad;
    stops = Set.copyOf(builder.stops);
    addBos = builder.addBos && bos != NONE;
    addEos = builder.addEos && eos != NONE;
  }

  /// What begins a sequence (`bos_token`).
  public OptionalInt bos() {
    return optional(bos);
  }

  /// What ends a sequence (`eos_token`).
  public OptionalInt eos() {
    return optional(eos);
  }

  /// What fills the rest of a batch's row (`pad_token`).
  public OptionalInt pad() {
    return optional(pad);
  }

  /// All ids at which generation ends: [#eos] and what `generation_config.json` adds. Ascending.
  public List<Integer> stops() {
    return List.copyOf(new TreeSet<>(stops));
  }

  /// Whether generation ends with this id.
  public boolean isStop(int id) {
    return stops.contains(id);
  }

  /// Whether a plain prompt (no chat template) is to begin with [#bos] (`add_bos_token`).
  public boolean addBos() {
    return addBos;
  }

  /// Whether a document is to end with [#eos] (`add_eos_token`).
  public boolean addEos() {
    return addEos;
  }

  private static OptionalInt optional(int id) {
    return id == NONE ? OptionalInt.empty() : OptionalInt.of(id);
  }

  /// Collects what several files say.
  static final class Builder {
    private int bos = NONE;
    private int eos = NONE;
    private int pad = NONE;
    private final Set<Integer> stops = new TreeSet<>();
    private boolean addBos;
    private boolean addEos;

    Builder bos(int id) {
      bos = id;
      return this;
    }

    Builder eos(int id) {
      eos = id;
      stops.add(id);
      return this;
    }

    Builder pad(int id) {
      pad = id;
      return this;
    }

    Builder stop(int id) {
      stops.add(id);
      return this;
    }

    Builder addBos(boolean add) {
      addBos = add;
      return this;
    }

    Builder addEos(boolean add) {
      addEos = add;
      return this;
    }

    SpecialTokens build() {
      return new SpecialTokens(this);
    }
  }
}
