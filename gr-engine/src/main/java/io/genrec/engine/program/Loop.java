package io.genrec.engine.program;

import io.genrec.api.graph.TensorType;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * A {@code Scan}. Its first outputs are the last states; each further one keeps a value of every
 * round.
 *
 * @param step the step as a whole
 * @param body one round
 * @param states how many states there are
 */
record Loop(Step step, Subprogram body, int states) {
  /** The operator. */
  static final String OP = "Scan";

  private static final String BODY = "body";
  private static final String DIRECTIONS = "scan_output_directions";

  static Loop of(Step step) {
    Subprogram body = (Subprogram) Objects.requireNonNull(step.attributes().get(BODY));
    Long inputs = (Long) Objects.requireNonNull(step.attributes().get("num_scan_inputs"));
    return new Loop(step, body, body.given() - inputs.intValue());
  }

  /** The step that keeps only what is needed, and computes and reads only what that takes. */
  Step keeping(Set<String> needed) {
    Program round = body.program();
    List<String> results = List.copyOf(round.outputs().keySet());
    List<Integer> kept =
        IntStream.range(0, results.size())
            .filter(i -> i < states || needed.contains(step.outputs().get(i)))
            .boxed()
            .toList();
    Map<String, String> values = new LinkedHashMap<>(round.outputs());
    values.keySet().retainAll(kept.stream().map(results::get).toList());
    Program alive = Program.withoutDeadCode(round.withOutputs(values));

    // What is given to each round stays, read or not.
    List<String> names = List.copyOf(round.inputs().keySet());
    List<Integer> read =
        IntStream.range(0, names.size())
            .filter(i -> i < body.given() || alive.inputs().containsKey(names.get(i)))
            .boxed()
            .toList();
    Map<String, TensorType> inputs = new LinkedHashMap<>(round.inputs());
    inputs.keySet().retainAll(read.stream().map(names::get).toList());

    Map<String, Object> attributes = new HashMap<>(step.attributes());
    attributes.put(BODY, new Subprogram(alive.withInputs(inputs), body.given()));
    attributes.computeIfPresent(
        DIRECTIONS, (key, all) -> ((List<?>) all).subList(0, kept.size() - states));
    return new Step(
        step.op(),
        attributes,
        read.stream().map(step.inputs()::get).toList(),
        kept.stream().map(step.outputs()::get).toList(),
        kept.stream().map(step.types()::get).toList(),
        step.scope());
  }
}
