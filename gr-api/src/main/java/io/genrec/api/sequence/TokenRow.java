package io.genrec.api.sequence;

import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apiguardian.api.API;

/**
 * Writes sequences into the columns of a batch, one row after another. Column names are the inputs
 * of a graph: {@code tokens/<feature>}, {@code tokens/time}, {@code tokens/prediction_time}, {@code
 * tokens/valid}, {@code tokens/role}, {@code tokens/length}, {@code sequence/history}, {@code
 * sequence/context}, {@code sequence/candidates}, {@code sequence/request_time}, {@code
 * targets/<feature>} and {@code targets/weight}.
 *
 * <p>Not thread-safe.
 */
@API(status = API.Status.STABLE, since = "0.1")
public final class TokenRow {
  private final int rows;
  private final int length;
  private final Map<String, LongBuffer> features = new LinkedHashMap<>();
  private final Map<String, LongBuffer> targets = new LinkedHashMap<>();
  private final LongBuffer time;
  private final LongBuffer predictionTime;
  private final ByteBuffer valid;
  private final LongBuffer role;
  private final LongBuffer lengths;
  private final LongBuffer history;
  private final LongBuffer context;
  private final LongBuffer candidates;
  private final LongBuffer requestTime;
  private final FloatBuffer weight;
  private int row;

  /**
   * Begins the columns of a batch, all empty.
   *
   * @param batch where to write
   * @param rows the number of sequences
   * @param length the tokens of each, padding included
   * @param featureNames the categorical features of tokens
   * @param targetNames the categorical features that are predicted
   */
  public TokenRow(
      Batch batch, int rows, int length, List<String> featureNames, List<String> targetNames) {
    this.rows = rows;
    this.length = length;
    featureNames.forEach(name -> features.put(name, batch.longs("tokens/" + name, rows, length)));
    time = batch.longs("tokens/time", rows, length);
    predictionTime = batch.longs("tokens/prediction_time", rows, length);
    valid = batch.truths("tokens/valid", rows, length);
    role = batch.longs("tokens/role", rows, length);
    lengths = batch.longs("tokens/length", rows);
    history = batch.longs("sequence/history", rows);
    context = batch.longs("sequence/context", rows);
    candidates = batch.longs("sequence/candidates", rows);
    requestTime = batch.longs("sequence/request_time", rows);
    targetNames.forEach(name -> targets.put(name, batch.longs("targets/" + name, rows, length)));
    weight = batch.floats("targets/weight", rows, length);
  }

  /** Goes to a sequence, from 0. */
  public TokenRow at(int sequence) {
    if (sequence < 0 || sequence >= rows) {
      throw new IndexOutOfBoundsException("sequence " + sequence + " of " + rows);
    }
    row = sequence;
    return this;
  }

  /** Writes an event as {@link #token(Role, int, long, long)}. */
  public TokenRow token(int slot, long at, long usedAt) {
    return token(Role.EVENT, slot, at, usedAt);
  }

  /**
   * Writes a token: context, then the history, oldest first, then candidates, each slot once.
   *
   * @param slot its index in the row, from 0
   * @param at its time in seconds or {@link History#NO_TIME}
   * @param usedAt when its output is used, likewise; that of the last token is the request's time
   */
  public TokenRow token(Role as, int slot, long at, long usedAt) {
    int index = index(slot);
    if (valid.get(index) == 0) {
      count(lengths);
      count(as == Role.CANDIDATE ? candidates : history);
      if (as == Role.CONTEXT) {
        count(context);
      }
    }
    time.put(index, at);
    predictionTime.put(index, usedAt);
    valid.put(index, (byte) 1);
    role.put(index, as.ordinal());
    if (slot + 1 == lengths.get(row)) {
      requestTime.put(row, usedAt);
    }
    return this;
  }

  private void count(LongBuffer tokens) {
    tokens.put(row, tokens.get(row) + 1);
  }

  /** Writes a token's row of a categorical feature. */
  public TokenRow feature(String name, int position, int value) {
    column(features, name).put(index(position), value);
    return this;
  }

  /** Writes what a token's output is to predict, and how much that counts. */
  public TokenRow target(String name, int position, int value, float importance) {
    int index = index(position);
    column(targets, name).put(index, value);
    weight.put(index, importance);
    return this;
  }

  private static LongBuffer column(Map<String, LongBuffer> columns, String name) {
    LongBuffer column = columns.get(name);
    if (column == null) {
      throw new IllegalArgumentException(
          "the batch has no column for \"" + name + "\" but for " + columns.keySet());
    }
    return column;
  }

  private int index(int position) {
    if (position < 0 || position >= length) {
      throw new IndexOutOfBoundsException("token " + position + " of " + length);
    }
    return row * length + position;
  }
}
