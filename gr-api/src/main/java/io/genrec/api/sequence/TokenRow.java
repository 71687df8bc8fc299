package io.genrec.api.sequence;

import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * Writes sequences into the columns of a batch, one row after another. Column names are the inputs
 * of a graph: {@code tokens/<feature>}, {@code tokens/time}, {@code tokens/prediction_time}, {@code
 * tokens/valid}, {@code tokens/role}, {@code tokens/length}, {@code sequence/history}, {@code
 * sequence/context}, {@code sequence/candidates}, {@code sequence/request_time}, {@code
 * targets/<feature>} and {@code targets/weight}; for ranking {@code tokens/number/<feature>},
 * {@code labels/<name>} and {@code label_weights/<name>}.
 *
 * <p>Not thread-safe.
 */
@API(status = API.Status.STABLE, since = "0.1")
public final class TokenRow {
  private static final int LEFT_OUT = -1;

  private final int rows;
  private final int length;
  private final Map<String, LongBuffer> features = new LinkedHashMap<>();
  private final Map<String, FloatBuffer> numbers = new LinkedHashMap<>();
  private final Map<String, LongBuffer> targets = new LinkedHashMap<>();
  private final Map<String, FloatBuffer> labels = new LinkedHashMap<>();
  private final Map<String, FloatBuffer> labelWeights = new LinkedHashMap<>();
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
  private final @Nullable LongBuffer position;
  private int row;
  private int[] places = new int[0];
  private long learnedFrom = History.NO_TIME;
  private long end = -1;

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
    this(batch, rows, length, new TokenColumns(featureNames, List.of(), targetNames, List.of()));
  }

  /**
   * Begins the columns of a batch, all empty.
   *
   * @param batch where to write
   * @param rows the number of sequences
   * @param length the tokens of each, padding included
   * @param columns what a task writes
   */
  public TokenRow(Batch batch, int rows, int length, TokenColumns columns) {
    this(batch, rows, length, columns, false);
  }

  /**
   * Begins the columns of a batch, all empty.
   *
   * @param batch where to write
   * @param rows the number of sequences
   * @param length the tokens of each, padding included
   * @param columns what a task writes
   * @param positions whether the tokens' places are written too, as {@code tokens/position}, since
   *     some are left out: see {@link #only}
   */
  public TokenRow(Batch batch, int rows, int length, TokenColumns columns, boolean positions) {
    position = positions ? batch.longs("tokens/position", rows, length) : null;
    this.rows = rows;
    this.length = length;
    columns
        .features()
        .forEach(name -> features.put(name, batch.longs("tokens/" + name, rows, length)));
    columns
        .numbers()
        .forEach(name -> numbers.put(name, batch.floats("tokens/number/" + name, rows, length)));
    time = batch.longs("tokens/time", rows, length);
    predictionTime = batch.longs("tokens/prediction_time", rows, length);
    valid = batch.truths("tokens/valid", rows, length);
    role = batch.longs("tokens/role", rows, length);
    lengths = batch.longs("tokens/length", rows);
    history = batch.longs("sequence/history", rows);
    context = batch.longs("sequence/context", rows);
    candidates = batch.longs("sequence/candidates", rows);
    requestTime = batch.longs("sequence/request_time", rows);
    columns
        .targets()
        .forEach(name -> targets.put(name, batch.longs("targets/" + name, rows, length)));
    for (String name : columns.labels()) {
      labels.put(name, batch.floats("labels/" + name, rows, length));
      labelWeights.put(name, batch.floats("label_weights/" + name, rows, length));
    }
    weight = batch.floats("targets/weight", rows, length);
  }

  /**
   * Gives targets of tokens whose outputs are used before a time the weight 0, whatever is written.
   *
   * @param time in seconds, or {@link History#NO_TIME} for none
   */
  public TokenRow learnedFrom(long time) {
    learnedFrom = time;
    return this;
  }

  /** Goes to a sequence, from 0. */
  public TokenRow at(int sequence) {
    if (sequence < 0 || sequence >= rows) {
      throw new IndexOutOfBoundsException("sequence " + sequence + " of " + rows);
    }
    row = sequence;
    places = new int[0];
    end = -1;
    return this;
  }

  /**
   * Leaves tokens of this sequence out: what is written to them goes nowhere, and the others close
   * up. Slots are still counted as if all were there.
   *
   * @param kept the slots that stay, ascending
   * @param tokens how many tokens the whole sequence has
   * @throws IllegalStateException if places are not written
   */
  public TokenRow only(int[] kept, int tokens) {
    if (position == null) {
      throw new IllegalStateException("tokens can only be left out where positions are written");
    }
    places = new int[tokens];
    Arrays.fill(places, LEFT_OUT);
    for (int place = 0; place < kept.length; place++) {
      places[kept[place]] = place;
    }
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
    if (as == Role.CANDIDATE && end < 0) {
      end = slot;
    }
    int index = index(slot);
    if (index == LEFT_OUT) {
      // Like places, lengths are those of the whole sequence.
      count(as == Role.CANDIDATE ? candidates : history);
      return this;
    }
    if (position != null) {
      // All candidates stand at the place after the history.
      position.put(index, as == Role.CANDIDATE ? end : slot);
    }
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
    if (index - row * length + 1 == lengths.get(row)) {
      requestTime.put(row, usedAt);
    }
    return this;
  }

  private void count(LongBuffer tokens) {
    tokens.put(row, tokens.get(row) + 1);
  }

  /** Writes a token's row of a categorical feature. */
  public TokenRow feature(String name, int position, int value) {
    int index = index(position);
    if (index != LEFT_OUT) {
      column(features, name).put(index, value);
    }
    return this;
  }

  /** Writes what a token's output is to predict, and how much that counts. */
  public TokenRow target(String name, int position, int value, float importance) {
    int index = index(position);
    if (index != LEFT_OUT) {
      column(targets, name).put(index, value);
      weight.put(index, counted(index, importance));
    }
    return this;
  }

  /** Writes a token's value of a numeric feature, normalised. */
  public TokenRow number(String name, int position, float value) {
    int index = index(position);
    if (index != LEFT_OUT) {
      column(numbers, name).put(index, value);
    }
    return this;
  }

  /** Writes an outcome that a token's output is to predict, and how much that counts. */
  public TokenRow label(String name, int position, float value, float importance) {
    int index = index(position);
    if (index != LEFT_OUT) {
      float counted = counted(index, importance);
      column(labels, name).put(index, value);
      column(labelWeights, name).put(index, counted);
      weight.put(index, counted > 0 ? 1 : weight.get(index));
    }
    return this;
  }

  private float counted(int index, float importance) {
    return predictionTime.get(index) < learnedFrom ? 0 : importance;
  }

  private static <T> T column(Map<String, T> columns, String name) {
    T column = columns.get(name);
    if (column == null) {
      throw new IllegalArgumentException(
          "the batch has no column for \"" + name + "\" but for " + columns.keySet());
    }
    return column;
  }

  /** Where a slot stands in the columns, or that it is left out. */
  private int index(int slot) {
    boolean some = places.length > 0;
    if (slot < 0 || slot >= (some ? places.length : length)) {
      throw new IndexOutOfBoundsException(
          "token " + slot + " of " + (some ? places.length : length));
    }
    int place = some ? places[slot] : slot;
    return place == LEFT_OUT ? LEFT_OUT : row * length + place;
  }
}
