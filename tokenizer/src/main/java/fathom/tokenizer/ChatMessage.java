package fathom.tokenizer;

import java.util.List;

/// One turn of a conversation.
///
/// @param role who speaks
/// @param content what is said; empty where a message consists of tool calls only
/// @param reasoning the assistant's thinking (`reasoning_content`), empty if none
/// @param toolCalls functions the assistant wants called, in order
/// @param toolCallId for a tool's answer: which call it answers; otherwise empty
/// @param name the speaker's or the tool's name, empty if none
/// @param prefix whether this last assistant message is a beginning that the model goes on with
public record ChatMessage(
    Role role,
    String content,
    String reasoning,
    List<ToolCall> toolCalls,
    String toolCallId,
    String name,
    boolean prefix) {
  public ChatMessage {
    toolCalls = List.copyOf(toolCalls);
  }

  /// A message of this role and nothing but text.
  public static ChatMessage of(Role role, String content) {
    return new ChatMessage(role, content, "", List.of(), "", "", false);
  }

  /// What the operator tells the model.
  public static ChatMessage system(String content) {
    return of(Role.SYSTEM, content);
  }

  /// What the user says.
  public static ChatMessage user(String content) {
    return of(Role.USER, content);
  }

  /// What the model answered.
  public static ChatMessage assistant(String content) {
    return of(Role.ASSISTANT, content);
  }

  /// What the model answered after thinking.
  public static ChatMessage assistant(String reasoning, String content) {
    return new ChatMessage(Role.ASSISTANT, content, reasoning, List.of(), "", "", false);
  }

  /// What the model said while asking for functions to be called.
  public static ChatMessage calling(String content, List<ToolCall> toolCalls) {
    return new ChatMessage(Role.ASSISTANT, content, "", toolCalls, "", "", false);
  }

  /// What a function returned.
  public static ChatMessage tool(String toolCallId, String content) {
    return new ChatMessage(Role.TOOL, content, "", List.of(), toolCallId, "", false);
  }

  /// The same message, to be continued by the model instead of answered.
  public ChatMessage asPrefix() {
    return new ChatMessage(role, content, reasoning, toolCalls, toolCallId, name, true);
  }
}
