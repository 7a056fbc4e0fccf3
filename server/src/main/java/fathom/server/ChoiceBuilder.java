package fathom.server;

import fathom.tokenizer.ReplyPart;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Gathers one answer of a chat: reasoning, content, tool calls, log-probabilities, and how it
/// ended.
final class ChoiceBuilder {
  private final ChatCall call;
  private final LogProbabilityWriter writer;
  private final StringBuilder content = new StringBuilder();
  private final StringBuilder reasoning = new StringBuilder();
  private final List<Called> calls = new ArrayList<>();
  private final ArrayNode contentLog = Json.array();
  private final ArrayNode reasoningLog = Json.array();
  private String finish = "aborted";

  /// A function call that grows.
  record Called(String id, String name, StringBuilder arguments) {}

  ChoiceBuilder(ChatCall call, ServedModel model) {
    this.call = call;
    this.writer = new LogProbabilityWriter(model.source().tokenizer());
  }

  /// The id of the n-th call of an answer.
  static String callId(int index) {
    String random = java.util.UUID.randomUUID().toString().replace("-", "").substring(0, 20);
    return String.format(Locale.ROOT, "call_%02d_%s", index, random);
  }

  void add(ReplyReader.Part part) {
    boolean thought = part.part() instanceof ReplyPart.Reasoning;
    writer.add(thought ? reasoningLog : contentLog, part.logProbabilities());
    switch (part.part()) {
      case ReplyPart.Reasoning text -> reasoning.append(text.text());
      case ReplyPart.Content text -> content.append(text.text());
      case ReplyPart.CallBegin begin ->
          calls.add(new Called(callId(begin.index()), begin.name(), new StringBuilder()));
      case ReplyPart.CallArguments arguments ->
          calls.getLast().arguments().append(arguments.fragment());
      case ReplyPart.CallEnd _ -> {}
    }
  }

  void finish(String reason) {
    finish = reason;
  }

  String finish() {
    return finish;
  }

  String content() {
    return content.toString();
  }

  String reasoning() {
    return reasoning.toString();
  }

  List<Called> calls() {
    return calls;
  }

  /// The choice as DeepSeek writes it.
  ObjectNode node(int index) {
    ObjectNode node = Json.object().put("index", index);
    ObjectNode message = node.putObject("message").put("role", "assistant");
    if (content.isEmpty() && !calls.isEmpty()) {
      message.putNull("content");
    } else {
      message.put("content", content.toString());
    }
    if (call.thinking()) {
      message.put("reasoning_content", reasoning.toString());
    }
    if (!calls.isEmpty()) {
      ArrayNode array = message.putArray("tool_calls");
      for (Called called : calls) {
        ObjectNode entry =
            array
                .addObject()
                .put("index", array.size() - 1)
                .put("id", called.id())
                .put("type", "function");
        entry
            .putObject("function")
            .put("name", called.name())
            .put("arguments", called.arguments().toString());
      }
    }
    if (call.sampling().logProbabilities().enabled()) {
      ObjectNode log = node.putObject("logprobs");
      log.set("content", contentLog);
      if (call.thinking()) {
        log.set("reasoning_content", reasoningLog);
      }
    } else {
      node.putNull("logprobs");
    }
    return node.put("finish_reason", finish);
  }
}
