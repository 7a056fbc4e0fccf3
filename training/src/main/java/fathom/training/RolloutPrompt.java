package fathom.training;

import fathom.evaluation.Task;
import fathom.tokenizer.ChatMessage;
import fathom.tokenizer.Tokenizer;
import java.util.List;

/// A task as the policy is given it.
final class RolloutPrompt {
  private static final String ZERO =
      "A conversation between User and Assistant. The user asks a question, and the Assistant"
          + " solves it. The assistant first thinks about the reasoning process in the mind and"
          + " then provides the user with the answer. The reasoning process and answer are enclosed"
          + " within <think> </think> and <answer> </answer> tags, respectively, i.e., <think>"
          + " reasoning process here </think> <answer> answer here </answer>. User: ";

  private final Task task;
  private final int[] ids;
  private final boolean opensThinking;

  /// A prompt of these tokens.
  RolloutPrompt(Task task, int[] ids, boolean opensThinking) {
    this.task = task;
    this.ids = ids;
    this.opensThinking = opensThinking;
  }

  /// Puts tasks one way or the other.
  @FunctionalInterface
  interface Writer {
    /// The prompt for a task.
    RolloutPrompt write(Task task);
  }

  /// Puts tasks in a style.
  ///
  /// @throws RecipeException if the style is a chat and the tokenizer has no chat template
  static Writer writer(GrpoRecipe.PromptStyle style, Tokenizer tokenizer) {
    return switch (style) {
      case CHAT -> {
        ChatEncoder encoder = new ChatEncoder(tokenizer);
        yield task -> chat(task, encoder, tokenizer);
      }
      case R1_ZERO ->
          task ->
              new RolloutPrompt(
                  task, tokenizer.encodePrompt(ZERO + question(task) + ". Assistant:"), false);
    };
  }

  /// The template ends its sentence itself.
  private static String question(Task task) {
    String question = task.question().strip();
    return question.endsWith(".") ? question.substring(0, question.length() - 1) : question;
  }

  private static RolloutPrompt chat(Task task, ChatEncoder encoder, Tokenizer tokenizer) {
    String text = encoder.prompt(List.of(ChatMessage.user(task.question())), true);
    return new RolloutPrompt(
        task, tokenizer.encode(text), text.stripTrailing().endsWith("<think>"));
  }

  Task task() {
    return task;
  }

  int[] ids() {
    return ids;
  }

  /// Whether the prompt ends inside of the thinking block.
  boolean opensThinking() {
    return opensThinking;
  }
}
