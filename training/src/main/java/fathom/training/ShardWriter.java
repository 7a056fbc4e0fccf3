package fathom.training;

import java.nio.file.Path;
import java.util.Locale;

/// Writes documents into as many shards as they need.
final class ShardWriter {
  private final Path directory;
  private final String prefix;
  private final int vocabulary;
  private final int shardTokens;
  private final IdBuffer ids = new IdBuffer();
  private final IdBuffer starts = new IdBuffer();
  private int shards;
  private long tokens;

  ShardWriter(Path directory, String prefix, int vocabulary, int shardTokens) {
    this.directory = directory;
    this.prefix = prefix;
    this.vocabulary = vocabulary;
    this.shardTokens = shardTokens;
  }

  long tokens() {
    return tokens + ids.size();
  }

  void startDocument() {
    if (ids.size() >= shardTokens) {
      finish();
    }
    starts.add(ids.size());
  }

  void add(int id) {
    ids.add(id);
  }

  void addAll(int[] more) {
    ids.addAll(more);
  }

  /// Writes what has been collected.
  void finish() {
    if (ids.size() == 0) {
      return;
    }
    String name = String.format(Locale.ROOT, "%s%05d%s", prefix, shards++, TokenDataset.SUFFIX);
    TokenShard.write(directory.resolve(name), ids, starts, vocabulary);
    tokens += ids.size();
    ids.clear();
    starts.clear();
  }
}
