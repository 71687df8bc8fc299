package io.genrec.engine.training;

import static java.util.Objects.requireNonNull;

import io.genrec.api.graph.Dim;
import io.genrec.api.graph.Graph;
import io.genrec.api.graph.Parameter;
import io.genrec.api.graph.Recurrence;
import io.genrec.api.graph.Tensor;
import io.genrec.api.graph.TensorType;
import io.genrec.engine.model.Model;
import io.genrec.engine.optimizer.StepFormula;
import io.genrec.engine.program.Program;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apiguardian.api.API;

/**
 * The graph of several optimizer steps. On a device each run copies its inputs there and its
 * outputs back; here parameters and moments go in and out once for all steps of a run.
 *
 * <p>It is a {@link Recurrence}, one round for each step, whose states are parameters and moments
 * and whose inputs are the batches, one behind the other. ONNX has two operators for that: {@code
 * Scan} hands each round a view of its batch and knows the number of rounds; {@code Loop} would
 * have to copy the batch out by index and to ask the host after each round whether to go on.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public final class StepsGraph {
  /** The dimension of steps, the first one of what differs from step to step. */
  public static final String STEPS = "steps";

  /** What the names of values and moments begin with as outputs; their names as inputs follow. */
  public static final String AFTER = "after/";

  /** The losses' sums: {@code [steps]}. */
  public static final String LOSS = Model.LOSS;

  /** The gradients' norms before clipping: {@code [steps]}. */
  public static final String NORM = "norm";

  private StepsGraph() {}

  /**
   * Makes it.
   *
   * @param step a training step's graph, as {@link Model#training} gives it
   * @param formula the optimizer's step
   * @return a graph whose inputs are the parameters and moments, and with an axis of steps in front
   *     the other inputs of the step's graph and of the formula; its outputs are {@link #LOSS},
   *     {@link #NORM}, and the values and moments {@link #AFTER} the last step
   */
  public static Graph of(Graph step, StepFormula formula) {
    Graph graph = Graph.training(step.name() + "-steps");
    step.limits().forEach(graph::limit);
    List<String> states = List.copyOf(formula.state().keySet());
    List<Tensor> initial = new ArrayList<>();
    formula
        .state()
        .forEach(
            (name, type) -> {
              Parameter parameter = step.parameters().get(name);
              initial.add(
                  parameter != null
                      ? parameter.in(graph)
                      : graph.input(name, type.element(), type.shape().dims().toArray()));
            });
    Map<String, TensorType> perStep = new LinkedHashMap<>(Program.of(step).inputs());
    perStep.keySet().removeAll(step.parameters().keySet());
    perStep.putAll(formula.inputs());
    List<Tensor> inputs = new ArrayList<>();
    perStep.forEach(
        (name, type) ->
            inputs.add(
                graph.input(
                    name, type.element(), type.shape().insert(0, Dim.of(STEPS)).dims().toArray())));
    Recurrence.Result result =
        Recurrence.over(
            initial,
            inputs,
            List.of(),
            (state, input, constants) ->
                round(step, formula, named(states, state), named(perStep.keySet(), input)));
    graph.output(LOSS, result.outputs().get(0));
    graph.output(NORM, result.outputs().get(1));
    for (int i = 0; i < states.size(); i++) {
      graph.output(AFTER + states.get(i), result.last().get(i));
    }
    return graph;
  }

  private static Map<String, Tensor> named(Iterable<String> names, List<Tensor> tensors) {
    Map<String, Tensor> named = new LinkedHashMap<>();
    names.forEach(name -> named.put(name, tensors.get(named.size())));
    return named;
  }

  private static Recurrence.Step round(
      Graph step, StepFormula formula, Map<String, Tensor> state, Map<String, Tensor> inputs) {
    Graph round = inputs.values().iterator().next().graph();
    Map<Tensor, Tensor> given = new LinkedHashMap<>();
    step.inputs()
        .forEach(
            (name, tensor) -> {
              Parameter parameter = step.parameters().get(name);
              if (state.containsKey(name)) {
                given.put(tensor, requireNonNull(state.get(name)));
              } else if (inputs.containsKey(name)) {
                given.put(tensor, requireNonNull(inputs.get(name)));
              } else if (parameter != null) {
                given.put(tensor, parameter.in(round));
              }
            });
    List<String> trained = state.keySet().stream().filter(step.parameters()::containsKey).toList();
    List<Tensor> wanted = new ArrayList<>();
    wanted.add(requireNonNull(step.outputs().get(Model.LOSS)));
    trained.forEach(
        name -> wanted.add(requireNonNull(step.outputs().get(Model.GRADIENT + name), name)));
    List<Tensor> made = step.copyInto(round, given, wanted);
    StepFormula.After after =
        formula.step(state, named(trained, made.subList(1, made.size())), inputs);
    return new Recurrence.Step(
        state.keySet().stream().map(name -> requireNonNull(after.state().get(name))).toList(),
        List.of(made.get(0), after.norm()));
  }
}
