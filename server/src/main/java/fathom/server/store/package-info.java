/// Rows in, records out: accounts with their balances, and the chat page's conversations, in H2 or
/// PostgreSQL.
@NullMarked
package fathom.server.store;

import org.jspecify.annotations.NullMarked;
