package io.genrec.engine.program;

import io.genrec.api.graph.ElementType;
import io.genrec.api.graph.Literal;
import io.genrec.api.graph.Shape;
import io.genrec.api.graph.TensorType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apiguardian.api.API;

/**
 * Row additions by {@code ScatterElements} in place of {@code ScatterND}.
 *
 * <p>ONNX Runtime's CPU {@code ScatterND(add)} sums repeated indices wrongly with more than one
 * intra-op thread. {@code ScatterElements(add)} is always right, but slower, so this pass is for
 * sessions with several threads only.
 */
@API(status = API.Status.INTERNAL, since = "0.1")
public final class SafeScatter {
  private SafeScatter() {}

  /** The program with each row addition rewritten. */
  public static Program rewrite(Program program) {
    List<Step> steps = new ArrayList<>();
    for (Step step : program.steps()) {
      if (step.op().equals("ScatterND")) {
        rewrite(step, steps);
      } else {
        steps.add(step.withSubprograms(SafeScatter::rewrite));
      }
    }
    return program.withSteps(steps);
  }

  /**
   * Indices [n, 1] are stretched to the updates' shape [n, ...]: every entry of a row gets the
   * row's index.
   */
  private static void rewrite(Step scatter, List<Step> steps) {
    String base = scatter.outputs().get(0);
    String data = scatter.inputs().get(0);
    String updates = scatter.inputs().get(2);
    TensorType type = scatter.types().get(0);
    String ids = scatter.inputs().get(1);
    String sizes = base + "#sizes";
    int rank = type.shape().rank();
    TensorType indexType = new TensorType(ElementType.INT64, type.shape());
    steps.add(
        step(
            "Shape",
            Map.of(),
            List.of(updates),
            sizes,
            new TensorType(ElementType.INT64, Shape.of(rank)),
            scatter));
    if (rank != 2) {
      Long[] shape = new Long[rank];
      java.util.Arrays.fill(shape, 1L);
      shape[0] = -1L;
      TensorType shapeType = new TensorType(ElementType.INT64, Shape.of(rank));
      steps.add(
          step(
              "Constant",
              Map.of("value", new Literal(shapeType, List.of(shape))),
              List.of(),
              base + "#column",
              shapeType,
              scatter));
      steps.add(
          step(
              "Reshape",
              Map.of(),
              List.of(ids, base + "#column"),
              base + "#ids",
              indexType,
              scatter));
      ids = base + "#ids";
    }
    if (rank > 1) {
      steps.add(step("Expand", Map.of(), List.of(ids, sizes), base + "#index", indexType, scatter));
      ids = base + "#index";
    }
    steps.add(
        step(
            "ScatterElements",
            Map.of("axis", 0L, "reduction", "add"),
            List.of(data, ids, updates),
            base,
            type,
            scatter));
  }

  private static Step step(
      String op,
      Map<String, Object> attributes,
      List<String> inputs,
      String output,
      TensorType type,
      Step origin) {
    return new Step(op, attributes, inputs, List.of(output), List.of(type), origin.scope());
  }
}
