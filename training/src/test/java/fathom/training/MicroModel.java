package fathom.training;

import fathom.tensor.Kernels;
import fathom.tensor.VectorKernels;
import fathom.tensor.WorkerPool;
import fathom.tensor.Workers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// A V3 model of some twenty thousand parameters and a text of some kilobytes.
final class MicroModel {
  static final String CONFIG =
      """
      {"model_type": "deepseek_v3", "vocab_size": 300, "hidden_size": 16,
       "intermediate_size": 32, "moe_intermediate_size": 8, "num_hidden_layers": 2,
       "num_attention_heads": 2, "num_key_value_heads": 2, "n_shared_experts": 1,
       "n_routed_experts": 4, "routed_scaling_factor": 1.0, "kv_lora_rank": 8,
       "q_lora_rank": 8, "qk_rope_head_dim": 4, "v_head_dim": 8, "qk_nope_head_dim": 8,
       "n_group": 1, "topk_group": 1, "num_experts_per_tok": 2, "first_k_dense_replace": 1,
       "norm_topk_prob": true, "max_position_embeddings": 64, "num_nextn_predict_layers": 1,
       "tie_word_embeddings": false}
      """;
  static final String RECIPE =
      """
      {"steps": 12, "batch": {"sequences": 4, "length": 16, "micro_sequences": 2},
       "schedule": {"learning_rate": 0.01, "warmup_steps": 2},
       "keeping": {"checkpoint_every": 3, "validate_every": 4, "validation_tokens": 64,
                   "sample_every": 6, "sample_tokens": 8, "average_decay": 0.9}}
      """;

  private MicroModel() {}

  static ObjectNode json(String text) {
    return (ObjectNode) JsonMapper.shared().readTree(text);
  }

  static Kernels kernels(Workers workers) {
    return new VectorKernels(workers);
  }

  static String text() {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 300; i++) {
      text.append("The ").append(i % 7).append(" cats sat on ").append(i % 5).append(" mats.\n");
    }
    return text.toString();
  }

  /// A prepared data set in `folder`, encoded byte by byte.
  static Path data(Path folder) throws IOException {
    Path text = Files.writeString(folder.resolve("text.txt"), text());
    Path out = folder.resolve("data");
    new DataPreparation(PreparationOptions.of(300, TrainingRecipe.defaults().text(), 1, 1))
        .prepare(List.of(text), out, null);
    return out;
  }

  /// Starts a run, or goes on with it, and trains to its end.
  static void train(Path run, Path data, String recipe, int threads) {
    RunDirectory directory = new RunDirectory(run);
    try (Workers workers = new WorkerPool(threads);
        Pretrainer trainer =
            directory.exists() && directory.newest().isPresent()
                ? Pretrainer.resume(directory, kernels(workers))
                : Pretrainer.start(
                    directory,
                    InitialModel.fresh(json(CONFIG)),
                    json(recipe),
                    data,
                    kernels(workers))) {
      trainer.train((step, steps, line) -> {});
    }
  }

  /// For tests that kill: `RUN DATA RECIPE`.
  public static void main(String[] arguments) {
    train(Path.of(arguments[0]), Path.of(arguments[1]), arguments[2], 1);
  }
}
