package io.genrec.engine.program;

import io.genrec.api.graph.Dim;
import io.genrec.api.graph.ElementType;
import io.genrec.api.graph.Literal;
import io.genrec.api.graph.Shape;
import io.genrec.api.graph.TensorType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * A training program that keeps no matrix of pairs for its gradient: scores, biases and weights of
 * attention, {@code [batch, .., length, length]}, are computed again when the gradient comes back
 * to them, by the same operations on the same operands, so to the same bits.
 *
 * <p>What is computed again must not be merged with what was computed first, nor begin before it is
 * needed. So the first operand of each chain takes a shape that is its own plus 0 times a size of
 * the gradient that came: nobody can know that number before.
 */
@API(status = API.Status.INTERNAL, since = "0.1")
public final class Recompute {
  private static final String GRADIENT = "gradient/";
  private static final String ZERO = "#again/zero";
  private static final String FIRST = "#again/first";

  private final Program program;
  private final Map<String, Step> makers = new HashMap<>();
  private final Map<String, TensorType> types = new HashMap<>();
  private final List<Step> steps = new ArrayList<>();

  /** What each part of the gradient has computed again. */
  private final Map<String, Map<String, String>> again = new HashMap<>();

  private @Nullable String latest;

  private Recompute(Program program) {
    this.program = program;
    types.putAll(program.inputs());
    for (Step step : program.steps()) {
      for (int i = 0; i < step.outputs().size(); i++) {
        makers.put(step.outputs().get(i), step);
        types.put(step.outputs().get(i), step.types().get(i));
      }
    }
  }

  /** The pass; leaves programs alone that have no gradient of pairs. */
  public static Program rewrite(Program program) {
    return new Recompute(program).rewritten();
  }

  private Program rewritten() {
    steps.add(constant(ZERO));
    steps.add(constant(FIRST));
    for (Step step : program.steps()) {
      if (!isGradient(step)) {
        steps.add(step);
        continue;
      }
      List<String> inputs =
          step.inputs().stream()
              .map(input -> isKept(input) && latest != null ? again(input, step.scope()) : input)
              .toList();
      steps.add(with(step, inputs, step.outputs()));
      latest = step.outputs().get(0);
    }
    return Program.withoutDeadCode(program.withSteps(steps));
  }

  private static boolean isGradient(Step step) {
    return step.scope().startsWith(GRADIENT);
  }

  /** Whether this is a real value of pairs of each sequence, made on the way forward. */
  private boolean isKept(String value) {
    Step maker = makers.get(value);
    if (maker == null || isGradient(maker)) {
      return false;
    }
    TensorType type = Objects.requireNonNull(types.get(value));
    List<Dim> dims = type.shape().dims();
    return type.element() == ElementType.FLOAT
        && dims.size() > 2
        && !dims.get(0).equals(Dim.ONE)
        && dims.stream().anyMatch(dim -> dim.isName() && Collections.frequency(dims, dim) > 1);
  }

  private String again(String value, String scope) {
    Map<String, String> own = again.computeIfAbsent(scope, name -> new HashMap<>());
    String done = own.get(value);
    if (done != null) {
      return done;
    }
    Step maker = Objects.requireNonNull(makers.get(value));
    boolean begins = maker.inputs().stream().noneMatch(this::isKept);
    List<String> inputs = new ArrayList<>();
    for (int i = 0; i < maker.inputs().size(); i++) {
      String input = maker.inputs().get(i);
      boolean first = begins && i == 0;
      inputs.add(isKept(input) ? again(input, scope) : first ? late(input, scope, own) : input);
    }
    List<String> outputs = new ArrayList<>();
    for (String output : maker.outputs()) {
      outputs.add("#again/" + scope + "/" + output);
      own.put(output, outputs.get(outputs.size() - 1));
    }
    steps.add(with(maker, inputs, outputs));
    return Objects.requireNonNull(own.get(value));
  }

  /** The same value, which nobody can have before the latest gradient. */
  private String late(String value, String scope, Map<String, String> own) {
    String known = own.get("late " + value);
    if (known != null) {
      return known;
    }
    String name = "#late/" + scope + "/" + value;
    TensorType type = Objects.requireNonNull(types.get(value));
    TensorType number = new TensorType(ElementType.INT64, Shape.SCALAR);
    TensorType sizes = new TensorType(ElementType.INT64, Shape.of((long) type.shape().rank()));
    String trigger = Objects.requireNonNull(latest);
    long rank = Objects.requireNonNull(types.get(trigger)).shape().rank();
    TensorType triggers = new TensorType(ElementType.INT64, Shape.of(rank));
    add("Shape", List.of(trigger), name + ".trigger", triggers, scope);
    add("Gather", List.of(name + ".trigger", FIRST), name + ".size", number, scope);
    add("Mul", List.of(name + ".size", ZERO), name + ".zero", number, scope);
    add("Shape", List.of(value), name + ".shape", sizes, scope);
    add("Add", List.of(name + ".shape", name + ".zero"), name + ".same", sizes, scope);
    add("Reshape", List.of(value, name + ".same"), name, type, scope);
    own.put("late " + value, name);
    return name;
  }

  private void add(String op, List<String> inputs, String output, TensorType type, String scope) {
    steps.add(new Step(op, Map.of(), inputs, List.of(output), List.of(type), scope));
  }

  private static Step constant(String name) {
    Literal zero = new Literal(new TensorType(ElementType.INT64, Shape.SCALAR), List.of(0L));
    return new Step(
        "Constant", Map.of("value", zero), List.of(), List.of(name), List.of(zero.type()), "");
  }

  private static Step with(Step step, List<String> inputs, List<String> outputs) {
    return new Step(step.op(), step.attributes(), inputs, outputs, step.types(), step.scope());
  }
}
