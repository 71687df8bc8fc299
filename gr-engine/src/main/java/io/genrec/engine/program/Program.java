package io.genrec.engine.program;

import static java.util.Objects.requireNonNull;

import io.genrec.api.graph.Fused;
import io.genrec.api.graph.Graph;
import io.genrec.api.graph.Node;
import io.genrec.api.graph.Subgraph;
import io.genrec.api.graph.Tensor;
import io.genrec.api.graph.TensorType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.apiguardian.api.API;

/**
 * What a graph must compute for its outputs: typed inputs, steps in order, named outputs.
 * Immutable; a pass gives a new one.
 *
 * @param name the graph's name
 * @param inputs the inputs that are needed, by name
 * @param steps the operations in an order in which each finds its inputs
 * @param outputs the value behind each output's name
 * @param types the type of each output
 */
@API(status = API.Status.INTERNAL, since = "0.1")
public record Program(
    String name,
    Map<String, TensorType> inputs,
    List<Step> steps,
    Map<String, String> outputs,
    Map<String, TensorType> types) {
  /** Copies the collections, keeping their order. */
  public Program {
    inputs = Collections.unmodifiableMap(new LinkedHashMap<>(inputs));
    steps = List.copyOf(steps);
    outputs = Collections.unmodifiableMap(new LinkedHashMap<>(outputs));
    types = Collections.unmodifiableMap(new LinkedHashMap<>(types));
  }

  /**
   * Everything that a graph's outputs need, and nothing else, with equal computations made once.
   */
  public static Program of(Graph graph) {
    return of(graph, Set.of());
  }

  /**
   * The same, with kernels in the place of formulas that have the kernel's name.
   *
   * @param kernels the names of those that there are
   */
  public static Program of(Graph graph, Set<String> kernels) {
    return translate(graph, kernels)
        .after(Program::withoutRepetition)
        .after(ScatterInto::rewrite)
        .after(Program::withoutDeadCode)
        .after(Program::withNamedOutputs);
  }

  /** Every node of a graph, one step each; a formula without a kernel stands for its results. */
  static Program translate(Graph graph, Set<String> kernels) {
    Map<Tensor, String> names = new HashMap<>();
    graph.inputs().forEach((name, tensor) -> names.put(tensor, name));
    Set<Node> sources = new HashSet<>();
    graph.inputs().values().forEach(tensor -> sources.add(tensor.node()));
    List<Step> steps = new ArrayList<>();
    for (Node node : graph.nodes()) {
      if (sources.contains(node)) {
        continue;
      }
      List<Tensor> operands = node.inputs();
      if (node.op() instanceof Fused fused) {
        operands = fused.operands(node);
        if (!kernels.contains(fused.name())) {
          List<Tensor> results = fused.results(node);
          node.outputs()
              .forEach(o -> names.put(o, requireNonNull(names.get(results.get(o.index())))));
          continue;
        }
      }
      List<String> outputs = new ArrayList<>();
      for (Tensor output : node.outputs()) {
        // Inputs and outputs are not named like this.
        String name = "#" + node.index() + (node.outputs().size() == 1 ? "" : "." + output.index());
        names.put(output, name);
        outputs.add(name);
      }
      List<String> inputs =
          operands.stream().map(input -> requireNonNull(names.get(input))).toList();
      List<TensorType> types = node.outputs().stream().map(Tensor::type).toList();
      Map<String, Object> attributes = new HashMap<>(node.op().attributes());
      attributes.replaceAll(
          (key, value) ->
              value instanceof Subgraph part
                  ? new Subprogram(translate(part.graph(), kernels), part.given())
                  : value);
      steps.add(new Step(node.op().onnxName(), attributes, inputs, outputs, types, node.scope()));
    }
    Map<String, TensorType> inputs = new LinkedHashMap<>();
    graph.inputs().forEach((name, tensor) -> inputs.put(name, tensor.type()));
    Map<String, String> outputs = new LinkedHashMap<>();
    Map<String, TensorType> types = new LinkedHashMap<>();
    graph
        .outputs()
        .forEach(
            (name, tensor) -> {
              outputs.put(name, requireNonNull(names.get(tensor)));
              types.put(name, tensor.type());
            });
    return new Program(graph.name(), inputs, steps, outputs, types);
  }

  /** The program that a pass makes of this one. */
  public Program after(UnaryOperator<Program> pass) {
    return pass.apply(this);
  }

  /** A program with other steps. */
  public Program withSteps(List<Step> other) {
    return new Program(name, inputs, other, outputs, types);
  }

  /** A program with other inputs. */
  Program withInputs(Map<String, TensorType> other) {
    return new Program(name, other, steps, outputs, types);
  }

  /** A program with some of its outputs only. */
  Program withOutputs(Map<String, String> some) {
    Map<String, TensorType> left = new LinkedHashMap<>(types);
    left.keySet().retainAll(some.keySet());
    return new Program(name, inputs, steps, some, left);
  }

  /** A program of some outputs only, and what they need. */
  public Program giving(Predicate<String> wanted) {
    Map<String, String> kept = new LinkedHashMap<>(outputs);
    Map<String, TensorType> keptTypes = new LinkedHashMap<>(types);
    kept.keySet().removeIf(wanted.negate());
    keptTypes.keySet().removeIf(wanted.negate());
    return new Program(name, inputs, steps, kept, keptTypes).after(Program::withoutDeadCode);
  }

  /** Equal operations on equal inputs are done once. */
  public static Program withoutRepetition(Program program) {
    record Key(String op, Map<String, Object> attributes, List<String> inputs) {}
    Map<Key, List<String>> done = new HashMap<>();
    Map<String, String> same = new HashMap<>();
    List<Step> steps = new ArrayList<>();
    for (Step repeated : program.steps()) {
      Step step = repeated.withSubprograms(Program::withoutRepetition);
      List<String> inputs =
          step.inputs().stream().map(input -> same.getOrDefault(input, input)).toList();
      List<String> before =
          done.putIfAbsent(new Key(step.op(), step.attributes(), inputs), step.outputs());
      if (before == null) {
        steps.add(
            new Step(
                step.op(), step.attributes(), inputs, step.outputs(), step.types(), step.scope()));
        continue;
      }
      for (int i = 0; i < before.size(); i++) {
        same.put(step.outputs().get(i), before.get(i));
      }
    }
    Map<String, String> outputs = new LinkedHashMap<>();
    program.outputs().forEach((name, value) -> outputs.put(name, same.getOrDefault(value, value)));
    return new Program(program.name(), program.inputs(), steps, outputs, program.types());
  }

  /** Steps and inputs that no output needs are left out. */
  public static Program withoutDeadCode(Program program) {
    Set<String> needed = new HashSet<>(program.outputs().values());
    List<Step> steps = new ArrayList<>();
    for (int i = program.steps().size() - 1; i >= 0; i--) {
      Step step = program.steps().get(i);
      if (step.outputs().stream().anyMatch(needed::contains)) {
        Step alive = step.op().equals(Loop.OP) ? Loop.of(step).keeping(needed) : step;
        needed.addAll(alive.inputs());
        steps.add(alive);
      }
    }
    Collections.reverse(steps);
    Map<String, TensorType> inputs = new LinkedHashMap<>(program.inputs());
    inputs.keySet().retainAll(needed);
    return new Program(program.name(), inputs, steps, program.outputs(), program.types());
  }

  /** Values that are outputs get the outputs' names, so that no copy is needed at the end. */
  static Program withNamedOutputs(Program program) {
    Map<String, String> renamed = new HashMap<>();
    program
        .outputs()
        .forEach(
            (name, value) -> {
              if (!program.inputs().containsKey(value)) {
                renamed.putIfAbsent(value, name);
              }
            });
    UnaryOperator<List<String>> rename =
        values -> values.stream().map(value -> renamed.getOrDefault(value, value)).toList();
    List<Step> steps = new ArrayList<>();
    for (Step step : program.steps()) {
      steps.add(
          new Step(
                  step.op(),
                  step.attributes(),
                  rename.apply(step.inputs()),
                  rename.apply(step.outputs()),
                  step.types(),
                  step.scope())
              .withSubprograms(Program::withNamedOutputs));
    }
    Map<String, String> outputs = new LinkedHashMap<>();
    program
        .outputs()
        .forEach((name, value) -> outputs.put(name, renamed.getOrDefault(value, value)));
    return new Program(program.name(), program.inputs(), steps, outputs, program.types());
  }
}
