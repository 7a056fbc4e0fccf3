package fathom.server.store;

import org.jspecify.annotations.Nullable;

/// One message of a conversation. Messages form a tree: an edited question and a repeated answer
/// are siblings of the first one.
///
/// @param id its id
/// @param parent the message before it, or null at the root
/// @param role `user` or `assistant`
/// @param content its text
/// @param reasoning the assistant's thoughts, may be empty
/// @param details attachments, duration, usage and the like, as JSON text
/// @param created epoch milliseconds
public record StoredMessage(
    String id,
    @Nullable String parent,
    String role,
    String content,
    String reasoning,
    String details,
    long created) {}
