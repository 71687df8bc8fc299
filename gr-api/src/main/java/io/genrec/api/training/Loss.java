package io.genrec.api.training;

import io.genrec.api.graph.Tensor;
import org.apiguardian.api.API;

/** What training makes small. Stateless; builds into the graph of its context. */
@API(status = API.Status.STABLE, since = "0.1")
public interface Loss {
  /**
   * The sum over all positions of weight times loss: a scalar. The engine divides by the logical
   * batch's total weight, so micro-batches add up.
   */
  Tensor sum(LossContext context);

  /** Whether negatives are drawn for this loss. */
  default boolean needsNegatives() {
    return false;
  }

  /** Whether the loss needs all rows of the table, not only those that a batch names. */
  default boolean needsWholeTable() {
    return false;
  }
}
