package io.genrec.api.graph;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToLongFunction;
import org.apiguardian.api.API;

/**
 * The sizes of a tensor's axes, outermost first. Immutable.
 *
 * @param dims one size per axis; empty for a scalar
 */
@API(status = API.Status.STABLE, since = "0.1")
public record Shape(List<Dim> dims) {
  /** The shape of a single value. */
  public static final Shape SCALAR = new Shape(List.of());

  /** Copies the list. */
  public Shape {
    dims = List.copyOf(dims);
  }

  /**
   * A shape from numbers, names and dimensions: {@code Shape.of("batch", "length", 64)}.
   *
   * @throws IllegalArgumentException if an argument is neither an {@link Integer}, {@link Long},
   *     {@link String} nor {@link Dim}
   */
  public static Shape of(Object... dims) {
    return new Shape(Arrays.stream(dims).map(Shape::dim).toList());
  }

  private static Dim dim(Object value) {
    if (value instanceof Dim dim) {
      return dim;
    }
    if (value instanceof Integer || value instanceof Long) {
      return Dim.of(((Number) value).longValue());
    }
    if (value instanceof String name) {
      return Dim.of(name);
    }
    throw new IllegalArgumentException(
        "a dimension is a number, a name or a Dim, but was " + value);
  }

  /** The number of axes. */
  public int rank() {
    return dims.size();
  }

  /** The size of one axis; negative numbers count from the end. */
  public Dim dim(int axis) {
    return dims.get(axis(axis));
  }

  /**
   * The axis as a number from 0.
   *
   * @throws ShapeException if there is no such axis
   */
  public int axis(int axis) {
    if (axis < -rank() || axis >= rank()) {
      throw new ShapeException("no axis " + axis + " in " + this);
    }
    return axis < 0 ? axis + rank() : axis;
  }

  /** The number of entries. */
  public Dim entries() {
    return dims.stream().reduce(Dim.ONE, Dim::times);
  }

  /** Whether all sizes are numbers. */
  public boolean isFixed() {
    return dims.stream().allMatch(Dim::isFixed);
  }

  /** The sizes when each name has the given value. */
  public long[] sizes(ToLongFunction<String> values) {
    return dims.stream().mapToLong(dim -> dim.size(values)).toArray();
  }

  /**
   * The sizes as numbers.
   *
   * @throws IllegalStateException if one is known only when the graph runs
   */
  public long[] sizes() {
    return dims.stream().mapToLong(Dim::size).toArray();
  }

  /** This shape with one axis replaced. */
  public Shape with(int axis, Dim dim) {
    List<Dim> copy = new ArrayList<>(dims);
    copy.set(axis(axis), dim);
    return new Shape(copy);
  }

  /** This shape without one axis. */
  public Shape without(int axis) {
    List<Dim> copy = new ArrayList<>(dims);
    copy.remove(axis(axis));
    return new Shape(copy);
  }

  /**
   * This shape with an axis inserted, so that it stands at the given place of the result (negative:
   * from the end).
   */
  public Shape insert(int axis, Dim dim) {
    List<Dim> copy = new ArrayList<>(dims);
    copy.add(axis < 0 ? axis + rank() + 1 : axis, dim);
    return new Shape(copy);
  }

  /** The axes from one (inclusive) to another (exclusive). */
  public Shape slice(int from, int to) {
    return new Shape(dims.subList(from, to));
  }

  /** The axes of this shape followed by another's. */
  public Shape followedBy(Shape other) {
    List<Dim> all = new ArrayList<>(dims);
    all.addAll(other.dims);
    return new Shape(all);
  }

  /**
   * The common shape of two operands: axes are aligned at the end, equal sizes stay, and only a
   * literal 1 is stretched.
   *
   * @throws ShapeException if two sizes differ and none is the literal 1
   */
  public static Shape broadcast(Shape a, Shape b) {
    int rank = Math.max(a.rank(), b.rank());
    List<Dim> dims = new ArrayList<>();
    for (int i = -rank; i < 0; i++) {
      Dim x = i < -a.rank() ? Dim.ONE : a.dim(i);
      Dim y = i < -b.rank() ? Dim.ONE : b.dim(i);
      if (!x.equals(y) && !x.equals(Dim.ONE) && !y.equals(Dim.ONE)) {
        throw new ShapeException("sizes " + x + " and " + y + " differ and none is the literal 1");
      }
      dims.add(x.equals(Dim.ONE) ? y : x);
    }
    return new Shape(dims);
  }

  /** For example {@code [batch, length, 64]}. */
  @Override
  public String toString() {
    return dims.toString();
  }
}
