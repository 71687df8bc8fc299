package io.genrec.engine.program;

import io.genrec.api.graph.Dim;
import io.genrec.api.graph.ElementType;
import io.genrec.api.graph.Literal;
import io.genrec.api.graph.Shape;
import io.genrec.api.graph.TensorType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apiguardian.api.API;

/**
 * Operators whose CPU kernels are not exact in 64 bits, written with others that are.
 *
 * <p>ONNX's {@code LayerNormalization} gives its mean and deviation in 32 bits unless told
 * otherwise, and {@code Cos} has no 64-bit kernel on the CPU. {@code Erf} has none either and is
 * left as it is: a graph that needs it does not compile in 64 bits.
 *
 * <p>In 32 bits the CPU's {@code LayerNormalization} is exact but slow: it divides once for each
 * entry, one after another. {@link #norms} writes it out for speed.
 */
@API(status = API.Status.INTERNAL, since = "0.1")
public final class WideReals {
  private final List<Step> steps = new ArrayList<>();

  private WideReals() {}

  /** The program with such operators written out. */
  public static Program rewrite(Program program) {
    WideReals pass = new WideReals();
    for (Step step : norms(program).steps()) {
      if (step.op().equals("Cos")) {
        pass.cosine(step);
      } else {
        pass.steps.add(step.withSubprograms(WideReals::rewrite));
      }
    }
    return program.withSteps(pass.steps);
  }

  /** The program with layer normalisations written out. */
  public static Program norms(Program program) {
    WideReals pass = new WideReals();
    for (Step step : program.steps()) {
      if (step.op().equals("LayerNormalization")) {
        pass.layerNormalization(step);
      } else {
        pass.steps.add(step.withSubprograms(WideReals::norms));
      }
    }
    return program.withSteps(pass.steps);
  }

  /** (x - mean) / sqrt(mean((x - mean)^2) + epsilon) * scale, over the last axis. */
  private void layerNormalization(Step step) {
    String base = step.outputs().get(0);
    String x = step.inputs().get(0);
    String mean = step.outputs().get(1);
    String inverse = step.outputs().get(2);
    TensorType full = step.types().get(0);
    TensorType row = new TensorType(ElementType.FLOAT, full.shape().with(-1, Dim.ONE));
    Map<String, Object> last = Map.of("axes", List.of(-1L), "keepdims", 1L);
    double epsilon = ((Number) step.attributes().getOrDefault("epsilon", 1e-5f)).doubleValue();
    add(step, "ReduceMean", last, List.of(x), mean, row);
    String centred = add(step, "Sub", List.of(x, mean), base + "#centred", full);
    String square = add(step, "Mul", List.of(centred, centred), base + "#square", full);
    String variance = add(step, "ReduceMean", last, List.of(square), base + "#variance", row);
    String shift = constant(step, epsilon, base + "#epsilon");
    String shifted = add(step, "Add", List.of(variance, shift), base + "#shifted", row);
    String deviation = add(step, "Sqrt", List.of(shifted), base + "#deviation", row);
    add(step, "Reciprocal", List.of(deviation), inverse, row);
    String normal = add(step, "Mul", List.of(centred, inverse), base + "#normal", full);
    add(step, "Mul", List.of(normal, step.inputs().get(1)), base, full);
  }

  /** sin(x + pi/2). */
  private void cosine(Step step) {
    String y = step.outputs().get(0);
    TensorType type = step.types().get(0);
    String quarter = constant(step, Math.PI / 2, y + "#quarter");
    String shifted = add(step, "Add", List.of(step.inputs().get(0), quarter), y + "#shifted", type);
    add(step, "Sin", List.of(shifted), y, type);
  }

  private String constant(Step origin, double value, String output) {
    TensorType type = new TensorType(ElementType.FLOAT, Shape.SCALAR);
    return add(
        origin,
        "Constant",
        Map.of("value", new Literal(type, List.of(value))),
        List.of(),
        output,
        type);
  }

  private String add(Step origin, String op, List<String> inputs, String output, TensorType type) {
    return add(origin, op, Map.of(), inputs, output, type);
  }

  private String add(
      Step origin,
      String op,
      Map<String, Object> attributes,
      List<String> inputs,
      String output,
      TensorType type) {
    steps.add(new Step(op, attributes, inputs, List.of(output), List.of(type), origin.scope()));
    return output;
  }
}
