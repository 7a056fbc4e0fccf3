/// JMH benchmarks and comparisons with other engines.
module fathom.benchmarks {
  requires fathom.tensor;
  requires java.net.http;
  requires static transitive org.jspecify;
}
