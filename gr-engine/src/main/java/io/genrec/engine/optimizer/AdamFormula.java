package io.genrec.engine.optimizer;

import io.genrec.api.graph.Tensor;
import java.util.List;

/**
 * {@link AdamRule}'s arithmetic as nodes of a graph: the same operations in the same order, so that
 * equal gradients give equal bits.
 */
final class AdamFormula {
  /** An entry's or row's value and moments. */
  record State(Tensor value, Tensor first, Tensor second) {
    List<Tensor> tensors() {
      return List.of(value, first, second);
    }
  }

  /** {@link AdamRule.Step} as numbers of the graph. */
  record Step(Tensor decay, Tensor size, Tensor correction) {
    /** Of {@code [3]}. */
    static Step of(Tensor numbers) {
      List<Tensor> each = numbers.split(0, 1, 1, 1);
      return new Step(each.get(0).squeeze(0), each.get(1).squeeze(0), each.get(2).squeeze(0));
    }
  }

  private final double beta1;
  private final double beta2;
  private final double epsilon;

  AdamFormula(OptimizerConfig config) {
    this.beta1 = config.beta1();
    this.beta2 = config.beta2();
    this.epsilon = config.epsilon();
  }

  /** A step of every entry; g holds gradients, in the values' shape. */
  State entries(State before, Tensor g, Step step) {
    Tensor first = first(before, g);
    Tensor second =
        floored(before.second().times(beta2).plus(g.times(1 - beta2).times(g)), AdamRule.FLOOR_V);
    return new State(moved(before, first, second, step), first, second);
  }

  /** A step of every row; g is {@code [rows, dim]}, the second moments {@code [rows]}. */
  State rows(State before, Tensor g, Step step) {
    Tensor first = first(before, g);
    Tensor squares = g.square().mean(-1);
    Tensor second = before.second().unsqueeze(1).times(beta2).plus(squares.times(1 - beta2));
    return new State(moved(before, first, second, step), first, second.squeeze(1));
  }

  private Tensor first(State before, Tensor g) {
    return floored(before.first().times(beta1).plus(g.times(1 - beta1)), AdamRule.FLOOR_M);
  }

  private Tensor moved(State before, Tensor first, Tensor second, Step step) {
    Tensor quotient = first.dividedBy(second.sqrt().times(step.correction()).plus(epsilon));
    return before.value().times(step.decay()).minus(quotient.times(step.size()));
  }

  private static Tensor floored(Tensor moment, double floor) {
    return moment.plus(floor).minus(floor);
  }

  /**
   * The state after a step for some rows and that before it for the others.
   *
   * @param some truth values, {@code [rows]}
   */
  static State where(Tensor some, State after, State before) {
    Tensor column = some.unsqueeze(1);
    boolean perRow = before.second().shape().rank() == 1;
    return new State(
        column.where(after.value(), before.value()),
        column.where(after.first(), before.first()),
        (perRow ? some : column).where(after.second(), before.second()));
  }
}
