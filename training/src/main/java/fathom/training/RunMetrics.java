package fathom.training;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.Stream;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// What a run has written down about itself, as far as it got.
public final class RunMetrics {
  private static final JsonMapper JSON = new JsonMapper();

  private final RunDirectory run;
  private final List<JsonNode> lines;
  private final List<JsonNode> samples;

  private RunMetrics(RunDirectory run) {
    this.run = run;
    lines = read(run.metrics());
    samples = read(run.samples());
  }

  /// Reads the metrics of a run; a last line that is only half written does not count.
  ///
  /// @throws TrainingException if they cannot be read
  /// @throws RecipeException if there is no run
  public static RunMetrics of(Path run) {
    if (!Files.exists(run.resolve("run.json"))) {
      throw new RecipeException(run.toString(), "expected a run", "none");
    }
    return new RunMetrics(new RunDirectory(run));
  }

  /// The runs in the directories of a directory.
  public static List<RunMetrics> in(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(f -> Files.exists(f.resolve("run.json")))
          .sorted()
          .map(RunMetrics::of)
          .toList();
    } catch (IOException e) {
      throw new TrainingException("cannot read " + folder, e);
    }
  }

  private static List<JsonNode> read(Path file) {
    List<JsonNode> lines = new ArrayList<>();
    if (!Files.exists(file)) {
      return lines;
    }
    try {
      for (String line : Files.readAllLines(file, StandardCharsets.UTF_8)) {
        lines.add(JSON.readTree(line));
      }
    } catch (JacksonException e) {
      return lines;
    } catch (IOException e) {
      throw new TrainingException("cannot read " + file, e);
    }
    return lines;
  }

  /// The run's directory.
  public Path path() {
    return run.path();
  }

  /// The recipe, with everything that was left out of it.
  public ObjectNode recipe() {
    return run.resolved();
  }

  /// Lines of the metrics.
  public List<JsonNode> lines() {
    return lines;
  }

  /// What the model wrote: `step` and `text`.
  public List<JsonNode> samples() {
    return samples;
  }

  /// The command that made the run.
  public String kind() {
    return run.kind();
  }

  /// Steps that the recipe asks for.
  public int plannedSteps() {
    return recipe().path("steps").asInt();
  }

  /// Steps written down.
  public int steps() {
    return lines.isEmpty() ? 0 : lines.getLast().path("step").asInt();
  }

  /// The last value of a key.
  public OptionalDouble last(String key) {
    for (int i = lines.size() - 1; i >= 0; i--) {
      if (lines.get(i).path(key).isNumber()) {
        return OptionalDouble.of(lines.get(i).path(key).asDouble());
      }
    }
    return OptionalDouble.empty();
  }
}
