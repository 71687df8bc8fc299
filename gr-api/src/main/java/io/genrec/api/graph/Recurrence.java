package io.genrec.api.graph;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.apiguardian.api.API;

/**
 * The same computation step after step, each beginning with the state that the step before left:
 * what recurrent encoders are made of. Exported as ONNX's {@code Scan}.
 *
 * <pre>{@code
 * // h = tanh(x + h W) for each x of inputs [steps, batch, dim]
 * Tensor all =
 *     Recurrence.over(
 *             List.of(start), List.of(inputs), List.of(),
 *             (states, now, constants) -> {
 *               Tensor h = states.get(0);
 *               return Recurrence.Step.of(now.get(0).plus(h.matmul(w.in(h))).tanh());
 *             })
 *         .states().get(0); // [steps, batch, dim]
 * }</pre>
 *
 * <p>The steps run one after another, so whatever does not need the state belongs outside, in one
 * operation over all steps: products with the inputs before, what is made of the states after.
 *
 * <p>A gradient is a recurrence that runs backwards. It computes each step anew from the state
 * before it, so only states are kept, and it sums the gradients of parameters over the steps.
 */
@API(status = API.Status.STABLE, since = "0.1")
public final class Recurrence {
  private Recurrence() {}

  /** What one step computes, in a graph of its own. */
  @FunctionalInterface
  public interface Body {
    /**
     * Builds a step. Parameters are read as anywhere ({@code w.in(x)}); an entry that a dropout
     * site drops is dropped at every step; any other tensor from outside has to be handed over as a
     * constant.
     *
     * @param states the state before the step
     * @param inputs what this step alone is given: the inputs without their first axis
     * @param constants what all steps are given
     */
    Step step(List<Tensor> states, List<Tensor> inputs, List<Tensor> constants);
  }

  /**
   * What a step leaves.
   *
   * @param states the state after it, in the types of the state before it
   * @param outputs what else is to be kept
   */
  public record Step(List<Tensor> states, List<Tensor> outputs) {
    /** Copies the lists. */
    public Step {
      states = List.copyOf(states);
      outputs = List.copyOf(outputs);
    }

    /** A state and no outputs. */
    public static Step of(Tensor... states) {
      return new Step(List.of(states), List.of());
    }
  }

  /**
   * What all steps leave.
   *
   * @param last the state after the last step
   * @param states the state after each step: {@code [steps, ...]}
   * @param outputs the outputs of each step: {@code [steps, ...]}
   */
  public record Result(List<Tensor> last, List<Tensor> states, List<Tensor> outputs) {
    /** Copies the lists. */
    public Result {
      last = List.copyOf(last);
      states = List.copyOf(states);
      outputs = List.copyOf(outputs);
    }
  }

  /**
   * Runs a step for each entry of the inputs' first axis.
   *
   * @param initial the state before the first step
   * @param inputs at least one tensor, each {@code [steps, ...]}; a run needs at least one step,
   *     since ONNX Runtime refuses none
   * @param constants what all steps read
   * @throws ShapeException if the inputs have not the same number of steps, or a step leaves a
   *     state of another type than it began with
   */
  public static Result over(
      List<Tensor> initial, List<Tensor> inputs, List<Tensor> constants, Body body) {
    return over(initial, inputs, constants, body, false);
  }

  /** Runs the steps from the last entry to the first if reversed. */
  static Result over(
      List<Tensor> initial,
      List<Tensor> inputs,
      List<Tensor> constants,
      Body body,
      boolean reversed) {
    if (inputs.isEmpty()) {
      throw new IllegalArgumentException(
          "a recurrence needs an input: its first axis says how many steps there are");
    }
    Graph outer = inputs.get(0).graph();
    Graph inner = outer.inner("step");
    Step step =
        body.step(
            declare(inner, "state", initial.stream().map(Tensor::type).toList()),
            declare(inner, "input", inputs.stream().map(Recurrence::ofOneStep).toList()),
            declare(inner, "constant", constants.stream().map(Tensor::type).toList()));
    requireSameTypes(initial, step.states());
    name(inner, "next", step.states());
    name(inner, "states", step.states());
    name(inner, "output", step.outputs());
    List<Tensor> operands = new ArrayList<>(initial);
    operands.addAll(inputs);
    operands.addAll(constants);
    List.copyOf(inner.inputs().keySet()).stream()
        .skip(operands.size())
        .forEach(name -> operands.add(outer.likewise(inner, name)));
    int count = initial.size();
    List<Tensor> results =
        outer.add(new Scan(inner, count, inputs.size(), reversed), operands).outputs();
    return new Result(
        results.subList(0, count),
        results.subList(count, 2 * count),
        results.subList(2 * count, results.size()));
  }

  private static TensorType ofOneStep(Tensor input) {
    if (input.shape().rank() == 0) {
      throw new ShapeException("an input of a recurrence is [steps, ...] but one has no axis");
    }
    return new TensorType(input.element(), input.shape().without(0));
  }

  private static List<Tensor> declare(Graph inner, String kind, List<TensorType> types) {
    return IntStream.range(0, types.size())
        .mapToObj(i -> inner.source(kind + i, types.get(i)))
        .toList();
  }

  private static void name(Graph inner, String kind, List<Tensor> tensors) {
    IntStream.range(0, tensors.size()).forEach(i -> inner.output(kind + i, tensors.get(i)));
  }

  private static void requireSameTypes(List<Tensor> before, List<Tensor> after) {
    if (before.size() != after.size()) {
      throw new ShapeException(
          "a step begins with " + before.size() + " states but leaves " + after.size());
    }
    for (int i = 0; i < before.size(); i++) {
      if (!before.get(i).type().equals(after.get(i).type())) {
        throw new ShapeException(
            "state "
                + i
                + " begins as "
                + before.get(i).element()
                + before.get(i).shape()
                + " but a step leaves "
                + after.get(i).element()
                + after.get(i).shape()
                + "; give the first state the shape that steps leave");
      }
    }
  }
}
