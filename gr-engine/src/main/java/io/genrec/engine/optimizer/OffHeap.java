package io.genrec.engine.optimizer;

import io.genrec.api.GenRecException;
import io.genrec.api.graph.ElementType;
import io.genrec.api.sequence.Batch.Column;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.Arrays;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;

/**
 * Numbers of one type outside the heap, all 0 at first. Owns its memory until it is closed.
 *
 * <p>Positions are 64-bit, so that storage in several pieces can come without another interface;
 * one piece below 2 GiB is all there is for now.
 */
final class OffHeap implements AutoCloseable {
  private final String name;
  private final ElementType element;
  private final long[] size;
  private final ArrowBuf memory;
  private final ByteBuffer bytes;
  private final FloatBuffer floats;
  private final LongBuffer longs;
  private boolean closed;

  private OffHeap(String name, ElementType element, BufferAllocator allocator, long... size) {
    this.name = name;
    this.element = element;
    this.size = size.clone();
    int width = element == ElementType.FLOAT ? Float.BYTES : Long.BYTES;
    int length = length(name, width, size);
    this.memory = allocator.buffer(Math.max(8, length));
    memory.setZero(0, length);
    this.bytes = memory.nioBuffer(0, length).order(ByteOrder.nativeOrder());
    this.floats = bytes.asFloatBuffer();
    this.longs = bytes.asLongBuffer();
  }

  static OffHeap floats(String name, BufferAllocator allocator, long... size) {
    return new OffHeap(name, ElementType.FLOAT, allocator, size);
  }

  static OffHeap longs(String name, BufferAllocator allocator, long... size) {
    return new OffHeap(name, ElementType.INT64, allocator, size);
  }

  private static int length(String name, int width, long... size) {
    long length = width;
    try {
      for (long axis : size) {
        length = Math.multiplyExact(length, axis);
      }
    } catch (ArithmeticException e) {
      length = Long.MAX_VALUE;
    }
    if (length < 0 || length > Integer.MAX_VALUE) {
      throw new GenRecException(
          "TableTooLarge",
          "\""
              + name
              + "\" of size "
              + Arrays.toString(size)
              + " takes "
              + (length == Long.MAX_VALUE ? "more than 2^63" : length)
              + " bytes; one parameter may take at most "
              + Integer.MAX_VALUE
              + " (2 GiB): use fewer rows or a smaller dimension");
    }
    return (int) length;
  }

  String name() {
    return name;
  }

  long[] size() {
    return size.clone();
  }

  long entries() {
    return bytes.limit() / (element == ElementType.FLOAT ? Float.BYTES : Long.BYTES);
  }

  void get(long from, float[] to, int count) {
    get(from, to, 0, count);
  }

  void get(long from, float[] to, int at, int count) {
    checkOpen();
    floats.get(Math.toIntExact(from), to, at, count);
  }

  void put(long at, float[] from, int count) {
    put(at, from, 0, count);
  }

  void put(long at, float[] from, int begin, int count) {
    checkOpen();
    floats.put(Math.toIntExact(at), from, begin, count);
  }

  void get(long from, FloatBuffer to, int at, int count) {
    checkOpen();
    to.put(at, floats, Math.toIntExact(from), count);
  }

  void put(long at, FloatBuffer from, int begin, int count) {
    checkOpen();
    floats.put(Math.toIntExact(at), from, begin, count);
  }

  float getFloat(long at) {
    checkOpen();
    return floats.get(Math.toIntExact(at));
  }

  void putFloat(long at, float value) {
    checkOpen();
    floats.put(Math.toIntExact(at), value);
  }

  long getLong(long at) {
    checkOpen();
    return longs.get(Math.toIntExact(at));
  }

  void putLong(long at, long value) {
    checkOpen();
    longs.put(Math.toIntExact(at), value);
  }

  /** The numbers in place; each call gives a buffer with a position of its own. */
  Column column() {
    checkOpen();
    return new Column(element, size.clone(), bytes.duplicate().order(ByteOrder.nativeOrder()));
  }

  /** Replaces all numbers; the buffer must have as many bytes left. */
  void copyIn(ByteBuffer from) {
    checkOpen();
    bytes.duplicate().put(from.duplicate());
  }

  /** Whether a column is of this type and its rows are as long. */
  boolean fitsRows(Column column) {
    long[] other = column.size();
    return column.element() == element
        && other.length == size.length
        && Arrays.equals(other, 1, other.length, size, 1, size.length);
  }

  /**
   * Takes rows over from a column.
   *
   * @param from for each row the column's row, or -1 for one that becomes 0
   */
  void copyRows(Column column, int[] from) {
    checkOpen();
    int width = Math.toIntExact(bytes.limit() / size[0]);
    ByteBuffer others = column.bytes();
    for (int row = 0; row < from.length; row++) {
      if (from[row] < 0) {
        memory.setZero((long) row * width, width);
      } else {
        bytes.put(row * width, others, from[row] * width, width);
      }
    }
  }

  int length() {
    return bytes.limit();
  }

  /** Whether a column is of this type and size. */
  boolean fits(Column column) {
    return column.element() == element
        && Arrays.equals(column.size(), size)
        && column.bytes().remaining() == bytes.limit();
  }

  /** Buffers do not notice that their memory is gone. */
  private void checkOpen() {
    if (closed) {
      throw new IllegalStateException("\"" + name + "\" is closed");
    }
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      memory.close();
    }
  }
}
