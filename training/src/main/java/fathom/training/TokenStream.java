package fathom.training;

import java.util.List;

/// The tokens of several shards one after the other.
public final class TokenStream {
  private final List<TokenShard> shards;
  private final long[] firsts;

  /// A stream of these shards.
  public TokenStream(List<TokenShard> shards) {
    this.shards = List.copyOf(shards);
    firsts = new long[shards.size() + 1];
    for (int i = 0; i < shards.size(); i++) {
      firsts[i + 1] = firsts[i] + shards.get(i).tokens();
    }
  }

  /// All tokens.
  public long tokens() {
    return firsts[shards.size()];
  }

  /// All documents.
  public long documents() {
    return shards.stream().mapToLong(TokenShard::documents).sum();
  }

  /// The ids of `count` tokens from `first` on.
  public int[] ids(long first, int count) {
    int[] ids = new int[count];
    int done = 0;
    for (int shard = shardOf(first); done < count; shard++) {
      long inside = first + done - firsts[shard];
      int some = (int) Math.min(count - done, shards.get(shard).tokens() - inside);
      shards.get(shard).copy(inside, some, ids, done);
      done += some;
    }
    return ids;
  }

  /// Where in a range documents begin: distances from `first`, ascending, 0 left out.
  public int[] documentStarts(long first, int count) {
    IdBuffer starts = new IdBuffer();
    long end = first + count;
    for (int shard = shardOf(first); shard < shards.size() && firsts[shard] < end; shard++) {
      TokenShard one = shards.get(shard);
      for (long d = firstDocument(one, first - firsts[shard] + 1); d < one.documents(); d++) {
        long at = firsts[shard] + one.documentStart(d);
        if (at >= end) {
          break;
        }
        starts.add((int) (at - first));
      }
    }
    int[] result = new int[starts.size()];
    for (int i = 0; i < result.length; i++) {
      result[i] = starts.get(i);
    }
    return result;
  }

  private int shardOf(long token) {
    int shard = 0;
    while (shard < shards.size() - 1 && firsts[shard + 1] <= token) {
      shard++;
    }
    return shard;
  }

  /// The first document that begins at `token` or later.
  private static long firstDocument(TokenShard shard, long token) {
    long low = 0;
    long high = shard.documents();
    while (low < high) {
      long middle = (low + high) >>> 1;
      if (shard.documentStart(middle) < token) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }
}
