package fathom.evaluation;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.node.ObjectNode;

/// Asks a source every question of a suite, many at once, scores the answers and keeps each
/// transcript in a run folder:
///
///     RUN/run.json            what is evaluated; a folder of another run is refused
///     RUN/transcripts.jsonl   one line an answer, appended as answers come
///     RUN/result.json         written at the end
///
/// A run that was killed goes on where it stopped: pairs of task and sample that are in the
/// transcripts are not asked again. The result depends on the set of answers, not on their order.
public final class Evaluation {
  private static final int SCORERS = 2;
  private static final int HOPELESS = 20;

  private final Suite suite;
  private final Answerer answerer;
  private final EvaluationSettings settings;
  private final Path runFolder;
  private final Semaphore inFlight;
  private final Semaphore scorers = new Semaphore(SCORERS);
  private final ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean anySuccess = new AtomicBoolean();

  /// Prepares an evaluation; nothing happens before [#run].
  public Evaluation(Suite suite, Answerer answerer, EvaluationSettings settings, Path runFolder) {
    this.suite = suite;
    this.answerer = answerer;
    this.settings = settings;
    this.runFolder = runFolder;
    this.inFlight = new Semaphore(settings.inFlight());
  }

  /// A pair of task and sample that is still to be asked.
  private record Open(Task task, int sample) {
    String key() {
      return task.id() + "#" + sample;
    }
  }

  /// Runs to the end.
  ///
  /// @param progress called after each new transcript, from several threads
  /// @throws EvaluationException if the folder holds another run, or answers could not be had; what
  ///   was had is kept, and running again asks only for the rest
  public EvaluationResult run(Consumer<Transcript> progress) {
    prepareFolder();
    try (TranscriptFile file = TranscriptFile.open(runFolder.resolve("transcripts.jsonl"))) {
      askAll(file, progress);
      if (!failures.isEmpty()) {
        throw failed();
      }
      List<Transcript> transcripts = new ArrayList<>(file.all());
      transcripts.sort(Comparator.comparing(Transcript::task).thenComparingInt(Transcript::sample));
      EvaluationResult result = EvaluationResult.of(suite, settings.samples(), transcripts);
      write("result.json", result.json());
      return result;
    }
  }

  private EvaluationException failed() {
    Throwable first = failures.element();
    return new EvaluationException(
        "%s: %d answers could not be had or scored (first: %s); run again in %s to go on"
            .formatted(suite.name(), failures.size(), first.getMessage(), runFolder),
        first);
  }

  private void askAll(TranscriptFile file, Consumer<Transcript> progress) {
    Set<String> done = new HashSet<>();
    file.all().forEach(transcript -> done.add(transcript.key()));
    try (ExecutorService scoring = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int sample = 0; sample < settings.samples(); sample++) {
        for (Task task : suite.tasks()) {
          Open open = new Open(task, sample);
          if (done.contains(open.key())) {
            continue;
          }
          inFlight.acquire();
          if (failures.size() >= HOPELESS && !anySuccess.get()) {
            inFlight.release();
            break;
          }
          ask(open, file, progress, scoring);
        }
      }
      inFlight.acquire(settings.inFlight()); // all have come back
      inFlight.release(settings.inFlight());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new EvaluationException(suite.name() + ": interrupted; run again to go on", e);
    }
  }

  private void ask(
      Open open, TranscriptFile file, Consumer<Transcript> progress, ExecutorService scoring) {
    CompletableFuture<Response> answer;
    try {
      answer = answerer.answer(settings.prompt(open.task(), open.sample()));
    } catch (RuntimeException e) {
      answer = CompletableFuture.failedFuture(e);
    }
    CompletableFuture<Void> unused =
        answer
            .thenAcceptAsync(response -> progress.accept(keep(open, response, file)), scoring)
            .whenComplete(
                (_, failure) -> {
                  if (failure == null) {
                    anySuccess.set(true);
                  } else {
                    failures.add(failure.getCause() == null ? failure : failure.getCause());
                  }
                  inFlight.release();
                });
  }

  private Transcript keep(Open open, Response response, TranscriptFile file) {
    scorers.acquireUninterruptibly();
    Score score;
    try {
      score = open.task().score(response);
    } finally {
      scorers.release();
    }
    Task task = open.task();
    Transcript transcript =
        new Transcript(
            task.id(),
            open.sample(),
            task.family(),
            task.question(),
            task.answer(),
            response,
            score);
    file.append(transcript);
    return transcript;
  }

  /// Writes what this run is, or checks that the folder is this run's. The number of samples may
  /// grow from one run to the next; everything else must be the same.
  private void prepareFolder() {
    ObjectNode node = new ObjectMapper().createObjectNode();
    node.put("suite", suite.name()).put("tasks", suite.tasks().size());
    node.put("questions", suite.tasks().stream().map(Task::question).toList().hashCode());
    node.put("temperature", settings.temperature()).put("top_p", settings.topP());
    node.put("max_tokens", settings.maxTokens()).put("seed", settings.seed());
    String identity = node.toString();
    Path file = runFolder.resolve("run.json");
    try {
      Files.createDirectories(runFolder);
      if (Files.exists(file)) {
        String found = Files.readString(file).strip();
        if (!found.equals(identity)) {
          throw new EvaluationException(
              "%s: expected the run %s, found the run %s; take another folder"
                  .formatted(file, identity, found));
        }
        return;
      }
    } catch (IOException e) {
      throw new EvaluationException(runFolder + ": cannot be used as a run folder", e);
    }
    write("run.json", identity);
  }

  private void write(String name, String text) {
    try {
      Path part = runFolder.resolve(name + ".part");
      Files.writeString(part, text + "\n");
      Files.move(
          part,
          runFolder.resolve(name),
          StandardCopyOption.ATOMIC_MOVE,
          StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new EvaluationException(runFolder.resolve(name) + ": cannot be written", e);
    }
  }
}
