package fathom.cli;

import fathom.evaluation.Problem;
import fathom.evaluation.Split;
import fathom.evaluation.TaskFamily;
import fathom.evaluation.families.TaskFamilies;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/// An endless row of conversations to learn from, all from the training side of the fence: tasks
/// with worked solutions, thinking on and off, small talk, several turns, and questions that can't
/// be answered. Conversation `i` depends on the seed and on `i` alone.
final class PracticeChats {
  private static final long STREAM = 0x9e3779b97f4a7c15L;
  private static final String NOT_KNOWN =
      "This is not a math problem that I was trained on. I do not guess. I say so.";
  private static final List<String> CANNOT =
      List.of(
          "I can't do that well. I am a small model trained on math problems.",
          "I don't know. I am a small model trained on math problems, and I don't want to guess.",
          "I can't answer that. Ask me a math problem.");

  private static final List<String> BEFORE =
      List.of(
          "Hi! ",
          "Hello. ",
          "Please help me. ",
          "Here is a problem. ",
          "I have a question. ",
          "Can you help me? ",
          "Next one: ",
          "A question: ",
          "Think about this. ",
          "My homework: ");
  private static final List<String> AFTER =
      List.of(
          "Thank you!",
          "Please.",
          "Show the steps.",
          "Think step by step.",
          "What is the answer?",
          "Give me the answer.");

  private final List<TaskFamily> tasks;
  private final List<String> unanswerable;
  private final int easiest;
  private final int hardest;
  private final int guesses;
  private final long seed;

  /// @param tasks families to draw from; one that stands there twice is drawn twice as often
  /// @param unanswerable requests that a model of mathematics has to turn down; may be empty
  /// @param guesses how many of a hundred solutions leave out all steps but the last
  PracticeChats(
      List<? extends TaskFamily> tasks,
      List<String> unanswerable,
      int easiest,
      int hardest,
      int guesses,
      long seed) {
    this.tasks = List.copyOf(tasks);
    this.unanswerable = List.copyOf(unanswerable);
    this.easiest = easiest;
    this.hardest = hardest;
    this.guesses = guesses;
    this.seed = seed;
  }

  /// Conversation `index`.
  PracticeChat chat(long index) {
    SplittableRandom random = new SplittableRandom(seed * STREAM + index);
    int kind = random.nextInt(100);
    if (kind < 77) {
      return task(random);
    }
    if (kind < 83) {
      return task(random).withoutThinking(true);
    }
    if (kind < 91) {
      return several(random, () -> talk(random));
    }
    if (kind < 95) {
      return several(random, () -> task(random));
    }
    return declined(random);
  }

  /// Conversation `index` of those that put no task: small talk, and requests to turn down.
  PracticeChat withoutTask(long index) {
    SplittableRandom random = new SplittableRandom(seed * STREAM + index);
    return random.nextInt(100) < 60 ? talk(random) : declined(random);
  }

  private static PracticeChat several(
      RandomGenerator random, java.util.function.Supplier<PracticeChat> turn) {
    PracticeChat chat = turn.get();
    int turns = random.nextInt(3);
    for (int i = 0; i < turns; i++) {
      chat = turn.get().after(chat);
    }
    return chat;
  }

  private PracticeChat task(RandomGenerator random) {
    TaskFamily family = tasks.get(random.nextInt(tasks.size()));
    Problem problem = family.generate(Split.TRAIN, random.nextInt(easiest, hardest + 1), random);
    PracticeChat chat = PracticeChat.of(problem, loosened(problem.task().question(), random));
    return random.nextInt(100) < guesses ? chat.guessed() : chat;
  }

  private PracticeChat talk(RandomGenerator random) {
    Problem problem = TaskFamilies.smallTalk().generate(Split.TRAIN, 1, random);
    return sometimesAtOnce(
        PracticeChat.of(problem, loosened(problem.task().question(), random)), random);
  }

  private PracticeChat declined(RandomGenerator random) {
    if (unanswerable.isEmpty()) {
      return several(random, () -> talk(random));
    }
    String request = unanswerable.get(random.nextInt(unanswerable.size()));
    String answer = CANNOT.get(random.nextInt(CANNOT.size()));
    return sometimesAtOnce(new PracticeChat(List.of(), request, NOT_KNOWN, answer, true), random);
  }

  private static PracticeChat sometimesAtOnce(PracticeChat chat, RandomGenerator random) {
    return random.nextInt(4) == 0 ? chat.withoutThinking(false) : chat;
  }

  /// People leave out capitals and full stops, and put words before and after.
  private static String loosened(String question, RandomGenerator random) {
    String text = question;
    int kind = random.nextInt(20);
    if (kind == 0 && (text.endsWith("?") || text.endsWith("."))) {
      text = text.substring(0, text.length() - 1);
    }
    if (kind == 1 || kind == 2) {
      text = text.substring(0, 1).toLowerCase(Locale.ROOT) + text.substring(1);
    }
    if (kind >= 3 && kind < 8) {
      text = BEFORE.get(random.nextInt(BEFORE.size())) + text;
    }
    if (kind >= 7 && kind < 10) {
      text += (text.indexOf('\n') < 0 ? " " : "\n") + AFTER.get(random.nextInt(AFTER.size()));
    }
    return text;
  }
}
