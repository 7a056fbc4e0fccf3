package fathom.server.store;

import org.jspecify.annotations.Nullable;

/// The head of one conversation of the chat page.
///
/// @param id its id
/// @param title its title in the list
/// @param settings what the page keeps with it, as JSON text
/// @param leaf the message at the end of the branch last shown, or null
/// @param created epoch milliseconds
/// @param updated epoch milliseconds of the last change
public record Conversation(
    String id, String title, String settings, @Nullable String leaf, long created, long updated) {}
