package fathom.training;

import fathom.tokenizer.BpeTrainer;
import fathom.tokenizer.PreTokenizer;
import fathom.tokenizer.SyntheticTokenizer;
import fathom.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Text to a data set: cleaning, copies dropped, a tokenizer trained if there is none, tokens in
/// shards, some documents held out.
///
/// Files are read twice, first to see what is worth keeping and to learn the vocabulary, then to
/// encode: only hashes of the documents, not the text, need to fit into memory, beside the first
/// 256 million characters, from which the vocabulary is learned.
public final class DataPreparation {
  /// Ids that a trained vocabulary needs at least: bytes and DeepSeek's special tokens.
  private static final int LEAST_TRAINED = 384;

  private static final long VOCABULARY_CHARACTERS = 256L << 20;
  private static final int FEW_DOCUMENTS = 200;
  private static final int BATCH_CHARACTERS = 1 << 24;

  private static final Pattern MARKS = Pattern.compile("<[|\uFF5C][^<>]{1,40}[|\uFF5C]>|</?think>");

  private final PreparationOptions options;
  private final @Nullable String chatTemplate;

  /// A preparation with these options.
  public DataPreparation(PreparationOptions options) {
    this(options, null);
  }

  private DataPreparation(PreparationOptions options, @Nullable String chatTemplate) {
    this.options = options;
    this.chatTemplate = chatTemplate;
  }

  /// The same for documents that are whole conversations as a chat template renders them: marks in
  /// them (`<｜User｜>`, `<think>` …) become special tokens, and they bring their own begin and end.
  /// A tokenizer that is trained learns from the text between the marks, has a token for each
  /// digit, and takes this template. Only for text from a trusted source: it can forge turns.
  ///
  /// @param template Jinja, for the tokenizer
  public DataPreparation ofConversations(String template) {
    return new DataPreparation(options, template);
  }

  /// Prepares the text of files and directories. The data set appears under its name when all of it
  /// is there.
  ///
  /// @param tokenizer what to encode with, or null to train one
  /// @throws RecipeException if an input is not what it should be
  /// @throws TrainingException if a file cannot be read or written
  public PreparationReport prepare(List<Path> inputs, Path out, @Nullable Tokenizer tokenizer) {
    if (Files.exists(out)) {
      throw new RecipeException(out.toString(), "expected nothing there", "a file or directory");
    }
    Path partial = out.resolveSibling(out.getFileName() + ".partial");
    try {
      AtomicFiles.delete(partial);
      Files.createDirectories(partial);
      DocumentFiles files = DocumentFiles.of(inputs);
      Survey survey = new Survey();
      files.forEach(survey::take);
      if (survey.kept.isEmpty()) {
        throw new RecipeException(String.valueOf(inputs), "expected text", "none");
      }
      Tokenizer words = tokenizer == null ? train(survey.sample) : tokenizer;
      survey.sample.clear();
      words.save(partial.resolve(TokenDataset.TOKENIZER));
      Encoding encoding = new Encoding(partial, words, survey);
      PreparationReport report = encoding.run(files);
      AtomicFiles.rename(partial, out);
      return report;
    } catch (IOException e) {
      throw new TrainingException("cannot write the data set " + out, e);
    }
  }

  private Tokenizer train(List<String> sample) {
    if (options.vocabularySize() < LEAST_TRAINED) {
      return SyntheticTokenizer.of(options.vocabularySize());
    }
    BpeTrainer trainer = new BpeTrainer(options.vocabularySize(), options.threads());
    if (chatTemplate == null) {
      return trainer.train(sample.stream());
    }
    return trainer
        .withPreTokenizer(PreTokenizer.qwen2())
        .train(sample.stream().flatMap(MARKS::splitAsStream))
        .withChatTemplate(chatTemplate);
  }

  /// Line ends of Unix, no control characters, no blanks at the ends of lines and of the text.
  static String clean(String text) {
    StringBuilder cleaned = new StringBuilder(text.length());
    int blanks = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean dropped = (c < ' ' && c != '\n' && c != '\t') || c == 0x7f || c == 0xfeff;
      if (c == ' ' || c == '\t') {
        blanks++;
        cleaned.append(c);
      } else if (!dropped) {
        if (c == '\n') {
          cleaned.setLength(cleaned.length() - blanks);
        }
        blanks = 0;
        cleaned.append(c);
      }
    }
    return cleaned.toString().strip();
  }

  /// What the first reading finds.
  private final class Survey {
    private final Deduplication copies = new Deduplication(options.deduplicate());
    private final BitSet kept = new BitSet();
    private final List<String> sample = new ArrayList<>();
    private int documents;
    private long empty;
    private long exact;
    private long near;
    private long characters;

    void take(String raw) {
      int number = documents++;
      String text = clean(raw);
      if (text.isEmpty()) {
        empty++;
        return;
      }
      // Conversations repeat themselves on purpose: greetings are few.
      switch (chatTemplate == null ? copies.take(text) : Deduplication.Verdict.NEW) {
        case EXACT_COPY -> exact++;
        case NEAR_COPY -> near++;
        case NEW -> {
          kept.set(number);
          if (characters < VOCABULARY_CHARACTERS) {
            sample.add(text);
          }
          characters += text.length();
        }
      }
    }
  }

  /// The second reading.
  private final class Encoding {
    private final Tokenizer tokenizer;
    private final Survey survey;
    private final ShardWriter training;
    private final ShardWriter validation;
    private final List<Piece> waiting = new ArrayList<>();
    private long waitingCharacters;
    private int documents;

    private record Piece(String text, boolean heldOut) {}

    Encoding(Path directory, Tokenizer tokenizer, Survey survey) {
      this.tokenizer = tokenizer;
      this.survey = survey;
      int vocabulary = tokenizer.vocabularySize();
      training = new ShardWriter(directory, "train-", vocabulary, options.shardTokens());
      validation = new ShardWriter(directory, "validation-", vocabulary, options.shardTokens());
    }

    PreparationReport run(DocumentFiles files) {
      files.forEach(this::take);
      encodeWaiting();
      training.finish();
      validation.finish();
      return new PreparationReport(
          survey.documents,
          survey.empty,
          survey.exact,
          survey.near,
          survey.characters,
          training.tokens(),
          validation.tokens());
    }

    private void take(String raw) {
      int number = documents++;
      if (!survey.kept.get(number)) {
        return;
      }
      String text = clean(raw);
      if (survey.kept.cardinality() < FEW_DOCUMENTS) {
        int cut = cut(text);
        add(text.substring(0, cut), false);
        add(text.substring(cut), true);
      } else {
        double draw = (Permutation.mix(options.seed() ^ number) >>> 11) * 0x1p-53;
        boolean last = number == survey.kept.length() - 1 && validation.tokens() == 0;
        add(text, draw < options.heldOut() || last);
      }
    }

    /// Where a long text's held-out end begins: never between the halves of a character.
    private int cut(String text) {
      int cut = (int) Math.round(text.length() * (1 - options.heldOut()));
      boolean inside =
          cut > 0
              && cut < text.length()
              && Character.isSurrogatePair(text.charAt(cut - 1), text.charAt(cut));
      return inside ? cut - 1 : cut;
    }

    private void add(String text, boolean heldOut) {
      if (text.isEmpty()) {
        return;
      }
      waiting.add(new Piece(text, heldOut));
      waitingCharacters += text.length();
      if (waitingCharacters > BATCH_CHARACTERS) {
        encodeWaiting();
      }
    }

    private void encodeWaiting() {
      List<Callable<int[]>> tasks = new ArrayList<>();
      for (Piece piece : waiting) {
        tasks.add(() -> encode(piece.text()));
      }
      try (ExecutorService executor = Executors.newFixedThreadPool(options.threads())) {
        List<Future<int[]>> encoded = executor.invokeAll(tasks);
        for (int i = 0; i < waiting.size(); i++) {
          write(encoded.get(i).get(), waiting.get(i).heldOut() ? validation : training);
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new TrainingException("interrupted while encoding text");
      } catch (ExecutionException e) {
        throw new TrainingException("cannot encode text", e);
      }
      waiting.clear();
      waitingCharacters = 0;
    }

    private int[] encode(String text) {
      return chatTemplate == null ? tokenizer.encodePlain(text) : tokenizer.encode(text);
    }

    private void write(int[] ids, ShardWriter writer) {
      writer.startDocument();
      if (chatTemplate != null) {
        writer.addAll(ids);
        return;
      }
      tokenizer.specialTokens().bos().ifPresent(writer::add);
      writer.addAll(ids);
      tokenizer.specialTokens().eos().ifPresent(writer::add);
    }
  }
}
