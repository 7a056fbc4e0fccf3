package fathom.model;

/// A module that predicts one token further (DeepSeek-V3 report, section 2.2): at position i it sees
/// the main model's state h_i, after the final norm, and token i + 1, and predicts token i + 2:
///
///     x_i = eh_proj [enorm(embedding(t_i+1)) ; hnorm(h_i)]
///     state_i = norm(layer(x_i)),   logits_i = head(state_i)
///
/// In checkpoints the embedding comes first; the report writes the two the other way round. In
/// training a second loss goes through it; in generation it drafts.
final class MultiTokenPrediction {
  private final TokenEmbedding embedding;
  private final RmsNorm enorm;
  private final RmsNorm hnorm;
  private final Linear ehProj;
  private final DecoderLayer layer;
  private final LanguageModelHead sharedHead;

  /// Module `module`, whose parameters follow those of the last layer.
  ///
  /// @param embedding the main model's, used unless the module has its own
  /// @param head the main model's, used in the same way
  MultiTokenPrediction(
      LayerBuilder builder, int module, TokenEmbedding embedding, LanguageModelHead head) {
    ModelConfig config = builder.config();
    ParameterSet parameters = builder.parameters();
    int index = config.layers() + module;
    String name = "model.layers." + index + ".";
    int hidden = config.hiddenSize();
    int vocabulary = config.vocabularySize();
    this.embedding =
        builder.layout().ownDraftEmbedding()
            ? new TokenEmbedding(parameters, name + "embed_tokens", vocabulary, hidden)
            : embedding;
    enorm = builder.norm(name + "enorm");
    hnorm = builder.norm(name + "hnorm");
    ehProj = new Linear(parameters, name + "eh_proj", hidden, 2 * hidden);
    layer = builder.layer(index);
    Parameter headWeight =
        builder.layout().ownDraftHead()
            ? parameters.matrix(
                name + "shared_head.head.weight", Parameter.Role.HEAD, vocabulary, hidden)
            : head.weight();
    sharedHead = new LanguageModelHead(builder.norm(name + "shared_head.norm"), headWeight);
  }

  /// The module's head.
  LanguageModelHead sharedHead() {
    return sharedHead;
  }

  /// From the following tokens' ids and the states `[tokens, hidden]` to the module's state before
  /// its norm.
  Variable forward(Step step, int[] followingIds, Variable states) {
    return layer.forward(step, joined(step.tape(), followingIds, states));
  }

  /// The same in training.
  Variable forward(Step step, int[] followingIds, Variable states, LayerRunner runner) {
    return runner.forward(step, layer, joined(step.tape(), followingIds, states));
  }

  private Variable joined(Tape tape, int[] followingIds, Variable states) {
    Variable e = enorm.forward(tape, embedding.forward(tape, followingIds));
    Variable h = hnorm.forward(tape, states);
    return ehProj.forward(tape, Concatenation.forward(tape, e, h));
  }
}
