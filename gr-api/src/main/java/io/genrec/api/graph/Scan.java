package io.genrec.api.graph;

import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A recurrence as one node. Operands: the initial states, the inputs {@code [steps, ...]}, and what
 * all steps read. Outputs: the last states, the states after each step, the outputs of each step.
 *
 * @param body one step, with an input for each operand; its outputs are the states, the states
 *     again (to be kept), and what else is kept
 * @param states the number of states
 * @param inputs the number of inputs
 * @param reversed whether the steps run from the last entry to the first
 */
record Scan(Graph body, int states, int inputs, boolean reversed) implements Op {
  @Override
  public List<TensorType> infer(List<Tensor> operands) {
    Dim steps = operands.get(states).dim(0);
    for (Tensor input : operands.subList(states, states + inputs)) {
      if (!input.dim(0).equals(steps)) {
        throw new ShapeException("one input has " + steps + " steps, another " + input.dim(0));
      }
    }
    List<Tensor> results = List.copyOf(body.outputs().values());
    return IntStream.range(0, results.size())
        .mapToObj(i -> i < states ? results.get(i).type() : ofAllSteps(results.get(i), steps))
        .toList();
  }

  private static TensorType ofAllSteps(Tensor result, Dim steps) {
    return new TensorType(result.element(), result.shape().insert(0, steps));
  }

  @Override
  public Map<String, Object> attributes() {
    Map<String, Object> attributes = new HashMap<>();
    attributes.put("body", new Subgraph(body, states + inputs));
    attributes.put("num_scan_inputs", (long) inputs);
    if (reversed) {
      attributes.put("scan_input_directions", Collections.nCopies(inputs, 1L));
      int kept = body.outputs().size() - states;
      attributes.put("scan_output_directions", Collections.nCopies(kept, 1L));
    }
    return attributes;
  }

  @Override
  public List<@Nullable Tensor> gradient(Node node, List<@Nullable Tensor> gradients) {
    return new ScanGradient(this, node, gradients).byOperand();
  }
}
