/// The commands; the only module that prints and reads the environment.
@SuppressWarnings("requires-automatic")
module fathom.cli {
  requires fathom.tensor;
  requires fathom.checkpoint;
  requires fathom.tokenizer;
  requires fathom.model;
  requires fathom.generation;
  requires fathom.evaluation;
  requires fathom.training;
  requires fathom.server;
  requires info.picocli;
  requires me.tongfei.progressbar;
  requires org.jline.reader;
  requires org.jline.terminal;
  requires java.management;
  requires jdk.httpserver;
  requires jdk.management;
  requires tools.jackson.databind;
  requires static transitive org.jspecify;

  uses fathom.training.RewardFunction;
}
