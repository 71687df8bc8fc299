package io.genrec.engine.optimizer;

import io.genrec.api.graph.Parameter;
import io.genrec.api.sequence.Batch.Column;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.jspecify.annotations.Nullable;

/** The running sum of one parameter's gradients. Owns its memory until it is closed. */
final class ParameterSum implements AutoCloseable {
  private static final int CHUNK = 1024;

  /** What a worker takes at a time. */
  private static final int PIECE = 32 * CHUNK;

  private final Parameter parameter;
  private final BufferAllocator allocator;
  private final int dim;
  private final List<GradientView> pending = new ArrayList<>();
  private long[] rows = new long[0];
  private @Nullable OffHeap sums;

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

  /** Adds a gradient, which is read by the pieces of {@link #fold}. */
  void add(GradientView gradient) {
    pending.add(gradient);
  }

  /**
   * Adds the gradients that were given since the last time, in pieces that may run at the same
   * time. Their memory is free when all pieces have ended.
   */
  List<Runnable> fold() {
    if (pending.isEmpty()) {
      return List.of();
    }
    List<GradientView> summands = new ArrayList<>();
    Gradient before = total();
    if (before != null) {
      summands.add(view(before));
    }
    summands.addAll(pending);
    pending.clear();
    List<Runnable> pieces = whole ? foldWhole(summands) : foldRows(new RowUnion(summands));
    begun = true;
    return pieces;
  }

  /** The sum so far, if there is one, is read and written in the same place. */
  private List<Runnable> foldWhole(List<GradientView> summands) {
    OffHeap to = room(sums, ParameterStore.rows(parameter));
    sums = to;
    List<Runnable> pieces = new ArrayList<>();
    for (long from = 0; from < to.entries(); from += PIECE) {
      long begin = from;
      long end = Math.min(from + PIECE, to.entries());
      pieces.add(() -> foldWhole(to, summands, begin, end));
    }
    return pieces;
  }

  private static void foldWhole(OffHeap to, List<GradientView> summands, long begin, long end) {
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
    }
  }

  private List<Runnable> foldRows(RowUnion union) {
    OffHeap to = room(begun ? spare : sums, union.count());
    if (begun) {
      spare = sums;
    }
    sums = to;
    rows = union.rows();
    List<Runnable> pieces = new ArrayList<>();
    int most = Math.max(1, PIECE / dim);
    for (int from = 0; from < union.count(); from += most) {
      int begin = from;
      int end = Math.min(from + most, union.count());
      pieces.add(() -> foldRows(to, union, begin, end));
    }
    return pieces;
  }

  private void foldRows(OffHeap to, RowUnion union, int begin, int end) {
    float[] sum = new float[dim];
    float[] summand = new float[dim];
    for (int i = begin; i < end; i++) {
      union.read(i, sum, summand);
      to.put((long) i * dim, sum, dim);
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

  void clear() {
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
