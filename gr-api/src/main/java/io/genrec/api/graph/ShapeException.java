package io.genrec.api.graph;

import org.apiguardian.api.API;

/**
 * Operands do not fit. Thrown while a graph is built; the message names the op, the scope and all
 * operands' shapes.
 *
 * <p>It is an error in an encoder's or loss's code, not in a user's data.
 */
@API(status = API.Status.STABLE, since = "0.1")
public final class ShapeException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  /** What does not fit, with both shapes. */
  public ShapeException(String message) {
    super(message);
  }

  ShapeException(String message, ShapeException cause) {
    super(message, cause);
  }
}
