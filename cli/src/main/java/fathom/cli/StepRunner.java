package fathom.cli;

import fathom.model.BlockTable;
import fathom.model.CacheLayout;
import fathom.model.DecoderModel;
import fathom.model.Span;
import fathom.model.StepBatch;
import fathom.tensor.LargeMemory;
import fathom.tensor.Matrix;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;

/// Runs a model step by step without an engine, for commands that look at numbers or measure: a few
/// sequences of equal length, each with cache blocks of its own.
final class StepRunner implements AutoCloseable {
  private final DecoderModel model;
  private final Arena arena = Arena.ofShared();
  private final List<BlockTable> tables = new ArrayList<>();

  /// Room for `sequences` sequences of `tokens` tokens each.
  StepRunner(DecoderModel model, int sequences, int tokens) {
    this.model = model;
    CacheLayout layout = model.cacheLayout();
    for (int sequence = 0; sequence < sequences; sequence++) {
      BlockTable table = new BlockTable(layout);
      int blocks = layout.blocks(tokens);
      long first = LargeMemory.allocate(arena, blocks * layout.blockBytes()).address();
      for (int block = 0; block < blocks; block++) {
        table.append(first + block * layout.blockBytes());
      }
      tables.add(table);
    }
  }

  /// The cache of a sequence.
  BlockTable table(int sequence) {
    return tables.get(sequence);
  }

  /// Runs tokens of one sequence from a position on; logits of the rows asked for.
  Matrix run(int sequence, int[] ids, int position, int... outputRows) {
    Span span = new Span(0, ids.length, position, tables.get(sequence));
    return model.forward(new StepBatch(ids, List.of(span), outputRows));
  }

  /// A step of one token for every sequence at the same position; logits of all of them.
  StepBatch decodeStep(int[] ids, int position) {
    List<Span> spans = new ArrayList<>();
    int[] outputs = new int[tables.size()];
    for (int sequence = 0; sequence < tables.size(); sequence++) {
      spans.add(new Span(sequence, 1, position, tables.get(sequence)));
      outputs[sequence] = sequence;
    }
    return new StepBatch(ids, spans, outputs);
  }

  @Override
  public void close() {
    arena.close();
  }
}
