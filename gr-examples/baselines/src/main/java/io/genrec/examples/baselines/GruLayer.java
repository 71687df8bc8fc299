package io.genrec.examples.baselines;

import io.genrec.api.graph.Dropout;
import io.genrec.api.graph.Initializer;
import io.genrec.api.graph.Parameter;
import io.genrec.api.graph.Recurrence;
import io.genrec.api.graph.Scope;
import io.genrec.api.graph.Shape;
import io.genrec.api.graph.Tensor;
import java.util.List;

/**
 * One layer of gated recurrent units (arXiv 1406.1078, with the reset gate after the product):
 *
 * <pre>
 *   r, z = sigmoid(x W + h U + b)      the first two thirds of W, U, b
 *   n    = tanh(x W + b + r * (h U + c))       the last third
 *   h'   = n + z * (h - n)
 * </pre>
 */
final class GruLayer {
  private final int width;
  private final Parameter input;
  private final Parameter inputBias;
  private final Parameter state;
  private final Parameter resetBias;
  private final Dropout dropout;

  GruLayer(Scope scope, int inputWidth, int width, double rate) {
    this.width = width;
    Initializer uniform = Initializer.uniform(1 / Math.sqrt(width));
    input = scope.parameter("w", uniform, inputWidth, 3L * width);
    inputBias = scope.parameter("b", uniform, 3L * width);
    state = scope.parameter("u", uniform, width, 3L * width);
    resetBias = scope.parameter("c", uniform, width);
    dropout = scope.dropout("out", rate);
  }

  /** The state after each step: {@code [steps, batch, inputs]} to {@code [steps, batch, width]}. */
  Tensor apply(Tensor x) {
    Tensor start = x.graph().zeros(Shape.of(x.dim(1), width));
    // What the state has no part in is done for all steps at once.
    List<Tensor> inputs = x.matmul(input.in(x)).plus(inputBias.in(x)).split(-1, 2L * width, width);
    Recurrence.Result result =
        Recurrence.over(
            List.of(start),
            inputs,
            List.of(),
            (states, now, constants) -> Recurrence.Step.of(step(states.get(0), now)));
    return dropout.apply(result.states().get(0));
  }

  private Tensor step(Tensor h, List<Tensor> inputs) {
    List<Tensor> products = h.matmul(state.in(h)).split(-1, 2L * width, width);
    List<Tensor> gates = inputs.get(0).plus(products.get(0)).sigmoid().split(-1, width, width);
    Tensor kept = gates.get(0).times(products.get(1).plus(resetBias.in(h)));
    Tensor n = inputs.get(1).plus(kept).tanh();
    return n.plus(gates.get(1).times(h.minus(n)));
  }
}
