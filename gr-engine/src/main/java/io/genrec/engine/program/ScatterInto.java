package io.genrec.engine.program;

import io.genrec.api.graph.Literal;
import io.genrec.api.graph.TensorType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apiguardian.api.API;

/**
 * Rows added to zeros and the result to x, written as rows added to x.
 *
 * <p>A table that is read in several places gets a gradient from each. Without this pass each is a
 * table of zeros of its own, and their sum goes over all of them.
 */
@API(status = API.Status.INTERNAL, since = "0.1")
public final class ScatterInto {
  private final Map<String, Step> makers = new HashMap<>();
  private final Map<String, TensorType> types;
  private final Map<String, Integer> uses = new HashMap<>();

  private ScatterInto(Program program) {
    types = new HashMap<>(program.inputs());
    program.outputs().values().forEach(value -> uses.merge(value, 1, Integer::sum));
    for (Step step : program.steps()) {
      step.inputs().forEach(value -> uses.merge(value, 1, Integer::sum));
    }
  }

  /** The program with such sums rewritten; what they no longer need is still there. */
  public static Program rewrite(Program program) {
    ScatterInto pass = new ScatterInto(program);
    List<Step> steps = new ArrayList<>();
    for (Step step : program.steps()) {
      Step better =
          step.op().equals("Add") ? pass.rewrite(step) : step.withSubprograms(ScatterInto::rewrite);
      steps.add(better);
      for (int i = 0; i < step.outputs().size(); i++) {
        pass.makers.put(step.outputs().get(i), better);
        pass.types.put(step.outputs().get(i), step.types().get(i));
      }
    }
    return program.withSteps(steps);
  }

  private Step rewrite(Step sum) {
    for (int side = 1; side >= 0; side--) {
      Step scatter = makers.get(sum.inputs().get(side));
      String other = sum.inputs().get(1 - side);
      if (scatter != null
          && addsToZeros(scatter)
          && uses.getOrDefault(sum.inputs().get(side), 0) == 1
          && scatter.types().get(0).equals(types.get(other))) {
        List<String> inputs = List.of(other, scatter.inputs().get(1), scatter.inputs().get(2));
        return new Step(
            scatter.op(), scatter.attributes(), inputs, sum.outputs(), sum.types(), sum.scope());
      }
    }
    return sum;
  }

  private boolean addsToZeros(Step scatter) {
    Step base = scatter.op().equals("ScatterND") ? makers.get(scatter.inputs().get(0)) : null;
    return base != null
        && base.op().equals("ConstantOfShape")
        && base.attributes().get("value") instanceof Literal value
        && value.values().get(0).doubleValue() == 0;
  }
}
