package io.genrec.engine.program;

import static io.genrec.api.graph.ElementType.FLOAT;

import io.genrec.api.graph.TensorType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apiguardian.api.API;

/**
 * Mixed precision: operands and results of matrix products are rounded to bfloat16 (8 bits of
 * mantissa, the range of 32-bit reals); all other values, sums within products among them, have 32
 * bits. Products of a loss, those in the scope {@value #LOSS} and its gradient, are left alone.
 *
 * <p>Where products of bfloat16 have no kernels, as on the processor, {@link #emulate} multiplies
 * rounded operands in 32 bits: the same values but for the order of sums, and no faster than
 * without. {@link #rewrite} multiplies bfloat16 itself, for CUDA.
 */
@API(status = API.Status.INTERNAL, since = "0.1")
public final class Bfloat16 {
  /** The scope of a loss. */
  public static final String LOSS = "loss";

  private static final String TO = "to";

  /** How ONNX numbers bfloat16; it is never the type of a graph's inputs or outputs. */
  private static final long NUMBER = 16;

  private final boolean emulated;
  private final List<Step> steps = new ArrayList<>();
  private final Map<String, String> rounded = new HashMap<>();

  private Bfloat16(boolean emulated) {
    this.emulated = emulated;
  }

  /** The program with products of rounded operands in 32 bits; runs everywhere. */
  public static Program emulate(Program program) {
    return new Bfloat16(true).apply(program);
  }

  /** The program with products of bfloat16, between casts; for CUDA. */
  public static Program rewrite(Program program) {
    return new Bfloat16(false).apply(program);
  }

  private Program apply(Program program) {
    for (Step step : program.steps()) {
      if (step.op().equals("MatMul")
          && step.types().get(0).element() == FLOAT
          && !Arrays.asList(step.scope().split("/", -1)).contains(LOSS)) {
        product(step);
      } else {
        steps.add(step.withSubprograms(part -> new Bfloat16(emulated).apply(part)));
      }
    }
    return program.withSteps(steps);
  }

  private void product(Step step) {
    String output = step.outputs().get(0);
    TensorType type = step.types().get(0);
    List<String> operands = step.inputs().stream().map(input -> rounded(step, input)).toList();
    String product = output + "#product";
    steps.add(
        new Step(
            step.op(), step.attributes(), operands, List.of(product), step.types(), step.scope()));
    String narrow = emulated ? cast(step, product, NUMBER, output + "#narrow", type) : product;
    cast(step, narrow, FLOAT, output, type);
  }

  /** An operand in bfloat16, or its values in 32 bits. */
  private String rounded(Step step, String operand) {
    return rounded.computeIfAbsent(
        operand,
        name -> {
          // Of operands nobody asks the shape.
          TensorType type = step.types().get(0);
          String narrow = cast(step, name, NUMBER, name + "#bfloat16", type);
          return emulated ? cast(step, narrow, FLOAT, name + "#rounded", type) : narrow;
        });
  }

  private String cast(Step origin, String from, Object to, String output, TensorType type) {
    steps.add(
        new Step(
            "Cast", Map.of(TO, to), List.of(from), List.of(output), List.of(type), origin.scope()));
    return output;
  }
}
