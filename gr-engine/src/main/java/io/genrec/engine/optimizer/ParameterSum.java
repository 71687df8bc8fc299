package io.genrec.engine.optimizer;

import static java.util.Objects.requireNonNull;

import io.genrec.api.graph.Parameter;
import io.genrec.api.sequence.Batch.Column;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.jspecify.annotations.Nullable;

/** The running sum of one parameter's gradients. Owns its memory until it is closed. */
final class ParameterSum implements AutoCloseable {
  private static final int CHUNK = GradientView.CHUNK;

  /** What a worker takes at a time. */
  private static final int PIECE = 32 * CHUNK;

  private final Parameter parameter;
  private final BufferAllocator allocator;
  private final int dim;
  private final List<GradientView> pending = new ArrayList<>();
  private long[] rows = new long[0];
  private double[] squares = new double[0];
  private @Nullable OffHeap sums;
  private @Nullable RowUnion union;

  /** Where rows are added to those that are in the sum already. */
  private @Nullable OffHeap spare;

  private boolean seen;
  private boolean begun;
  private boolean whole;

  ParameterSum(Parameter parameter, BufferAllocator allocator) {
    this.parameter = parameter;
    this.allocator = allocator;
    this.dim = ParameterStore.rowEntries(parameter);
  }

  /**
   * A gradient that may be added. Thread-safe.
   *
   * @throws IllegalArgumentException if it does not fit the parameter
   */
  GradientView view(Gradient gradient) {
    return GradientView.of(parameter, gradient);
  }

  /**
   * Refuses a gradient that does not fit those that were seen before.
   *
   * @throws IllegalArgumentException if so
   */
  void check(GradientView gradient) {
    if (seen && whole != gradient.whole()) {
      throw new IllegalArgumentException(
          "the gradients of \""
              + parameter.name()
              + "\" are to be added, but some are whole and some are of rows");
    }
    seen = true;
    whole = gradient.whole();
  }

  /** Adds a gradient, which is read by the pieces of {@link #find} and {@link #fold}. */
  void add(GradientView gradient) {
    pending.add(gradient);
  }

  /** Finds the rows of what is to be added, in pieces that end before those of {@link #fold}. */
  List<Runnable> find() {
    if (pending.isEmpty() || whole) {
      return List.of();
    }
    RowUnion found = new RowUnion(summands(), Math.max(1, PIECE / dim));
    union = found;
    return found.ranges().stream().<Runnable>map(range -> range::find).toList();
  }

  /**
   * Adds the gradients that were given since the last time, in pieces that may run at the same
   * time, and takes the squares of the sums on the way. The gradients' memory is free when all
   * pieces have ended.
   */
  List<Runnable> fold() {
    if (pending.isEmpty()) {
      return List.of();
    }
    List<Runnable> pieces = whole ? foldWhole(summands()) : foldRows(requireNonNull(union));
    pending.clear();
    union = null;
    begun = true;
    return pieces;
  }

  /** What there is already, and what is to be added. */
  private List<GradientView> summands() {
    List<GradientView> summands = new ArrayList<>();
    Gradient before = total();
    if (before != null) {
      summands.add(view(before));
    }
    summands.addAll(pending);
    return summands;
  }

  /** The sum so far, if there is one, is read and written in the same place. */
  private List<Runnable> foldWhole(List<GradientView> summands) {
    OffHeap to = room(sums, ParameterStore.rows(parameter));
    sums = to;
    double[] squaresOf = new double[Math.toIntExact((to.entries() + CHUNK - 1) / CHUNK)];
    squares = squaresOf;
    List<Runnable> pieces = new ArrayList<>();
    for (long from = 0; from < to.entries(); from += PIECE) {
      long begin = from;
      long end = Math.min(from + PIECE, to.entries());
      pieces.add(() -> foldWhole(to, summands, begin, end, squaresOf));
    }
    return pieces;
  }

  private static void foldWhole(
      OffHeap to, List<GradientView> summands, long begin, long end, double[] squares) {
    float[] sum = new float[CHUNK];
    float[] summand = new float[CHUNK];
    for (long at = begin; at < end; at += CHUNK) {
      int count = (int) Math.min(CHUNK, end - at);
      summands.get(0).readFlat(at, sum, count);
      for (int i = 1; i < summands.size(); i++) {
        summands.get(i).readFlat(at, summand, count);
        for (int entry = 0; entry < count; entry++) {
          sum[entry] += summand[entry];
        }
      }
      to.put(at, sum, count);
      squares[(int) (at / CHUNK)] = GradientView.squares(sum, count);
    }
  }

  private List<Runnable> foldRows(RowUnion union) {
    rows = union.rows();
    OffHeap to = room(begun ? spare : sums, rows.length);
    if (begun) {
      spare = sums;
    }
    sums = to;
    double[] squaresOf = new double[rows.length];
    squares = squaresOf;
    List<Runnable> pieces = new ArrayList<>();
    int from = 0;
    for (RowUnion.Range range : union.ranges()) {
      int begin = from;
      pieces.add(() -> foldRows(to, range, begin, squaresOf));
      from += range.count();
    }
    return pieces;
  }

  private void foldRows(OffHeap to, RowUnion.Range range, int begin, double[] squares) {
    float[] sum = new float[dim];
    float[] summand = new float[dim];
    for (int i = 0; i < range.count(); i++) {
      range.read(i, sum, summand);
      to.put((long) (begin + i) * dim, sum, dim);
      squares[begin + i] = GradientView.squares(sum, dim);
    }
  }

  /** Memory for so many rows: the old one, or a larger one in its place. */
  private OffHeap room(@Nullable OffHeap old, long count) {
    long room = old == null ? 0 : old.entries() / dim;
    if (old != null && room >= count) {
      return old;
    }
    if (old != null) {
      old.close();
    }
    long[] size = ParameterStore.sizeOf(parameter);
    if (size.length > 0) {
      size[0] = Math.min(size[0], Math.max(count, 2 * room));
    }
    return OffHeap.floats("gradient of " + parameter.name(), allocator, size);
  }

  /** The sum of what was added and folded, in place; null if nothing was. */
  @Nullable Gradient total() {
    OffHeap memory = sums;
    if (!begun || memory == null) {
      return null;
    }
    Column column = memory.column();
    return whole ? new Gradient.Whole(column) : new Gradient.Rows(rows, column);
  }

  /** The same with its squares. */
  @Nullable GradientView totalView() {
    Gradient total = total();
    return total == null ? null : view(total).withSquares(squares);
  }

  void clear() {
    union = null;
    seen = false;
    begun = false;
    pending.clear();
  }

  @Override
  public void close() {
    clear();
    OffHeap memory = sums;
    OffHeap other = spare;
    sums = null;
    spare = null;
    if (memory != null) {
      memory.close();
    }
    if (other != null) {
      other.close();
    }
  }
}
