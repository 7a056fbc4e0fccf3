package fathom.langchain4j;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.PartialThinking;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.output.FinishReason;
import dev.langchain4j.model.output.TokenUsage;
import fathom.generation.GenerationResult;
import fathom.generation.Usage;
import fathom.tokenizer.ReasoningParser;
import fathom.tokenizer.ReplyPart;
import fathom.tokenizer.ToolCallParser;
import java.util.ArrayList;
import java.util.List;

/// One answer as it grows: text in, thinking, content and tool calls apart.
final class Reply {
  private final ReasoningParser reasoning;
  private final ToolCallParser calls = new ToolCallParser();
  private final StringBuilder thinking = new StringBuilder();
  private final StringBuilder content = new StringBuilder();
  private final List<String> names = new ArrayList<>();
  private final List<StringBuilder> arguments = new ArrayList<>();
  private FinishReason finish = FinishReason.OTHER;
  private TokenUsage usage = new TokenUsage(0, 0);

  Reply(boolean insideReasoning) {
    this.reasoning = new ReasoningParser(insideReasoning);
  }

  List<ReplyPart> accept(String text) {
    return text.isEmpty() ? List.of() : kept(divided(reasoning.accept(text)));
  }

  List<ReplyPart> finish(GenerationResult result) {
    List<ReplyPart> parts = divided(reasoning.finish());
    parts.addAll(calls.finish());
    kept(parts);
    Usage counted = result.usage();
    usage = new TokenUsage(counted.promptTokens(), counted.completionTokens());
    finish =
        switch (result.finishReason()) {
          case STOP -> names.isEmpty() ? FinishReason.STOP : FinishReason.TOOL_EXECUTION;
          case LENGTH -> FinishReason.LENGTH;
          case CANCELLED -> FinishReason.OTHER;
        };
    return parts;
  }

  private List<ReplyPart> divided(List<ReplyPart> parts) {
    List<ReplyPart> all = new ArrayList<>();
    for (ReplyPart part : parts) {
      if (part instanceof ReplyPart.Content text) {
        all.addAll(calls.accept(text.text()));
      } else {
        all.add(part);
      }
    }
    return all;
  }

  private List<ReplyPart> kept(List<ReplyPart> parts) {
    for (ReplyPart part : parts) {
      switch (part) {
        case ReplyPart.Reasoning text -> thinking.append(text.text());
        case ReplyPart.Content text -> content.append(text.text());
        case ReplyPart.CallBegin begin -> {
          names.add(begin.name());
          arguments.add(new StringBuilder());
        }
        case ReplyPart.CallArguments fragment -> arguments.getLast().append(fragment.fragment());
        case ReplyPart.CallEnd _ -> {}
      }
    }
    return parts;
  }

  /// Tells a handler of one part. Calls are told whole, with the response.
  static void tell(ReplyPart part, StreamingChatResponseHandler handler) {
    switch (part) {
      case ReplyPart.Reasoning text -> handler.onPartialThinking(new PartialThinking(text.text()));
      case ReplyPart.Content text -> handler.onPartialResponse(text.text());
      case ReplyPart.CallBegin _, ReplyPart.CallArguments _, ReplyPart.CallEnd _ -> {}
    }
  }

  ChatResponse response() {
    AiMessage.Builder message = AiMessage.builder().text(content.toString());
    if (!thinking.isEmpty()) {
      message.thinking(thinking.toString());
    }
    List<ToolExecutionRequest> requests = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      requests.add(
          ToolExecutionRequest.builder()
              .id("call_" + i)
              .name(names.get(i))
              .arguments(arguments.get(i).toString())
              .build());
    }
    if (!requests.isEmpty()) {
      message.toolExecutionRequests(requests);
    }
    return ChatResponse.builder()
        .aiMessage(message.build())
        .tokenUsage(usage)
        .finishReason(finish)
        .build();
  }
}
