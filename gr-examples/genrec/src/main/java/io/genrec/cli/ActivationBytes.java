package io.genrec.cli;

import io.genrec.api.graph.TensorType;
import io.genrec.engine.program.Program;
import io.genrec.engine.program.Step;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ToLongFunction;

/**
 * How much memory a program's intermediate values need: the most bytes of those that are made and
 * still read later, in the order of its operations. Inputs, parameters among them, and outputs,
 * gradients among them, are the caller's memory and do not count. Nor does what an operator, a
 * kernel or a loop holds within itself. No operator is taken to write over its operands, as ONNX
 * Runtime lets some.
 */
final class ActivationBytes {
  /** Their results are the same memory under another shape. */
  private static final Set<String> VIEWS = Set.of("Reshape", "Squeeze", "Unsqueeze", "Identity");

  private ActivationBytes() {}

  /**
   * Counts.
   *
   * @param sizes of named dimensions
   */
  static long peak(Program program, ToLongFunction<String> sizes) {
    List<Step> steps = program.steps();
    Map<String, String> owners = owners(steps);
    Map<String, Integer> lastUse = new HashMap<>();
    for (int i = 0; i < steps.size(); i++) {
      for (String input : steps.get(i).inputs()) {
        lastUse.put(owners.getOrDefault(input, input), i);
      }
    }
    Set<String> given = new HashSet<>(program.outputs().values());
    Map<String, Long> alive = new HashMap<>();
    long held = 0;
    long most = 0;
    for (int i = 0; i < steps.size(); i++) {
      Step step = steps.get(i);
      for (int output = 0; output < step.outputs().size(); output++) {
        String name = step.outputs().get(output);
        if (!given.contains(name) && !owners.containsKey(name)) {
          long bytes = bytes(step.types().get(output), sizes);
          alive.put(name, bytes);
          held += bytes;
        }
      }
      most = Math.max(most, held);
      Set<String> seen = new HashSet<>(step.inputs());
      seen.addAll(step.outputs());
      for (String name : seen) {
        String owner = owners.getOrDefault(name, name);
        if (lastUse.getOrDefault(owner, i) <= i) {
          Long bytes = alive.remove(owner);
          held -= bytes == null ? 0 : bytes;
        }
      }
    }
    return most;
  }

  /** Whose memory each view shows. */
  private static Map<String, String> owners(List<Step> steps) {
    Map<String, String> owners = new HashMap<>();
    for (Step step : steps) {
      if (VIEWS.contains(step.op())) {
        String seen = step.inputs().get(0);
        owners.put(step.outputs().get(0), owners.getOrDefault(seen, seen));
      }
    }
    return owners;
  }

  private static long bytes(TensorType type, ToLongFunction<String> sizes) {
    return type.element().bytes() * type.shape().entries().size(sizes);
  }
}
