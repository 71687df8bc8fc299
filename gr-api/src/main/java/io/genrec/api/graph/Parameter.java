package io.genrec.api.graph;

import java.util.Arrays;
import java.util.List;
import org.apiguardian.api.API;

/**
 * A tensor that is learned.
 *
 * @param name the stable path, for example {@code hstu/layer0/uvqk}: the checkpoint's key
 * @param size the number of entries per axis; for a table, rows first
 * @param kind dense weights, or a table of rows of which a batch touches few
 * @param initializer how its first values are drawn
 */
@API(status = API.Status.STABLE, since = "0.1")
public record Parameter(String name, List<Long> size, Kind kind, Initializer initializer) {
  /** How a parameter is stored and updated. */
  public enum Kind {
    /** Held and updated as a whole. */
    DENSE,
    /** A table {@code [rows, dim]}: a batch may see and update some rows only. */
    EMBEDDING
  }

  /** Copies the sizes. */
  public Parameter {
    size = List.copyOf(size);
  }

  /** A dense parameter. */
  public static Parameter dense(String name, Initializer initializer, long... size) {
    return new Parameter(name, Arrays.stream(size).boxed().toList(), Kind.DENSE, initializer);
  }

  /** A table of rows. */
  public static Parameter embedding(String name, Initializer initializer, long rows, long dim) {
    return new Parameter(name, List.of(rows, dim), Kind.EMBEDDING, initializer);
  }

  /**
   * The shape in a graph. A table's rows are a named dimension, since a run may be given a few of
   * them only.
   */
  public Shape shape() {
    Shape fixed = Shape.of(size.toArray());
    return kind == Kind.DENSE ? fixed : fixed.with(0, Dim.of(name + ".rows"));
  }

  /** The number of values. */
  public long entries() {
    return size.stream().reduce(1L, Math::multiplyExact);
  }

  /** This parameter in the graph that a tensor belongs to. */
  public Tensor in(Tensor x) {
    return x.graph().read(this);
  }

  /** This parameter in a graph. */
  public Tensor in(Graph graph) {
    return graph.read(this);
  }

  @Override
  public boolean equals(Object other) {
    return this == other;
  }

  @Override
  public int hashCode() {
    return System.identityHashCode(this);
  }
}
