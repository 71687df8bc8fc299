package io.genrec.engine.training;

import io.genrec.api.GenRecException;
import io.genrec.api.graph.ElementType;
import io.genrec.api.sequence.Batch;
import io.genrec.api.sequence.Batch.Column;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;

/** Columns of several batches one behind the other, with an axis of batches in front. */
final class Stack {
  private Stack() {}

  /**
   * Writes a column of all batches. Along each axis the result is as long as the longest; 0 follows
   * what is shorter.
   *
   * @throws GenRecException {@code [GR/InvalidValue]} if it would take 2 GiB
   */
  static void column(String name, List<Batch> from, Batch to) {
    List<Column> parts = from.stream().map(batch -> batch.column(name)).toList();
    long[] size = new long[parts.get(0).size().length + 1];
    size[0] = parts.size();
    for (Column part : parts) {
      for (int axis = 1; axis < size.length; axis++) {
        size[axis] = Math.max(size[axis], part.size()[axis - 1]);
      }
    }
    int width = parts.get(0).element().bytes();
    requireRoom(name, width, size);
    ByteBuffer stacked = zeros(name, parts.get(0).element(), size, to);
    long bytes = stacked.limit() / parts.size();
    for (int i = 0; i < parts.size(); i++) {
      copy(parts.get(i), 0, 0, stacked, Math.toIntExact(i * bytes), size, width);
    }
  }

  private static void requireRoom(String name, int width, long... size) {
    double bytes = width;
    for (long axis : size) {
      bytes *= axis;
    }
    if (bytes > Integer.MAX_VALUE) {
      throw new GenRecException(
          "InvalidValue",
          "input \""
              + name
              + "\" of "
              + size[0]
              + " steps would take "
              + (long) bytes
              + " bytes, more than one piece of memory may (2 GiB); lower \"stepsPerRun\" or"
              + " \"batch\"");
    }
  }

  private static ByteBuffer zeros(String name, ElementType element, long[] size, Batch to) {
    switch (element) {
      case FLOAT -> to.floats(name, size);
      case INT64 -> to.longs(name, size);
      case BOOL -> to.truths(name, size);
    }
    return to.column(name).bytes();
  }

  /** Copies what stands behind one place of an axis, in one piece if it is as long as its room. */
  private static void copy(
      Column part, int axis, int from, ByteBuffer to, int at, long[] size, int width) {
    long[] own = part.size();
    long[] room = Arrays.copyOfRange(size, 1 + axis, size.length);
    long[] left = Arrays.copyOfRange(own, axis, own.length);
    if (axis == own.length || Arrays.equals(inner(left), inner(room))) {
      to.put(at, part.bytes(), from, entries(left) * width);
      return;
    }
    int step = entries(inner(left)) * width;
    int stride = entries(inner(room)) * width;
    for (int i = 0; i < left[0]; i++) {
      copy(part, axis + 1, from + i * step, to, at + i * stride, size, width);
    }
  }

  private static long[] inner(long... size) {
    return size.length == 0 ? size : Arrays.copyOfRange(size, 1, size.length);
  }

  private static int entries(long... size) {
    return Math.toIntExact(Arrays.stream(size).reduce(1, Math::multiplyExact));
  }
}
