package fathom.generation;

import fathom.model.LanguageModel;

/// What the classes of one engine share. All of it but the counters belongs to the engine's thread.
record EngineParts(
    LanguageModel model,
    EngineOptions options,
    Counters counters,
    BlockPool pool,
    PrefixCache cache,
    BlockKey.Chain keys,
    Sampler sampler,
    SpeculationParts speculating) {

  /// What drafting consists of.
  record SpeculationParts(Speculation speculation, SpeculativeDecoder decoder) {}

  Speculation speculation() {
    return speculating.speculation();
  }

  SpeculativeDecoder decoder() {
    return speculating.decoder();
  }

  /// Frees all memory; only after the engine's thread has ended.
  void close() {
    cache.close();
    decoder().close();
    pool.close();
    model.close();
  }
}
