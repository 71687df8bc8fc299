package io.genrec.falcon;

import io.genrec.api.graph.ElementType;
import io.genrec.api.sequence.Batch;
import io.genrec.api.sequence.Batch.Column;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Columns of single sequences one upon another, so that several requests share a run. */
final class Stack {
  /** The axis along which inputs of tokens differ. */
  static final int SECOND = 1;

  private Stack() {}

  /** Where a part of a run has its inputs. */
  @FunctionalInterface
  interface Finder<T> {
    /** An input by name, or null if the part has none of the name. */
    @Nullable Column find(T part, String name);
  }

  /**
   * An input of several parts by name; null if they have none of the name.
   *
   * @param axis the axis along which parts may differ, if the input has so many
   */
  static <T> @Nullable Column of(
      Batch into, String name, List<T> parts, Finder<T> finder, int axis) {
    List<Column> columns = new ArrayList<>();
    for (T part : parts) {
      Column column = finder.find(part, name);
      if (column == null) {
        return null;
      }
      columns.add(column);
    }
    return of(into, name, columns, columns.get(0).size().length > axis ? axis : 0);
  }

  /**
   * One column {@code [batch, ...]} of several {@code [1, ...]}, whose sizes differ along one axis
   * only: shorter ones are followed by zeros.
   *
   * @param into where the column is written
   * @param axis the axis along which they differ; 0 if they do not
   */
  static Column of(Batch into, String name, List<Column> parts, int axis) {
    long[] size = parts.get(0).size().clone();
    if (axis > 0) {
      size[axis] = parts.stream().mapToLong(part -> part.size()[axis]).max().orElseThrow();
    }
    size[0] = parts.size();
    Column whole = zeros(into, name, parts.get(0), size);
    int bytes = whole.bytes().capacity() / parts.size();
    for (int b = 0; b < parts.size(); b++) {
      copy(parts.get(b), whole, b * bytes, axis);
    }
    return whole;
  }

  /**
   * A column {@code [rows, 1, width]} of one {@code [1, count]}, read row by row, with zeros behind
   * the last entry; null of none.
   */
  static @Nullable Column inRows(
      Batch into, String name, @Nullable Column flat, long rows, long width) {
    if (flat == null) {
      return null;
    }
    Column whole = zeros(into, name, flat, new long[] {rows, 1, width});
    whole.bytes().put(0, flat.bytes(), 0, flat.bytes().capacity());
    return whole;
  }

  private static Column zeros(Batch into, String name, Column like, long[] size) {
    if (like.element() == ElementType.INT64) {
      into.longs(name, size);
    } else if (like.element() == ElementType.BOOL) {
      into.truths(name, size);
    } else if (width(like) == Double.BYTES) {
      into.doubles(name, size);
    } else {
      into.floats(name, size);
    }
    return into.column(name);
  }

  private static int width(Column column) {
    return column.bytes().capacity() / column.entries();
  }

  /** Copies what lies before the end of the axis, as often as the axes before it say. */
  private static void copy(Column part, Column whole, int at, int axis) {
    int times = 1;
    for (int before = 1; before < axis; before++) {
      times *= (int) part.size()[before];
    }
    int piece = part.bytes().capacity() / times;
    int stride = whole.bytes().capacity() / (int) whole.size()[0] / times;
    for (int i = 0; i < times; i++) {
      whole.bytes().put(at + i * stride, part.bytes(), i * piece, piece);
    }
  }
}
