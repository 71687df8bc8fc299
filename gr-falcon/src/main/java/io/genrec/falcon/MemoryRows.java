package io.genrec.falcon;

import io.genrec.api.graph.ElementType;
import io.genrec.api.graph.TensorType;
import io.genrec.api.inference.ScoringModel;
import io.genrec.api.sequence.Batch;
import io.genrec.api.sequence.Batch.Column;
import io.genrec.falcon.MFalconConfig.Precision;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.ShortBuffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.arrow.memory.ArrowBuf;

/**
 * Memory of tokens, one row each, with room for more: an append writes the new rows in place, and a
 * beginning is a view. Rows that were written do not change, so others may read them while more are
 * appended.
 *
 * <p>Counted references: begins with one, and gives its memory back with the last.
 */
final class MemoryRows {
  private static final int CHUNK = 1024;

  private final Map<String, Table> tables = new LinkedHashMap<>();
  private final Precision precision;
  private final int capacity;
  private final ArrowBuf memory;
  private final AtomicInteger used = new AtomicInteger();
  private final AtomicInteger references = new AtomicInteger(1);

  /** The rows of one tensor. */
  private static final class Table {
    private final ByteBuffer bytes;
    private final long[] size;
    private final int entries;
    private final int rowBytes;

    /**
     * Rows.
     *
     * @param size the axes of a row: heads and width
     * @param rowBytes the bytes of a row as it is kept
     */
    Table(ByteBuffer bytes, long[] size, int rowBytes) {
      this.bytes = bytes;
      this.size = size;
      this.entries = MemoryRows.entries(size);
      this.rowBytes = rowBytes;
    }
  }

  /**
   * Room for rows, all 0.
   *
   * @param rows how many
   */
  MemoryRows(ScoringModel model, Precision precision, int rows) {
    this.precision = precision;
    this.capacity = rows;
    int width = precision == Precision.HALF ? Short.BYTES : model.realBytes();
    long bytes = 0;
    for (TensorType type : model.memory().values()) {
      bytes += (long) rows * entries(row(type)) * width;
    }
    memory = model.allocator().buffer(Math.max(8, bytes));
    memory.setZero(0, bytes);
    long offset = 0;
    for (Map.Entry<String, TensorType> entry : model.memory().entrySet()) {
      long[] size = row(entry.getValue());
      int rowBytes = entries(size) * width;
      ByteBuffer view = memory.nioBuffer(offset, rows * rowBytes).order(ByteOrder.nativeOrder());
      tables.put(entry.getKey(), new Table(view, size, rowBytes));
      offset += (long) rows * rowBytes;
    }
  }

  private static long[] row(TensorType type) {
    return type.shape().without(0).without(0).sizes();
  }

  private static int entries(long... size) {
    long entries = 1;
    for (long axis : size) {
      entries *= axis;
    }
    return Math.toIntExact(entries);
  }

  /** The bytes that are taken, room included. */
  long bytes() {
    return memory.capacity();
  }

  /** The bytes of the first rows alone. */
  long bytes(int count) {
    return tables.values().stream().mapToLong(table -> (long) count * table.rowBytes).sum();
  }

  /** The first rows as they are kept, one buffer for each tensor, in a fixed order. */
  List<ByteBuffer> first(int count) {
    return tables.values().stream()
        .map(table -> table.bytes.slice(0, count * table.rowBytes))
        .toList();
  }

  /**
   * Reserves the rows after the last one for one writer.
   *
   * @return false if there is no room, or rows after {@code from} are taken: then the beginning is
   *     copied elsewhere
   */
  boolean reserve(int from, int to) {
    return to <= capacity && used.compareAndSet(from, to);
  }

  /**
   * Writes reserved rows.
   *
   * @param at the first row
   * @param from real {@code [batch, length, heads, dim]}
   * @param sequence which sequence of the batch
   * @param count how many of its first tokens
   */
  void write(String name, int at, Column from, int sequence, int count) {
    Table table = table(name);
    int first = Math.toIntExact(sequence * from.size()[1]);
    if (precision == Precision.FULL) {
      int bytes = table.rowBytes;
      table.bytes.put(at * bytes, from.bytes(), first * bytes, count * bytes);
    } else {
      round(
          from.bytes().asFloatBuffer(),
          first * table.entries,
          table.bytes.asShortBuffer(),
          at * table.entries,
          count * table.entries);
    }
  }

  private static void round(FloatBuffer from, int first, ShortBuffer to, int at, int count) {
    float[] reals = new float[CHUNK];
    short[] halves = new short[CHUNK];
    for (int done = 0; done < count; done += CHUNK) {
      int size = Math.min(CHUNK, count - done);
      from.get(first + done, reals, 0, size);
      for (int i = 0; i < size; i++) {
        halves[i] = HalfPrecision.of(reals[i]);
      }
      to.put(at + done, halves, 0, size);
    }
  }

  /** Copies the first rows of another one of the same model and precision. */
  void copy(MemoryRows other, int count) {
    tables.forEach(
        (name, table) -> table.bytes.put(0, other.table(name).bytes, 0, count * table.rowBytes));
  }

  /**
   * The first rows: real {@code [1, count, heads, dim]}.
   *
   * @param scratch where rows of half precision are written out; all others are read in place
   */
  Column view(String name, int count, Batch scratch) {
    Table table = table(name);
    long[] size = new long[table.size.length + 2];
    size[0] = 1;
    size[1] = count;
    System.arraycopy(table.size, 0, size, 2, table.size.length);
    if (precision == Precision.HALF) {
      String column = "half/" + name;
      FloatBuffer reals =
          scratch.unwritten(column, ElementType.FLOAT, Float.BYTES, size).bytes().asFloatBuffer();
      widen(table.bytes.asShortBuffer(), reals);
      return scratch.column(column);
    }
    ByteBuffer bytes = table.bytes.slice(0, count * table.rowBytes).order(ByteOrder.nativeOrder());
    return new Column(ElementType.FLOAT, size, bytes);
  }

  private static void widen(ShortBuffer from, FloatBuffer to) {
    float[] reals = new float[CHUNK];
    short[] halves = new short[CHUNK];
    for (int done = 0; done < to.capacity(); done += CHUNK) {
      int size = Math.min(CHUNK, to.capacity() - done);
      from.get(done, halves, 0, size);
      for (int i = 0; i < size; i++) {
        reals[i] = HalfPrecision.toFloat(halves[i]);
      }
      to.put(done, reals, 0, size);
    }
  }

  private Table table(String name) {
    Table table = tables.get(name);
    if (table == null) {
      throw new IllegalArgumentException("no memory \"" + name + "\" but " + tables.keySet());
    }
    return table;
  }

  MemoryRows retain() {
    references.incrementAndGet();
    return this;
  }

  void release() {
    if (references.decrementAndGet() == 0) {
      memory.close();
    }
  }
}
