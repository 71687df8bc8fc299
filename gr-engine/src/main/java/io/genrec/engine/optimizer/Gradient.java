package io.genrec.engine.optimizer;

import io.genrec.api.sequence.Batch.Column;
import java.util.Arrays;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * The gradient of one parameter: a sum over a batch, not yet divided by the batch's weight. Refers
 * to memory that somebody else owns.
 */
@API(status = API.Status.STABLE, since = "0.1")
public sealed interface Gradient {
  /** The sums: 32-bit reals. */
  Column sums();

  /**
   * A gradient for each entry of the parameter.
   *
   * @param sums of the parameter's size
   */
  record Whole(Column sums) implements Gradient {}

  /**
   * Gradients for some rows of a table; those of all others are 0.
   *
   * @param rows which rows, each once, in any order
   * @param sums {@code [n, dim]}; n may be more than there are rows: what follows is padding and
   *     not read
   */
  record Rows(long[] rows, Column sums) implements Gradient {
    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Rows that && Arrays.equals(rows, that.rows) && sums.equals(that.sums);
    }

    @Override
    public int hashCode() {
      return 31 * Arrays.hashCode(rows) + sums.hashCode();
    }

    @Override
    public String toString() {
      return rows.length + " rows of " + sums;
    }
  }
}
