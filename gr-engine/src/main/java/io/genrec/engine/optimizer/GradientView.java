package io.genrec.engine.optimizer;

import io.genrec.api.graph.ElementType;
import io.genrec.api.graph.Parameter;
import io.genrec.api.sequence.Batch.Column;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A gradient that was checked against its parameter: as a flat array of the parameter's size, or as
 * its rows in ascending order.
 */
final class GradientView {
  /** The entries of a block of a whole gradient. */
  static final int CHUNK = 1024;

  private final Parameter parameter;
  private final FloatBuffer sums;
  private final int dim;

  /** Row and slot in one number each, ascending; null if the gradient is whole. */
  private final long @Nullable [] order;

  /** What {@link #squares} would give, if it was computed on the way; else null. */
  private final double @Nullable [] knownSquares;

  private GradientView(
      Parameter parameter,
      FloatBuffer sums,
      int dim,
      long @Nullable [] order,
      double @Nullable [] knownSquares) {
    this.parameter = parameter;
    this.sums = sums;
    this.dim = dim;
    this.order = order;
    this.knownSquares = knownSquares;
  }

  /** A gradient in blocks as {@link #squares} tells them apart, whose squares are known. */
  GradientView withSquares(double[] squares) {
    return new GradientView(parameter, sums, dim, order, squares);
  }

  double @Nullable [] knownSquares() {
    return knownSquares;
  }

  static GradientView of(Parameter parameter, Gradient gradient) {
    Column column = gradient.sums();
    int dim = ParameterStore.rowEntries(parameter);
    FloatBuffer sums = column.bytes().duplicate().order(ByteOrder.nativeOrder()).asFloatBuffer();
    if (gradient instanceof Gradient.Rows rows) {
      boolean fits =
          parameter.kind() == Parameter.Kind.EMBEDDING
              && column.element() == ElementType.FLOAT
              && column.size().length == parameter.size().size()
              && column.size()[0] >= rows.rows().length
              && column.entries() == sums.limit()
              && column.size()[0] * dim == sums.limit();
      if (!fits) {
        throw misfit(parameter, rows.rows().length + " rows as " + column);
      }
      return new GradientView(parameter, sums, dim, order(parameter, rows.rows()), null);
    }
    long[] size = ParameterStore.sizeOf(parameter);
    if (column.element() != ElementType.FLOAT
        || !Arrays.equals(size, column.size())
        || parameter.entries() != sums.limit()) {
      throw misfit(parameter, column.toString());
    }
    return new GradientView(parameter, sums, dim, null, null);
  }

  private static IllegalArgumentException misfit(Parameter parameter, String given) {
    return new IllegalArgumentException(
        "the gradient of "
            + parameter.kind()
            + " parameter \""
            + parameter.name()
            + "\" of size "
            + parameter.size()
            + " was given as "
            + given
            + " of 32-bit reals; expected the whole size, or for an EMBEDDING rows as [n, dim]");
  }

  private static long[] order(Parameter parameter, long[] rows) {
    long[] order = new long[rows.length];
    long end = ParameterStore.rows(parameter);
    for (int slot = 0; slot < rows.length; slot++) {
      if (rows[slot] < 0 || rows[slot] >= end) {
        throw new IllegalArgumentException(
            "a gradient was given for row "
                + rows[slot]
                + " of \""
                + parameter.name()
                + "\", which has rows 0 to "
                + (end - 1));
      }
      order[slot] = rows[slot] << 32 | slot;
    }
    Arrays.sort(order);
    for (int i = 1; i < order.length; i++) {
      if (order[i] >>> 32 == order[i - 1] >>> 32) {
        throw new IllegalArgumentException(
            "the gradient of row "
                + (order[i] >>> 32)
                + " of \""
                + parameter.name()
                + "\" was given twice; add the gradients of one row first");
      }
    }
    return order;
  }

  Parameter parameter() {
    return parameter;
  }

  boolean whole() {
    return order == null;
  }

  /** The entries of a row. */
  int dim() {
    return dim;
  }

  /** How many rows there are to visit: all of the parameter's, or those that were given. */
  int rows() {
    return order == null ? Math.toIntExact(ParameterStore.rows(parameter)) : order.length;
  }

  /** The i-th row's number, ascending. */
  long row(int i) {
    return order == null ? i : order[i] >>> 32;
  }

  /** How many of the rows come before a row of the parameter. */
  int place(long row) {
    if (order == null) {
      return Math.toIntExact(row);
    }
    int found = Arrays.binarySearch(order, row << 32);
    return found < 0 ? -found - 1 : found;
  }

  /** Reads the i-th row. */
  void read(int i, float[] to) {
    int slot = order == null ? i : (int) order[i];
    sums.get(slot * dim, to, 0, dim);
  }

  /** The number of entries that were given. */
  long entries() {
    return order == null ? sums.limit() : (long) order.length * dim;
  }

  /** Reads entries of the parameter from one place on; those of rows that were not given are 0. */
  void readFlat(long from, float[] to, int count) {
    if (order == null) {
      sums.get(Math.toIntExact(from), to, 0, count);
      return;
    }
    Arrays.fill(to, 0, count, 0f);
    int found = Arrays.binarySearch(order, from / dim << 32);
    for (int i = found < 0 ? -found - 1 : found; i < order.length; i++) {
      long begin = (order[i] >>> 32) * dim;
      if (begin >= from + count) {
        return;
      }
      long low = Math.max(begin, from);
      long high = Math.min(begin + dim, from + count);
      int slot = (int) order[i];
      sums.get(slot * dim + (int) (low - begin), to, (int) (low - from), (int) (high - low));
    }
  }

  /** How many blocks {@link #squares} tells apart: rows that were given, or pieces of a whole. */
  int blocks() {
    return order == null ? (sums.limit() + CHUNK - 1) / CHUNK : order.length;
  }

  /**
   * The sums of squares of some blocks, in 64 bits and ascending order; not finite exactly if an
   * entry is not.
   *
   * @param squares one sum for each block; those from one to another (exclusive) are written
   */
  void squares(int from, int to, double[] squares) {
    float[] chunk = new float[CHUNK];
    for (int block = from; block < to; block++) {
      int begin = order == null ? block * CHUNK : (int) order[block] * dim;
      int end = order == null ? Math.min(begin + CHUNK, sums.limit()) : begin + dim;
      squares[block] = 0;
      for (int at = begin; at < end; at += CHUNK) {
        int count = Math.min(CHUNK, end - at);
        sums.get(at, chunk, 0, count);
        squares[block] += eightSums(chunk, 0, count);
      }
    }
  }

  /** The sum of squares of a block. */
  static double squares(float[] block, int count) {
    double sum = 0;
    for (int at = 0; at < count; at += CHUNK) {
      sum += eightSums(block, at, Math.min(count, at + CHUNK));
    }
    return sum;
  }

  /** Eight sums at once, since each addition waits for the one before. */
  private static double eightSums(float[] x, int begin, int end) {
    double a = 0;
    double b = 0;
    double c = 0;
    double d = 0;
    double e = 0;
    double f = 0;
    double g = 0;
    double h = 0;
    int i = begin;
    for (; i + 8 <= end; i += 8) {
      a += (double) x[i] * x[i];
      b += (double) x[i + 1] * x[i + 1];
      c += (double) x[i + 2] * x[i + 2];
      d += (double) x[i + 3] * x[i + 3];
      e += (double) x[i + 4] * x[i + 4];
      f += (double) x[i + 5] * x[i + 5];
      g += (double) x[i + 6] * x[i + 6];
      h += (double) x[i + 7] * x[i + 7];
    }
    for (; i < end; i++) {
      a += (double) x[i] * x[i];
    }
    return ((a + b) + (c + d)) + ((e + f) + (g + h));
  }

  /** Where the first entry that is not finite stands, for a message. */
  String firstNotFinite() {
    float[] row = new float[dim];
    for (int i = 0; i < rows(); i++) {
      read(i, row);
      for (int column = 0; column < dim; column++) {
        if (!Float.isFinite(row[column])) {
          return row[column] + " at row " + row(i) + ", column " + column;
        }
      }
    }
    throw new IllegalStateException("all entries are finite");
  }
}
