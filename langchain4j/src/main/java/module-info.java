/// LangChain4j's chat models in, the engine out: Fathom inside a Java program, without HTTP.
@SuppressWarnings({"requires-automatic", "requires-transitive-automatic"})
module fathom.langchain4j {
  requires transitive fathom.generation;
  requires transitive langchain4j.core;
  requires static transitive org.jspecify;

  exports fathom.langchain4j;
}
