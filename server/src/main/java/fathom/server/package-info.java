/// HTTP in, streams out: the APIs and the chat page. Never sees a kernel or a gradient.
@NullMarked
package fathom.server;

import org.jspecify.annotations.NullMarked;
