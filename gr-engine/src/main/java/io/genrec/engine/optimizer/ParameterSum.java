package io.genrec.engine.optimizer;

import io.genrec.api.graph.Parameter;
import io.genrec.api.sequence.Batch.Column;
import it.unimi.dsi.fastutil.longs.Long2IntOpenHashMap;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
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
  private final Long2IntOpenHashMap slots = new Long2IntOpenHashMap();
  private final float[] a = new float[CHUNK];
  private final float[] b = new float[CHUNK];
  private final List<FloatBuffer> pending = new ArrayList<>();
  private long[] rows = new long[0];
  private @Nullable OffHeap sums;
  private int contributions;
  private boolean seen;
  private boolean begun;
  private boolean whole;

  ParameterSum(Parameter parameter, BufferAllocator allocator) {
    this.parameter = parameter;
    this.allocator = allocator;
    this.dim = ParameterStore.rowEntries(parameter);
    slots.defaultReturnValue(-1);
  }

  /**
   * Refuses a gradient that does not fit the parameter or those that were seen before.
   *
   * @throws IllegalArgumentException if so
   */
  void check(Gradient gradient) {
    // Sizes, and that rows are there once.
    GradientView view = GradientView.of(parameter, gradient);
    if (seen && whole != view.whole()) {
      throw new IllegalArgumentException(
          "the gradients of \""
              + parameter.name()
              + "\" are to be added, but some are whole and some are of rows");
    }
    seen = true;
    whole = view.whole();
  }

  /** Adds rows now; a whole gradient is read by the pieces of {@link #fold}. */
  void add(Gradient gradient) {
    FloatBuffer from =
        gradient.sums().bytes().duplicate().order(ByteOrder.nativeOrder()).asFloatBuffer();
    if (gradient instanceof Gradient.Rows some) {
      addRows(some.rows(), from);
    } else {
      pending.add(from);
    }
    contributions++;
  }

  /**
   * Adds the whole gradients that were given since the last time, in pieces that may run at the
   * same time. Their memory is free when all pieces have ended.
   */
  List<Runnable> fold() {
    if (pending.isEmpty()) {
      return List.of();
    }
    boolean empty = !begun;
    OffHeap to = reserve(ParameterStore.rows(parameter));
    List<FloatBuffer> summands = List.copyOf(pending);
    begun = true;
    pending.clear();
    List<Runnable> pieces = new ArrayList<>();
    int entries = Math.toIntExact(to.entries());
    for (int from = 0; from < entries; from += PIECE) {
      int begin = from;
      int end = Math.min(from + PIECE, entries);
      pieces.add(() -> fold(to, empty, summands, begin, end));
    }
    return pieces;
  }

  private static void fold(
      OffHeap to, boolean empty, List<FloatBuffer> summands, int begin, int end) {
    float[] sum = new float[CHUNK];
    float[] summand = new float[CHUNK];
    for (int at = begin; at < end; at += CHUNK) {
      int count = Math.min(CHUNK, end - at);
      if (empty) {
        summands.get(0).get(at, sum, 0, count);
      } else {
        to.get(at, sum, count);
      }
      for (int i = empty ? 1 : 0; i < summands.size(); i++) {
        summands.get(i).get(at, summand, 0, count);
        for (int entry = 0; entry < count; entry++) {
          sum[entry] += summand[entry];
        }
      }
      to.put(at, sum, count);
    }
  }

  private void addRows(long[] some, FloatBuffer from) {
    OffHeap to = reserve(slots.size() + some.length);
    for (int i = 0; i < some.length; i++) {
      int slot = slots.get(some[i]);
      if (slot >= 0) {
        add(to, (long) slot * dim, from, i * dim, dim);
        continue;
      }
      slot = slots.size();
      slots.put(some[i], slot);
      if (rows.length == slot) {
        rows = Arrays.copyOf(rows, Math.max(16, 2 * slot));
      }
      rows[slot] = some[i];
      to.put((long) slot * dim, from, i * dim, dim);
    }
  }

  private void add(OffHeap to, long at, FloatBuffer from, int begin, int count) {
    for (int done = 0; done < count; done += CHUNK) {
      int length = Math.min(CHUNK, count - done);
      to.get(at + done, a, length);
      from.get(begin + done, b, 0, length);
      for (int i = 0; i < length; i++) {
        a[i] += b[i];
      }
      to.put(at + done, a, length);
    }
  }

  /** Memory for so many rows; what is in it stays. */
  private OffHeap reserve(long count) {
    OffHeap old = sums;
    long room = old == null ? 0 : old.entries() / dim;
    if (old != null && room >= count) {
      return old;
    }
    long[] size = ParameterStore.sizeOf(parameter);
    if (size.length > 0) {
      size[0] = Math.min(size[0], Math.max(count, 2 * room));
    }
    OffHeap more = OffHeap.floats("gradient of " + parameter.name(), allocator, size);
    sums = more;
    if (old != null) {
      FloatBuffer kept = old.column().bytes().asFloatBuffer();
      more.put(0, kept, 0, kept.limit());
      old.close();
    }
    return more;
  }

  /** The sum of what was added and folded, in place; null if nothing was. */
  @Nullable Gradient total() {
    OffHeap memory = sums;
    if (contributions == 0 || memory == null) {
      return null;
    }
    Column column = memory.column();
    return whole
        ? new Gradient.Whole(column)
        : new Gradient.Rows(Arrays.copyOf(rows, slots.size()), column);
  }

  void clear() {
    contributions = 0;
    seen = false;
    begun = false;
    pending.clear();
    slots.clear();
  }

  @Override
  public void close() {
    clear();
    OffHeap memory = sums;
    sums = null;
    if (memory != null) {
      memory.close();
    }
  }
}
