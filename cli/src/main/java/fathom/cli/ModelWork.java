package fathom.cli;

import fathom.model.MoeConfig;
import fathom.model.Parameter;
import fathom.model.Parameter.Role;

/// What one step of a model reads and multiplies: of a mixture's experts only those that tokens
/// visit.
///
/// @param parameters numbers in all weights
/// @param activeParameters numbers that one token is multiplied with
/// @param denseBytes bytes of all weights that every step reads
/// @param expertBytes bytes of all routed experts
/// @param visited share of the routed experts that one token visits
record ModelWork(
    double parameters,
    double activeParameters,
    double denseBytes,
    double expertBytes,
    double visited) {

  static ModelWork of(LocalModel local) {
    double visited =
        local
            .model()
            .config()
            .feedForward()
            .experts()
            .map(MoeConfig::router)
            .map(router -> (double) router.expertsPerToken() / router.experts())
            .orElse(0.0);
    boolean tied = local.model().config().weights().tieWordEmbeddings();
    double parameters = 0;
    double active = 0;
    double dense = 0;
    double experts = 0;
    String draft = "model.layers." + local.model().config().layers() + ".";
    for (Parameter parameter : local.model().stack().parameters().all()) {
      double count = parameter.shape().elements();
      parameters += count;
      if (parameter.name().startsWith(draft) || (parameter.role() == Role.EMBEDDING && !tied)) {
        continue; // one row of it is read
      }
      if (parameter.role() == Role.EXPERT) {
        experts += parameter.weight().bytes();
        active += count * visited;
      } else {
        dense += parameter.weight().bytes();
        active += count;
      }
    }
    return new ModelWork(parameters, active, dense, experts, visited);
  }

  /// Bytes of weights that a decode step of `batch` sequences reads, tokens choosing independently.
  double bytesPerStep(int batch) {
    return denseBytes + expertBytes * (1 - Math.pow(1 - visited, batch));
  }
}
