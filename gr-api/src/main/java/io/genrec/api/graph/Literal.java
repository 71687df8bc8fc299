package io.genrec.api.graph;

import java.util.List;
import org.apiguardian.api.API;

/**
 * Values as an attribute of a node.
 *
 * @param type element type and fixed shape
 * @param values row-major; {@link Double} for FLOAT, {@link Long} otherwise
 */
@API(status = API.Status.STABLE, since = "0.1")
public record Literal(TensorType type, List<? extends Number> values) {
  /** Checks the count. */
  public Literal {
    values = List.copyOf(values);
    if (type.shape().entries().size() != values.size()) {
      throw new ShapeException(values.size() + " values do not fill " + type.shape());
    }
  }
}
