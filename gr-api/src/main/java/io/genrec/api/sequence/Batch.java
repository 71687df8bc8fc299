package io.genrec.api.sequence;

import io.genrec.api.graph.ElementType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * Named columns in reused Arrow memory, written once and read by ONNX Runtime in place.
 *
 * <p>Owns its memory until it is closed. Not thread-safe: one batch per worker.
 */
@API(status = API.Status.STABLE, since = "0.1")
public final class Batch implements AutoCloseable {
  private final BufferAllocator allocator;
  private final Map<String, Store> stores = new LinkedHashMap<>();
  private final Map<String, Column> columns = new LinkedHashMap<>();

  /**
   * A column's values.
   *
   * @param element what they are
   * @param size entries per axis
   * @param bytes the values in native byte order, row-major; off-heap
   */
  public record Column(ElementType element, long[] size, ByteBuffer bytes) {
    /** The number of values. */
    public int entries() {
      return Batch.entries(size);
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Column column
          && element == column.element
          && Arrays.equals(size, column.size)
          && bytes.equals(column.bytes);
    }

    @Override
    public int hashCode() {
      return 31 * Arrays.hashCode(size) + bytes.hashCode();
    }

    @Override
    public String toString() {
      return element + Arrays.toString(size);
    }
  }

  /** Memory that one column reuses. */
  private static final class Store {
    private @Nullable ArrowBuf memory;
  }

  /** A batch without columns. */
  public Batch(BufferAllocator allocator) {
    this.allocator = allocator;
  }

  /** Removes all columns; their memory is kept for the next ones. */
  public void clear() {
    columns.clear();
  }

  /** A column of whole numbers, all 0: {@code [size...]}, row-major. */
  public LongBuffer longs(String name, long... size) {
    return column(name, ElementType.INT64, Long.BYTES, size).bytes().asLongBuffer();
  }

  /** A column of reals, all 0: {@code [size...]}, row-major. */
  public FloatBuffer floats(String name, long... size) {
    return column(name, ElementType.FLOAT, Float.BYTES, size).bytes().asFloatBuffer();
  }

  /** A column of 64-bit reals, all 0, for graphs that are widened: {@code [size...]}, row-major. */
  public DoubleBuffer doubles(String name, long... size) {
    return column(name, ElementType.FLOAT, Double.BYTES, size).bytes().asDoubleBuffer();
  }

  /** A column of truth values, one byte each, all 0 (false): {@code [size...]}, row-major. */
  public ByteBuffer truths(String name, long... size) {
    // A view, so that writing from its position on leaves the column's own position alone.
    return column(name, ElementType.BOOL, 1, size).bytes().duplicate();
  }

  /**
   * A column whose values are arbitrary until they are written: for outputs, which are written as a
   * whole.
   *
   * @param width bytes of an entry
   */
  public Column unwritten(String name, ElementType element, int width, long... size) {
    int bytes = Math.multiplyExact(entries(size), width);
    Store store = stores.computeIfAbsent(name, key -> new Store());
    ArrowBuf memory = store.memory;
    if (memory == null || memory.capacity() < bytes) {
      if (memory != null) {
        store.memory = null;
        memory.close();
      }
      memory = allocator.buffer(Math.max(8, bytes));
      store.memory = memory;
    }
    Column column =
        new Column(
            element, size.clone(), memory.nioBuffer(0, bytes).order(ByteOrder.nativeOrder()));
    columns.put(name, column);
    return column;
  }

  private Column column(String name, ElementType element, int width, long... size) {
    Column column = unwritten(name, element, width, size);
    ArrowBuf memory = Objects.requireNonNull(Objects.requireNonNull(stores.get(name)).memory);
    memory.setZero(0, column.bytes().capacity());
    return column;
  }

  static int entries(long... size) {
    long entries = 1;
    for (long axis : size) {
      entries = Math.multiplyExact(entries, axis);
    }
    return Math.toIntExact(entries);
  }

  /** The columns by name, in the order in which they were begun. */
  public Map<String, Column> columns() {
    return Collections.unmodifiableMap(columns);
  }

  /**
   * A column by name.
   *
   * @throws IllegalArgumentException if there is none
   */
  public Column column(String name) {
    Column column = columns.get(name);
    if (column == null) {
      throw new IllegalArgumentException(
          "the batch has no column \"" + name + "\" but " + columns.keySet());
    }
    return column;
  }

  @Override
  public void close() {
    columns.clear();
    for (Store store : stores.values()) {
      if (store.memory != null) {
        store.memory.close();
      }
    }
    stores.clear();
  }
}
