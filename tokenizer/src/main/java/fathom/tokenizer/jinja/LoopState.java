package fathom.tokenizer.jinja;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// The variable `loop` inside of a `for`.
final class LoopState {
  private final List<Object> items;
  private final int depth;
  private int index;
  private @Nullable List<Object> lastChanged;

  LoopState(List<Object> items, int depth) {
    this.items = items;
    this.depth = depth;
  }

  void moveTo(int newIndex) {
    index = newIndex;
  }

  @Nullable Object get(String name) {
    int size = items.size();
    return switch (name) {
      case "index" -> index + 1L;
      case "index0" -> (long) index;
      case "revindex" -> (long) size - index;
      case "revindex0" -> size - index - 1L;
      case "first" -> index == 0;
      case "last" -> index == size - 1;
      case "length" -> (long) size;
      case "depth" -> depth + 1L;
      case "depth0" -> (long) depth;
      case "previtem" -> index == 0 ? new Undefined("previtem") : items.get(index - 1);
      case "nextitem" -> index == size - 1 ? new Undefined("nextitem") : items.get(index + 1);
      case "cycle" -> (Function) this::cycle;
      case "changed" -> (Function) this::changed;
      default -> null;
    };
  }

  private Object cycle(Arguments arguments) {
    if (arguments.positional().isEmpty()) {
      throw new JinjaException("loop.cycle needs values");
    }
    return arguments.positional().get(index % arguments.positional().size());
  }

  private Object changed(Arguments arguments) {
    boolean changed = lastChanged == null || !Values.equal(lastChanged, arguments.positional());
    lastChanged = arguments.positional();
    return changed;
  }
}
