package fathom.cli;

import fathom.checkpoint.Checkpoint;
import fathom.checkpoint.TensorEntry;
import fathom.model.CacheLayout;
import fathom.model.FeedForwardConfig;
import fathom.model.GroupedAttentionConfig;
import fathom.model.LatentAttentionConfig;
import fathom.model.ModelConfig;
import fathom.model.ModelSize;
import fathom.tensor.DType;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// `fathom inspect`: what is in a model, without loading it.
@Command(
    name = "inspect",
    mixinStandardHelpOptions = true,
    description = "Shows architecture, parameters, formats, cache and memory of a model.",
    footer = {
      "",
      "Examples:",
      "  fathom inspect DIR",
      "  fathom inspect model.gguf --context 32768 --tensors"
    })
final class InspectCommand implements Callable<Integer> {
  @Parameters(paramLabel = "MODEL", arity = "0..1", description = "A directory or a GGUF file.")
  Path model = Path.of("");

  @Option(
      names = {"-m", "--model"},
      paramLabel = "MODEL",
      description = "The same, as an option.")
  void setModel(Path path) {
    model = path;
  }

  @Option(
      names = "--context",
      paramLabel = "N",
      defaultValue = "8192",
      description = "Context to compute the memory for (default: ${DEFAULT-VALUE}).")
  int context;

  @Option(names = "--tensors", description = "Lists all tensors.")
  boolean tensors;

  @Option(names = "--json", description = "Prints one JSON object.")
  boolean json;

  @Mixin CommonArguments common = new CommonArguments();
  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    if (model.toString().isEmpty()) {
      throw new UsageException("inspect: expected a model, found none");
    }
    try (Checkpoint checkpoint = Checkpoint.open(EmbeddedModel.resolve(model))) {
      ModelConfig config = ModelConfig.of(checkpoint.config(), checkpoint.path());
      Figures figures = Figures.of(checkpoint, config, context);
      PrintWriter out = spec.commandLine().getOut();
      out.println(json ? figures.json() : figures.text());
      if (tensors && !json) {
        for (TensorEntry tensor : checkpoint.tensors().values()) {
          out.printf("%-64s %-8s %s%n", tensor.name(), tensor.type(), tensor.shape());
        }
      }
    }
    return 0;
  }

  /// What there is to know.
  private record Figures(
      ModelConfig config,
      ModelSize size,
      Map<DType, Long> bytesByType,
      CacheLayout cache,
      int context) {
    static Figures of(Checkpoint checkpoint, ModelConfig config, int context) {
      Map<DType, Long> bytes = new TreeMap<>();
      for (TensorEntry tensor : checkpoint.tensors().values()) {
        bytes.merge(tensor.type(), tensor.segment().byteSize(), Long::sum);
      }
      return new Figures(
          config, ModelSize.of(config), bytes, config.cacheLayout(DType.F32, 0), context);
    }

    private double weightBytes() {
      return bytesByType.values().stream().mapToDouble(Long::doubleValue).sum();
    }

    private double memory() {
      int tokens = Math.min(context, config.maxPositions());
      return weightBytes() + (double) cache.tokenBytes() * tokens;
    }

    String text() {
      String formats =
          bytesByType.entrySet().stream()
              .map(entry -> entry.getKey() + " " + Sizes.bytes((double) entry.getValue()))
              .collect(Collectors.joining(", "));
      String draft =
          size.draftParameters() == 0
              ? ""
              : ", and %s for multi-token prediction".formatted(count(size.draftParameters()));
      return """
          architecture  %s, %d layers, hidden %d, vocabulary %d, context %d
          attention     %s
          feed-forward  %s
          parameters    %s in all, %s active%s
          weights       %s (%s)
          cache         %s a token in float32 (%s in 16 bits)
          memory        %s at a context of %d"""
          .formatted(
              config.architecture().modelType(),
              config.layers(),
              config.hiddenSize(),
              config.vocabularySize(),
              config.maxPositions(),
              attention(),
              feedForward(),
              count(size.parameters()),
              count(size.activeParameters()),
              draft,
              Sizes.bytes(weightBytes()),
              formats,
              Sizes.bytes((double) cache.tokenBytes()),
              Sizes.bytes(cache.tokenBytes() / 2.0),
              Sizes.bytes(memory()),
              Math.min(context, config.maxPositions()));
    }

    private String attention() {
      return switch (config.attention()) {
        case LatentAttentionConfig latent ->
            "latent, %d heads; latent %d, rotary key %d, query %s"
                .formatted(
                    latent.heads(),
                    latent.kvLoraRank(),
                    latent.qkRopeHeadDim(),
                    latent.qLoraRank() == 0 ? "whole" : "compressed to " + latent.qLoraRank());
        case GroupedAttentionConfig grouped ->
            "grouped-query, %d heads of %d, keys and values of %d"
                .formatted(grouped.heads(), grouped.headDim(), grouped.keyValueHeads());
      };
    }

    private String feedForward() {
      FeedForwardConfig all = config.feedForward();
      String dense = "dense, inner width " + all.intermediateSize();
      return all.experts()
          .map(
              moe ->
                  "%d experts of inner width %d, %d active and %d shared; %d layers before them %s"
                      .formatted(
                          moe.router().experts(),
                          moe.intermediateSize(),
                          moe.router().expertsPerToken(),
                          moe.sharedExperts(),
                          all.denseLayers(),
                          dense))
          .orElse(dense);
    }

    private static String count(long number) {
      return Sizes.count((double) number);
    }

    ObjectNode json() {
      ObjectNode node = JsonNodeFactory.instance.objectNode();
      node.put("architecture", config.architecture().modelType());
      node.put("layers", config.layers());
      node.put("hidden_size", config.hiddenSize());
      node.put("vocab_size", config.vocabularySize());
      node.put("max_position_embeddings", config.maxPositions());
      node.put("parameters", size.parameters());
      node.put("active_parameters", size.activeParameters());
      node.put("mtp_parameters", size.draftParameters());
      ObjectNode formats = node.putObject("bytes_by_type");
      bytesByType.forEach((type, bytes) -> formats.put(type.name(), bytes));
      node.put("cache_bytes_per_token", cache.tokenBytes());
      node.put("context", Math.min(context, config.maxPositions()));
      node.put("memory_bytes", (long) memory());
      return node;
    }
  }
}
