package fathom.tokenizer;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;

/// Trains a byte-level BPE tokenizer with DeepSeek-V3's pre-tokenizer and special tokens.
///
/// Ids are those of DeepSeek's files: the begin, end and padding tokens, the 256 bytes, the learned
/// tokens, the other special tokens. If the text is too small to fill the vocabulary, the last ids
/// move up and the vocabulary is smaller.
public final class BpeTrainer {
  private final int vocabularySize;
  private final int threads;
  private final PreTokenizer preTokenizer;
  private final List<String> addedTokens;

  /// A trainer for a vocabulary of this size.
  ///
  /// @param vocabularySize number of ids, the 256 bytes and the special tokens included
  /// @param threads how many threads count words; the result does not depend on it
  public BpeTrainer(int vocabularySize, int threads) {
    this(vocabularySize, threads, PreTokenizer.deepSeekV3(), List.of());
  }

  private BpeTrainer(
      int vocabularySize, int threads, PreTokenizer preTokenizer, List<String> addedTokens) {
    this.vocabularySize = vocabularySize;
    this.threads = threads;
    this.preTokenizer = preTokenizer;
    this.addedTokens = List.copyOf(addedTokens);
    int least = DeepSeekTokens.FIRST.size() + 256 + DeepSeekTokens.ALL.size() + addedTokens.size();
    if (vocabularySize < least || vocabularySize > Vocabulary.LARGEST_ID) {
      throw new IllegalArgumentException(
          "vocabulary size: expected %d to %d, found %d"
              .formatted(least, Vocabulary.LARGEST_ID, vocabularySize));
    }
    if (threads < 1) {
      throw new IllegalArgumentException("threads: expected at least 1, found " + threads);
    }
  }

  /// The same with special tokens besides DeepSeek's own.
  public BpeTrainer withAddedTokens(List<String> tokens) {
    return new BpeTrainer(vocabularySize, threads, preTokenizer, tokens);
  }

  /// The same with another rule for cutting text.
  public BpeTrainer withPreTokenizer(PreTokenizer other) {
    return new BpeTrainer(vocabularySize, threads, other, addedTokens);
  }

  /// The tokenizer learned from these texts. Each text is read by one thread, so many texts use all
  /// of them.
  ///
  /// @throws TrainingInterruptedException if the thread is interrupted meanwhile
  public Tokenizer train(Stream<String> texts) {
    WordCounts words = count(texts.iterator());
    List<String> last = new ArrayList<>(DeepSeekTokens.ALL);
    addedTokens.stream().filter(token -> !last.contains(token)).forEach(last::add);
    Vocabulary.Builder builder = DeepSeekTokens.vocabulary();
    Vocabulary bytes = builder.build();
    int[] byteIds = new int[256];
    for (int b = 0; b < byteIds.length; b++) {
      byteIds[b] = bytes.byteId(b);
    }
    int wanted = vocabularySize - bytes.size() - last.size();
    MergeRanks merges = MergeRanks.withCapacity(wanted);
    MergeLearner learner = new MergeLearner(words, byteIds, bytes.size());
    List<String> tokens = new ArrayList<>();
    for (int id = 0; id < bytes.size(); id++) {
      tokens.add(String.valueOf(bytes.token(id)));
    }
    learner.learn(
        wanted,
        (left, right, proposed) -> {
          String token = tokens.get(left) + tokens.get(right);
          int id = proposed;
          if (builder.add(proposed, token)) {
            tokens.add(token);
          } else {
            // The same text by other merges: one token, two ways to it.
            id = tokens.indexOf(token);
          }
          merges.add(left, right, id);
          return id;
        });
    return DeepSeekTokens.tokenizer(builder.build(), merges, last, preTokenizer);
  }

  private WordCounts count(Iterator<String> texts) {
    List<Callable<WordCounts>> tasks = new ArrayList<>();
    for (int i = 0; i < threads; i++) {
      tasks.add(() -> countSome(texts));
    }
    WordCounts all = new WordCounts();
    try (ExecutorService executor = Executors.newFixedThreadPool(threads)) {
      for (Future<WordCounts> some : executor.invokeAll(tasks)) {
        all.addAll(some.get());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new TrainingInterruptedException("interrupted while counting words", e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw new IllegalStateException("counting words failed", e.getCause());
    }
    return all;
  }

  private WordCounts countSome(Iterator<String> texts) {
    WordCounts counts = new WordCounts();
    while (true) {
      String text;
      synchronized (texts) {
        if (!texts.hasNext()) {
          return counts;
        }
        text = texts.next();
      }
      counts.count(text, preTokenizer.splitter());
    }
  }
}
