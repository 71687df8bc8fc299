package io.genrec.api.training;

import io.genrec.api.graph.Tensor;
import org.apiguardian.api.API;

/** What a loss sees, as tensors of one graph. */
@API(status = API.Status.STABLE, since = "0.1")
public interface LossContext {
  /** The encoder's outputs: real {@code [batch, length, dim]}. */
  Tensor outputs();

  /** What each output is to predict: whole {@code [batch, length]}. */
  Tensor targets();

  /** How much each output counts: real {@code [batch, length]}; 0 for padding. */
  Tensor weights();

  /**
   * Ids drawn against the targets: whole {@code [batch, length, count]}, or 1 in place of length
   * (shared within a sequence), or of both (shared within the logical batch).
   */
  Tensor negatives();

  /**
   * The logarithm of each row's chance to be drawn: real {@code [rows]}, in the order of {@link
   * #table()}; for corrections.
   */
  Tensor logProbabilities();

  /** The table of the predicted feature: real {@code [rows, dim]}; ids index it. */
  Tensor table();
}
