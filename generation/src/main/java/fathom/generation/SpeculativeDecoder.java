package fathom.generation;

import fathom.model.LanguageModel;
import fathom.model.Span;
import fathom.tensor.Matrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Guesses each sequence's next token but one with the model's multi-token-prediction module
/// (DeepSeek-V3 report, section 2.2), so that one step of the model can confirm two tokens.
///
/// A guess is never more than a guess. The next step computes the pending token and the guess as
/// two rows; the token after the pending one is chosen from the first row exactly as without
/// drafting, and only if it *is* the guess does the second row count. The answer is therefore the
/// same, token for token and seed for seed, with drafting or without, greedy or sampled, and so is
/// its distribution. The module runs the same race on its logits ([Sampler]), with the same noise,
/// which makes a sampled guess right nearly as often as rejection sampling would accept it.
///
/// The module has a layer of its own in the cache. Its row at position i needs the model's state
/// there and the token at i + 1, so it is written one token behind.
final class SpeculativeDecoder implements AutoCloseable {
  private final LanguageModel model;
  private final Sampler sampler;
  private final Speculation speculation;
  private final StepInput input = new StepInput();
  private final List<Sequence> drafting = new ArrayList<>();
  private final List<Span> spans = new ArrayList<>();
  private final Arena arena = Arena.ofShared();
  private @Nullable Matrix states;

  SpeculativeDecoder(LanguageModel model, Sampler sampler, Speculation speculation) {
    this.model = model;
    this.sampler = sampler;
    this.speculation = speculation;
  }

  /// Whether there is anything to do after a step.
  boolean active() {
    return speculation.available();
  }

  /// Writes the drafting layer for the tokens of the step that the model has just run, and guesses
  /// for the sequences that decode.
  void draft(StepPlan plan) {
    int rows = collect(plan);
    if (rows == 0) {
      return;
    }
    Matrix hidden = states(rows);
    Matrix all = model.lastStates();
    input.begin(rows, outputs());
    for (int i = 0; i < drafting.size(); i++) {
      add(drafting.get(i), spans.get(i), all, hidden);
    }
    Matrix logits = model.draft(input.batch(), hidden);
    int output = 0;
    for (int i = 0; i < drafting.size(); i++) {
      Sequence sequence = drafting.get(i);
      sequence.draft().rows(sequence.draftable());
      if (sequence.decoding()) {
        int guess = sampler.guess(logits, output++, sequence.choice(), sequence.answerLength());
        sequence.draft().token(guess);
      }
    }
  }

  private int collect(StepPlan plan) {
    drafting.clear();
    int rows = 0;
    for (int i = 0; i < plan.size(); i++) {
      Sequence sequence = plan.sequence(i);
      Draft draft = sequence.draft();
      draft.token(-1);
      if (!draft.on() || sequence.status() != SequenceStatus.RUNNING) {
        continue;
      }
      if (!speculation.wanted() || draft.rows() < sequence.span().startPosition()) {
        draft.stop();
        continue;
      }
      int missing = sequence.draftable() - draft.rows();
      if (missing > 0) {
        rows += missing;
        drafting.add(sequence);
      }
    }
    while (spans.size() < drafting.size()) {
      spans.add(new Span(0, 0, 0, drafting.getFirst().cache().table()));
    }
    for (int i = 0; i < drafting.size(); i++) {
      if (spans.get(i).cache() != drafting.get(i).cache().table()) {
        spans.set(i, new Span(0, 0, 0, drafting.get(i).cache().table()));
      }
    }
    return rows;
  }

  private int outputs() {
    int outputs = 0;
    for (int i = 0; i < drafting.size(); i++) {
      outputs += drafting.get(i).decoding() ? 1 : 0;
    }
    return outputs;
  }

  private void add(Sequence sequence, Span span, Matrix all, Matrix hidden) {
    int first = input.row();
    int from = sequence.draft().rows();
    int firstRow = sequence.span().firstRow() - sequence.span().startPosition();
    for (int position = from; position < sequence.draftable(); position++) {
      copyRow(all, firstRow + position, hidden, input.row());
      input.add(sequence.ids()[position + 1]);
    }
    if (sequence.decoding()) {
      input.wantLogits();
    }
    input.end(span, first, from);
  }

  private static void copyRow(Matrix from, int fromRow, Matrix to, int toRow) {
    MemorySegment.copy(
        from.segment(),
        (long) fromRow * from.stride() * Float.BYTES,
        to.segment(),
        (long) toRow * to.stride() * Float.BYTES,
        (long) from.columns() * Float.BYTES);
  }

  private Matrix states(int rows) {
    int columns = model.config().hiddenSize();
    Matrix have = states;
    if (have == null || have.rows() < rows) {
      have = Matrix.allocate(arena, Math.max(rows, 64), columns);
      states = have;
    }
    return have.rows() == rows ? have : have.rows(0, rows);
  }

  @Override
  public void close() {
    arena.close();
  }
}
