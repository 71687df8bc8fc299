package io.genrec.engine.training;

import io.genrec.api.sequence.Batch;
import java.nio.ByteBuffer;
import java.nio.LongBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * The rows of a table that a micro-batch is given: all of them, or only those that it names.
 *
 * @param count how many
 * @param ids which ones, in order; empty for all
 */
@SuppressWarnings("ArrayRecordComponent")
record TableRows(int count, long[] ids) {
  /** Numbers of rows are rounded up to multiples of this, so that few different shapes occur. */
  private static final int STEP = 256;

  /** All rows. */
  static TableRows all(long rows) {
    return new TableRows(Math.toIntExact(rows), new long[0]);
  }

  boolean isWhole() {
    return ids.length == 0;
  }

  long row(int i) {
    return isWhole() ? i : i < ids.length ? ids[i] : 0;
  }

  /** How many entries hold a row; the others are padding. */
  int used() {
    return isWhole() ? count : ids.length;
  }

  /**
   * Finds the rows that micro-batches name in the columns of a feature and renumbers the columns:
   * row ids become places among the rows found. Row 0 is always the first.
   *
   * @param places as many entries as the table has rows, all 0; left so
   */
  static TableRows compact(List<Batch> batches, String feature, int[] places) {
    long[] found = new long[1024];
    int count = 1;
    places[0] = 1;
    for (LongBuffer ids : batches.stream().flatMap(batch -> columns(batch, feature)).toList()) {
      for (int i = 0; i < ids.limit(); i++) {
        int id = (int) ids.get(i);
        if (places[id] == 0) {
          if (count == found.length) {
            found = Arrays.copyOf(found, 2 * count);
          }
          found[count++] = id;
          places[id] = count;
        }
        ids.put(i, places[id] - 1);
      }
    }
    long[] ids = Arrays.copyOf(found, count);
    for (long id : ids) {
      places[(int) id] = 0;
    }
    return new TableRows((count + STEP - 1) / STEP * STEP, ids);
  }

  /**
   * Marks the places that one of the renumbered micro-batches names: those that {@link #compact} of
   * it alone would find.
   *
   * @param named one truth value for each place, all false
   */
  static void mark(Batch batch, String feature, ByteBuffer named) {
    named.put(0, (byte) 1);
    columns(batch, feature)
        .forEach(
            places -> {
              for (int i = 0; i < places.limit(); i++) {
                named.put((int) places.get(i), (byte) 1);
              }
            });
  }

  private static Stream<LongBuffer> columns(Batch batch, String feature) {
    return batch.columns().entrySet().stream()
        .filter(entry -> entry.getKey().endsWith("/" + feature))
        .map(entry -> entry.getValue().bytes().asLongBuffer());
  }
}
