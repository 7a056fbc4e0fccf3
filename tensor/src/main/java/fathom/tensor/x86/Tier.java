package fathom.tensor.x86;

import fathom.tensor.x86.CpuFeatures.Feature;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/// The four steps of instruction sets that kernels are written for, lowest first.
public enum Tier {
  /// 256 bits; 8-bit products with `vpmaddubsw`.
  AVX2,
  /// 256 bits; 8-bit products with `vpdpbusd` in VEX encoding (laptops since 2021).
  AVX_VNNI,
  /// 512 bits; `vpdpbusd` and `vdpbf16ps`.
  AVX512,
  /// Tiles of 16 x 16 float32 or int32, products of BF16 and INT8.
  AMX;

  private Set<Feature> needs() {
    Set<Feature> features = EnumSet.of(Feature.AVX2, Feature.FMA, Feature.F16C);
    if (this == AVX_VNNI) {
      features.add(Feature.AVX_VNNI);
    }
    if (atLeast(AVX512)) {
      features.addAll(List.of(Feature.AVX512, Feature.AVX512_VNNI, Feature.AVX512_BF16));
    }
    if (this == AMX) {
      features.addAll(List.of(Feature.AMX_TILE, Feature.AMX_BF16, Feature.AMX_INT8));
    }
    return features;
  }

  /// The highest tier that `cpu` allows; empty if not even AVX2 is there.
  public static Optional<Tier> best(CpuFeatures cpu) {
    Tier[] tiers = values();
    for (int i = tiers.length - 1; i >= 0; i--) {
      if (tiers[i].isOn(cpu)) {
        return Optional.of(tiers[i]);
      }
    }
    return Optional.empty();
  }

  /// Whether `cpu` has all that this tier needs.
  public boolean isOn(CpuFeatures cpu) {
    return needs().stream().allMatch(feature -> cpu.has(feature));
  }

  /// What this tier lacks on `cpu`, with reasons: `AMX_INT8: the CPU lacks it`; empty if nothing.
  public List<String> missing(CpuFeatures cpu) {
    List<String> reasons = new ArrayList<>();
    for (Feature feature : needs()) {
      cpu.reasonAgainst(feature).ifPresent(reason -> reasons.add(feature + ": " + reason));
    }
    return reasons;
  }

  /// The name of this tier's kernels, as `--kernels` has it: `x86-avx-vnni`.
  public String kernelsName() {
    return "x86-" + name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /// Whether both factors may be rounded to BF16 and multiplied from packed panels ([TileKernel]).
  boolean multipliesBfloat16() {
    return atLeast(AVX512);
  }

  boolean atLeast(Tier other) {
    return compareTo(other) >= 0;
  }
}
