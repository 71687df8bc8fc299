package io.genrec.falcon;

import io.genrec.api.inference.ScoringRequest;
import io.genrec.api.sequence.Batch;
import io.genrec.api.sequence.Batch.Column;
import io.genrec.api.sequence.History;
import io.genrec.api.sequence.Role;
import io.genrec.api.sequence.TokenRow;
import io.genrec.api.task.Task;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.LongBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The tokens of one request, history and candidates if there are any, written once by the task.
 * Stages read parts of them in place. Behind the last one stands a slot without a token, for parts
 * that have none.
 */
final class RequestTokens {
  private static final String TOKENS = "tokens/";
  private static final String CACHED = "cached/";
  static final String CANDIDATES = "candidates/";
  private static final String PREDICTION_TIME = "tokens/prediction_time";

  /** Logs that tell days alone have many events of one time. */
  private static final int MOST_PENDING = 64;

  private final Batch batch;
  private final int length;
  private final int nowhere;
  private final int pending;

  RequestTokens(Task task, ScoringRequest request, Batch batch) {
    this.batch = batch;
    this.nowhere = task.requestLength(request.history(), request.candidates().size());
    this.length = nowhere - request.candidates().size();
    TokenRow row = new TokenRow(batch, 1, nowhere + 1, task.columns().inputs());
    if (task.roles().contains(Role.CANDIDATE)) {
      task.writeRequest(request.history(), request.candidates(), request.at(), row.at(0));
      scoreAlone(batch, 0, request.at());
    } else {
      task.writeRequest(request.history(), request.at(), row.at(0));
    }
    this.pending = pending(request.at());
  }

  /**
   * Says of a sequence that its candidates are scored each as if it were the only one.
   *
   * @param at the request's time
   */
  static void scoreAlone(Batch batch, int sequence, long at) {
    batch.column("sequence/candidates").bytes().asLongBuffer().put(sequence, 1);
    batch.column("sequence/request_time").bytes().asLongBuffer().put(sequence, at);
  }

  /** Any number from 1 on gives right scores: what is kept is found by its times, too. */
  private int pending(long at) {
    LongBuffer usedAt = batch.column(PREDICTION_TIME).bytes().asLongBuffer();
    int most = Math.min(length, at == History.NO_TIME ? 1 : MOST_PENDING);
    int count = Math.min(most, 1);
    while (count < most && usedAt.get(length - count - 1) == at) {
      count++;
    }
    return count;
  }

  /** The tokens of the history. */
  int length() {
    return length;
  }

  /**
   * How many of the history's last tokens have outputs that are used at the request's time: the
   * last one, and what stands beside it, such as the actions of one moment. Not more than a few,
   * since they are computed for each request.
   */
  int pending() {
    return pending;
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
        return slice(name.substring(CACHED.length()), 0, cached);
      }
      return name.startsWith(TOKENS)
          ? slice(name.substring(TOKENS.length()), from, to)
          : batch.columns().get(name);
    }
  }

  /** An input about some of the candidates by name, or null if it is not about them. */
  @Nullable Column candidates(String name, MicroBatches.Range range) {
    return name.startsWith(CANDIDATES)
        ? slice(name.substring(CANDIDATES.length()), length + range.from(), length + range.to())
        : null;
  }

  private @Nullable Column slice(String name, int from, int to) {
    Column whole = batch.columns().get(TOKENS + name);
    if (whole == null) {
      return null;
    }
    int first = from == to ? nowhere : from;
    int count = Math.max(1, to - from);
    int width = whole.bytes().capacity() / whole.entries();
    return new Column(
        whole.element(),
        new long[] {1, count},
        whole.bytes().slice(first * width, count * width).order(ByteOrder.nativeOrder()));
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
