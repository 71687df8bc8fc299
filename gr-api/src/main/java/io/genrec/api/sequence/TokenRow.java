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
 * tokens/valid}, {@code tokens/length}, {@code targets/<feature>} and {@code targets/weight}.
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
  private final LongBuffer lengths;
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
    lengths = batch.longs("tokens/length", rows);
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

  /**
   * Writes a token, oldest first.
   *
   * @param position its place, from 0
   * @param at its time in seconds or {@link History#NO_TIME}
   * @param usedAt when its output is used, likewise
   */
  public TokenRow token(int position, long at, long usedAt) {
    int index = index(position);
    time.put(index, at);
    predictionTime.put(index, usedAt);
    valid.put(index, (byte) 1);
    lengths.put(row, Math.max(lengths.get(row), position + 1));
    return this;
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
