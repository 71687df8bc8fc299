package io.genrec.api.training;

import io.genrec.api.graph.Tensor;
import io.genrec.api.task.Label;
import java.util.List;
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

  /**
   * The same outputs with the targets and the table of another feature that the task predicts;
   * without negatives.
   *
   * @param feature its name; a target of 0 says that there is none
   */
  default LossContext of(String feature) {
    throw new UnsupportedOperationException("only items are predicted here");
  }

  /** What is predicted of outcomes; empty for a model that predicts items. */
  default List<Label> labels() {
    return List.of();
  }

  /**
   * The head's predictions of an outcome, for the tokens of which some outcome counts and padding:
   * real {@code [batch, labelled]}.
   */
  default Tensor prediction(String label) {
    throw new UnsupportedOperationException("the model has no head");
  }

  /** What came of it: real {@code [batch, labelled]}. */
  default Tensor label(String label) {
    throw new UnsupportedOperationException("the task has no labels");
  }

  /** How much each counts: real {@code [batch, labelled]}; 0 where nothing is to be predicted. */
  default Tensor labelWeight(String label) {
    throw new UnsupportedOperationException("the task has no labels");
  }

  /**
   * The total weight over an outcome's total weight (at least 1) in the logical batch: a scalar.
   * Times this, a label's weighted sum becomes its weighted mean when the engine divides.
   */
  default Tensor labelScale(String label) {
    throw new UnsupportedOperationException("the task has no labels");
  }
}
