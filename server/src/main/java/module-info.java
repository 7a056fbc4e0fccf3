/// HTTP in, streams out: the APIs and the chat page. Never sees a kernel or a gradient.
@SuppressWarnings("requires-automatic")
module fathom.server {
  requires transitive fathom.tensor;
  requires transitive fathom.tokenizer;
  requires transitive fathom.model;
  requires transitive fathom.generation;
  requires tools.jackson.databind;
  requires io.helidon.webserver;
  requires micrometer.core;
  requires micrometer.registry.prometheus;
  requires java.sql;
  requires static transitive org.jspecify;

  exports fathom.server;
  exports fathom.server.store;
}
