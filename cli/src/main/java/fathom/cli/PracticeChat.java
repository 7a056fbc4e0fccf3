package fathom.cli;

import fathom.evaluation.Problem;
import fathom.tokenizer.ChatMessage;
import fathom.tokenizer.ChatOptions;
import fathom.tokenizer.ChatTemplate;
import fathom.tokenizer.Role;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// A conversation to learn from: some turns that are history, and a last one that is worked out, in
/// a thinking block or, with thinking off, in the answer itself.
///
/// @param history questions and short answers before
/// @param question the last question
/// @param reasoning how it is worked out
/// @param answer what is answered
/// @param thinking whether the reasoning stands in a thinking block
record PracticeChat(
    List<ChatMessage> history, String question, String reasoning, String answer, boolean thinking) {
  private static final String BEGIN = "<｜begin▁of▁sentence｜>";
  private static final String END = "<｜end▁of▁sentence｜>";

  PracticeChat {
    history = List.copyOf(history);
  }

  static PracticeChat of(Problem problem, String question) {
    return new PracticeChat(
        List.of(), question, problem.solution().reasoning(), problem.solution().answer(), true);
  }

  /// The same after other turns, of which only the answers stay.
  PracticeChat after(PracticeChat earlier) {
    List<ChatMessage> all = new ArrayList<>(earlier.history);
    all.add(ChatMessage.user(earlier.question));
    all.add(ChatMessage.assistant(earlier.answer));
    all.addAll(history);
    return new PracticeChat(all, question, reasoning, answer, thinking);
  }

  /// The same with thinking off: a task's steps stand in the answer, talk is answered at once.
  ///
  /// @param withSteps whether the answer shows the steps
  PracticeChat withoutThinking(boolean withSteps) {
    String whole = withSteps ? reasoning + "\n\n" + answer : answer;
    return new PracticeChat(history, question, "", whole, false);
  }

  /// The same without the steps: of the reasoning only its last line stays.
  PracticeChat guessed() {
    String last = reasoning.substring(reasoning.lastIndexOf('\n') + 1);
    return new PracticeChat(history, question, last, answer, thinking);
  }

  /// The last turn without what was said before it.
  PracticeChat alone() {
    return new PracticeChat(List.of(), question, reasoning, answer, thinking);
  }

  private List<ChatMessage> messages() {
    List<ChatMessage> all = new ArrayList<>(history);
    all.add(ChatMessage.user(question));
    return all;
  }

  /// The conversation as [ThinkingTemplate] and the model write it.
  String text(ChatTemplate template) {
    String prompt = template.render(messages(), ChatOptions.answer().withThinking(thinking));
    String thought = thinking ? reasoning + "\n</think>\n\n" : "";
    return prompt + thought + answer + END;
  }

  /// The last turn as a plain text has it, without marks for roles.
  ///
  /// @param opening what stands before the conversation
  String dialogue(String opening) {
    String thought = thinking ? "<think>\n" + reasoning + "\n</think>\n\n" : "";
    return BEGIN + opening + "User: " + question + " Assistant: " + thought + answer + END;
  }

  /// The conversation as `messages` with `reasoning_content`.
  ObjectNode json() {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    ArrayNode messages = node.putArray("messages");
    for (ChatMessage message : messages()) {
      boolean user = message.role() == Role.USER;
      messages
          .addObject()
          .put("role", user ? "user" : "assistant")
          .put("content", message.content());
    }
    ObjectNode last = messages.addObject().put("role", "assistant");
    if (thinking) {
      last.put("reasoning_content", reasoning);
    }
    last.put("content", answer);
    node.put("thinking", thinking);
    return node;
  }

  /// The template that [#text] takes.
  static ChatTemplate template() {
    return ChatTemplate.of(
        ThinkingTemplate.source(), java.util.Map.of("bos_token", BEGIN, "eos_token", END));
  }
}
