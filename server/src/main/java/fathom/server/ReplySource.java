package fathom.server;

import fathom.generation.EngineStatistics;
import fathom.generation.GenerationRequest;
import fathom.tokenizer.Tokenizer;

/// The engine as the service sees it.
public interface ReplySource {
  /// The model's tokenizer.
  Tokenizer tokenizer();

  /// Longest prompt and answer together.
  int contextTokens();

  /// Queues a request for one or several answers.
  ///
  /// @throws fathom.generation.GenerationException if it can't be taken
  Replies submit(GenerationRequest request, int choices);

  /// What the engine does at present.
  EngineStatistics statistics();
}
