/// LangChain4j's requests in, answers out, from an engine in the same process. Never sees HTTP.
@NullMarked
package fathom.langchain4j;

import org.jspecify.annotations.NullMarked;
