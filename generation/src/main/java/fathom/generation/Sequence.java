package fathom.generation;

import fathom.model.Span;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// One request on its way through the engine: its tokens so far, how many of them the cache holds,
/// and what its next choice depends on. Belongs to the engine's thread.
final class Sequence {
  private static final int ROOM = 4096;

  private final GenerationRequest request;
  private final ChoiceState choice;
  private final Answer answer;
  private final Ticket ticket;
  private final int promptLength;
  private final List<Sequence> followers = new ArrayList<>(0);
  private final Clocks clocks = new Clocks();
  private int[] ids;
  private int length;
  private int computed;
  private int planned;
  private int hits = -1;
  private SequenceCache cache;
  private Span span;
  private SequenceStatus status = SequenceStatus.WAITING;
  private final Draft draft = new Draft();

  /// When things happened, in nanoseconds of the engine's clock.
  static final class Clocks {
    long submitted;
    long started;
    long prefilled;
    long firstToken;
  }

  Sequence(
      GenerationRequest request,
      ChoiceState choice,
      Answer answer,
      Ticket ticket,
      SequenceCache cache) {
    this.request = request;
    this.choice = choice;
    this.answer = answer;
    this.ticket = ticket;
    this.promptLength = request.promptLength();
    int room = Math.min(request.sampling().ending().maxTokens(), ROOM);
    this.ids = Arrays.copyOf(request.prompt(), promptLength + room);
    this.length = promptLength;
    this.cache = cache;
    this.span = new Span(0, 0, 0, cache.table());
  }

  GenerationRequest request() {
    return request;
  }

  String user() {
    return request.user();
  }

  ChoiceState choice() {
    return choice;
  }

  Answer answer() {
    return answer;
  }

  Ticket ticket() {
    return ticket;
  }

  Clocks clocks() {
    return clocks;
  }

  Draft draft() {
    return draft;
  }

  SequenceCache cache() {
    return cache;
  }

  Span span() {
    return span;
  }

  SequenceStatus status() {
    return status;
  }

  void status(SequenceStatus next) {
    status = next;
  }

  /// Sequences that wait for this one's prompt to be computed.
  List<Sequence> followers() {
    return followers;
  }

  /// The tokens; longer than [#length()].
  int[] ids() {
    return ids;
  }

  /// Tokens of prompt and answer so far.
  int length() {
    return length;
  }

  int promptLength() {
    return promptLength;
  }

  /// Tokens of the answer so far.
  int answerLength() {
    return length - promptLength;
  }

  int[] answerIds() {
    return Arrays.copyOfRange(ids, promptLength, length);
  }

  void append(int id) {
    if (length == ids.length) {
      ids = Arrays.copyOf(ids, Math.max(2 * length, 64));
    }
    ids[length++] = id;
  }

  /// Tokens whose rows are in the cache.
  int computed() {
    return computed;
  }

  void computed(int tokens) {
    computed = tokens;
  }

  /// Tokens whose rows are still to be computed before the next can be chosen.
  int pending() {
    return length - computed;
  }

  /// Whether no token is wanted, only the prompt's cache.
  boolean promptOnly() {
    return choice.parameters().ending().maxTokens() == 0;
  }

  /// Tokens whose rows of the drafting layer can be there: those that have a next token.
  int draftable() {
    return Math.min(computed, length - 1);
  }

  /// Whether one token is computed at a time; before, and after a preemption, it is a prompt.
  boolean decoding() {
    return pending() == 1 && answerLength() > 0;
  }

  /// Rows of the next step, a draft's included.
  int planned() {
    return planned;
  }

  void planned(int rows) {
    planned = rows;
  }

  /// Pending tokens of a prompt that the next step does not compute yet.
  int unplannedPrompt() {
    return decoding() ? 0 : pending() - planned;
  }

  /// Gives all blocks back; everything is to be computed again.
  void giveBack() {
    cache.release();
    computed = 0;
    draft.stop();
  }

  /// Prompt tokens found in the cache at the first start; later starts do not count.
  int hits() {
    return Math.max(hits, 0);
  }

  /// Notes, at the first start only, how much of the prompt was found.
  void noteHits(int found) {
    if (hits < 0) {
      hits = Math.min(found, promptLength);
    }
  }

  /// Goes on with the cache of an earlier sequence (of the same session).
  void resume(SequenceCache earlier) {
    cache = earlier;
    span = new Span(0, 0, 0, cache.table());
  }

  /// Registers the blocks that are full; while drafting, only with their rows of the drafting
  /// layer.
  void commit() {
    cache.commit(ids, draft.on() ? draft.rows() : computed, draft.on());
  }

  Usage usage() {
    return new Usage(hits(), promptLength - hits(), answerLength(), choice.thinking().tokens());
  }
}
