package fathom.server;

import fathom.generation.EngineClosedException;
import fathom.generation.GenerationException;
import fathom.generation.GenerationRequest;
import fathom.generation.Grammar;
import fathom.generation.InvalidRequestException;
import fathom.generation.QueueFullException;
import fathom.generation.SamplingParameters;
import fathom.server.store.AccountStore;
import fathom.server.store.TokenCounts;
import java.util.Optional;
import java.util.function.Consumer;

/// Runs checked requests: lets them in, submits them, passes their parts on, counts, charges, and
/// cancels when the client goes away.
final class Generations {
  private final ServedModel model;
  private final ServerConfig config;
  private final Gate gate;
  private final ServerMetrics metrics;
  private final AccountStore accounts;

  Generations(
      ServedModel model,
      ServerConfig config,
      Gate gate,
      ServerMetrics metrics,
      AccountStore accounts) {
    this.model = model;
    this.config = config;
    this.gate = gate;
    this.metrics = metrics;
    this.accounts = accounts;
  }

  ServedModel model() {
    return model;
  }

  /// A request with everything that reading its answers needs.
  ///
  /// @param request what the engine gets
  /// @param choices how many answers
  /// @param insideReasoning whether answers begin in the middle of the reasoning
  /// @param tools how tool calls come out
  record Order(
      GenerationRequest request,
      int choices,
      boolean insideReasoning,
      ReplyReader.ToolReading tools) {}

  /// Renders a chat request.
  ///
  /// @throws ApiException 400 if the prompt is too long or refused by the template
  Order order(ChatCall call) {
    ServedModel.Prompt prompt = model.render(call.messages(), call.tools(), call.thinking());
    GenerationRequest.Builder request =
        GenerationRequest.builder(prompt.ids())
            .sampling(fitted(call.sampling(), prompt.ids().length))
            .user(call.cacheUser());
    Optional<Grammar> grammar = model.grammar(call.grammar(), call.tools());
    if (grammar.isPresent() && prompt.insideReasoning()) {
      request.grammarAfterThinking(grammar.get());
    } else if (grammar.isPresent()) {
      request.grammar(grammar.get());
    } else {
      request.calls(model.callBeginnings(call.tools()));
    }
    return new Order(
        request.build(), call.choices(), prompt.insideReasoning(), call.tools().reading());
  }

  /// The parameters with `max_tokens` cut to what the context leaves.
  ///
  /// @throws ApiException 400 if the prompt alone fills the context or passes the limit
  SamplingParameters fitted(SamplingParameters sampling, int prompt) {
    int context = model.card().contextTokens();
    int limit = config.limits().promptTokens();
    if (prompt >= context || (limit > 0 && prompt > limit)) {
      throw ApiException.format(
          "messages",
          "This model's maximum context length is "
              + context
              + " tokens"
              + (limit > 0 ? " and the limit for prompts " + limit : "")
              + ". However, your messages resulted in "
              + prompt
              + " tokens. Please reduce the length of the messages.");
    }
    SamplingParameters.Ending ending = sampling.ending();
    int left = Math.min(ending.maxTokens(), context - prompt);
    return new SamplingParameters(
        sampling.choice(),
        sampling.penalties(),
        sampling.logitBias(),
        new SamplingParameters.Ending(
            left,
            Math.min(ending.minTokens(), left),
            ending.stopStrings(),
            ending.stopTokens(),
            ending.ignoreEndTokens()),
        sampling.logProbabilities(),
        sampling.thinkingBudget());
  }

  /// Runs an order to its end on this thread.
  ///
  /// @throws ApiException 402, 429 or 503 before the first event reaches the sink
  void run(Caller caller, Order order, ReplySink sink, Consumer<Outcome> done) {
    requireBalance(caller);
    try (Gate.Pass _ = gate.enter(caller.id());
        Replies replies = submit(order)) {
      GenerationRun run = new GenerationRun(order, replies, sink, config.limits());
      // A turn of the chat page runs on a thread of its own: nobody's hanging up ends it.
      Optional<ConnectionWatch> connection = WatchedConnections.current();
      connection.ifPresent(watch -> watch.begin(run::clientGone));
      try {
        run.toTheEnd();
      } catch (ApiException e) {
        if (!sink.fail(e)) {
          throw e;
        }
      } finally {
        connection.ifPresent(ConnectionWatch::end);
        Outcome outcome = run.outcome();
        metrics.generation(outcome);
        charge(caller, outcome);
        done.accept(outcome);
      }
    }
  }

  private Replies submit(Order order) {
    try {
      return model.source().submit(order.request(), order.choices());
    } catch (QueueFullException e) {
      throw ApiException.overloaded("Server Overloaded: " + e.getMessage());
    } catch (EngineClosedException e) {
      throw ApiException.overloaded("The server is shutting down");
    } catch (InvalidRequestException e) {
      throw ApiException.parameter(e.field(), "Invalid " + e.getMessage());
    } catch (GenerationException e) {
      throw ApiException.format(null, "Invalid Parameters: " + e.getMessage());
    }
  }

  private void requireBalance(Caller caller) {
    if (!caller.charged() || config.price().isFree()) {
      return;
    }
    boolean solvent =
        accounts
            .find(caller.id())
            .filter(a -> !a.revoked())
            .map(a -> a.balance().signum() > 0)
            .orElse(false);
    if (!solvent) {
      throw ApiException.insufficientBalance();
    }
  }

  private void charge(Caller caller, Outcome outcome) {
    if (caller.charged()) {
      TokenUsage usage = outcome.usage();
      accounts.charge(
          caller.id(),
          config.price().cost(usage),
          new TokenCounts(
              usage.cacheHitTokens(), usage.cacheMissTokens(), usage.completionTokens()));
    }
  }
}
