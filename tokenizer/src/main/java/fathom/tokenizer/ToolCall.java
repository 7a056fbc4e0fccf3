package fathom.tokenizer;

/// A function that the assistant wants called.
///
/// @param id the call's identity, repeated by the tool's answer; may be empty
/// @param name the function
/// @param arguments a JSON object as text, exactly as the model wrote it
public record ToolCall(String id, String name, String arguments) {}
