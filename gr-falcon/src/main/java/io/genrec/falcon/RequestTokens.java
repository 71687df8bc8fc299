package io.genrec.falcon;

import io.genrec.api.inference.ScoringRequest;
import io.genrec.api.sequence.Batch;
import io.genrec.api.sequence.Batch.Column;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The tokens of one request's history, written once. Stages read parts of them in place. A history
 * without events has one token that is not there.
 */
final class RequestTokens {
  private static final String TOKENS = "tokens/";
  private static final String CACHED = "cached/";
  private static final String PREDICTION_TIME = "tokens/prediction_time";

  private final Batch batch;
  private final int length;

  RequestTokens(TaskTokens task, ScoringRequest request, Batch batch) {
    this.batch = batch;
    this.length = task.length(request.history());
    task.history(request, task.columns(batch, 1, Math.max(1, length)).at(0));
    batch.column("sequence/request_time").bytes().asLongBuffer().put(0, request.at());
  }

  int length() {
    return length;
  }

  /**
   * Inputs of a stage for some of these tokens after others.
   *
   * @param cached how many tokens come before
   * @param from the first token of {@code tokens/..}
   * @param to the token after the last
   */
  Inputs inputs(int cached, int from, int to) {
    return new Inputs(cached, from, to);
  }

  /** See {@link RequestTokens#inputs}. */
  final class Inputs {
    private final int cached;
    private final int from;
    private final int to;
    private final Column cachedLength;

    private Inputs(int cached, int from, int to) {
      this.cached = cached;
      this.from = from;
      this.to = to;
      batch.longs("cached/length", 1).put(0, cached);
      this.cachedLength = batch.column("cached/length");
    }

    /** An input by name, or null if it is not about these tokens. */
    @Nullable Column find(String name) {
      if (name.equals("cached/length")) {
        return cachedLength;
      }
      if (name.startsWith(CACHED)) {
        String token = TOKENS + name.substring(CACHED.length());
        return batch.columns().containsKey(token) ? slice(token, 0, Math.max(1, cached)) : null;
      }
      if (name.startsWith(TOKENS)) {
        return slice(name, from, to);
      }
      return batch.columns().get(name);
    }

    private Column slice(String name, int first, int end) {
      Column whole = batch.column(name);
      int width = whole.bytes().capacity() / whole.entries();
      return new Column(
          whole.element(),
          new long[] {1, end - first},
          whole.bytes().slice(first * width, (end - first) * width).order(ByteOrder.nativeOrder()));
    }
  }

  /**
   * One hash for each beginning of the history: of its tokens one after another, so that an equal
   * hash means an equal beginning.
   *
   * @param tokens how many beginnings
   * @param predictionTimes whether what is kept of a token depends on when its output is used
   * @param seed what else the tokens depend on
   */
  long[] hashes(int tokens, boolean predictionTimes, long seed) {
    List<Column> columns = new ArrayList<>();
    batch
        .columns()
        .forEach(
            (name, column) -> {
              boolean counts = predictionTimes || !name.equals(PREDICTION_TIME);
              if (name.startsWith(TOKENS) && column.size().length == 2 && counts) {
                columns.add(column);
              }
            });
    long[] hashes = new long[tokens];
    long hash = seed;
    for (int i = 0; i < tokens; i++) {
      for (Column column : columns) {
        hash = mix(hash ^ bits(column, i));
      }
      hashes[i] = hash;
    }
    return hashes;
  }

  private static long bits(Column column, int token) {
    ByteBuffer bytes = column.bytes();
    return switch (column.element()) {
      case INT64 -> bytes.getLong(token * Long.BYTES);
      case FLOAT -> bytes.getInt(token * Float.BYTES);
      case BOOL -> bytes.get(token);
    };
  }

  /** Stafford's 13th mix (SplitMix64's), after an odd step that keeps 0 from staying 0. */
  static long mix(long x) {
    long a = x + 0x9e3779b97f4a7c15L;
    long b = (a ^ (a >>> 30)) * 0xbf58476d1ce4e5b9L;
    long c = (b ^ (b >>> 27)) * 0x94d049bb133111ebL;
    return c ^ (c >>> 31);
  }
}
