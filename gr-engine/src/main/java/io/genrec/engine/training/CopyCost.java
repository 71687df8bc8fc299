package io.genrec.engine.training;

import io.genrec.api.graph.TensorType;
import io.genrec.engine.program.Program;
import java.util.Collection;
import java.util.OptionalInt;
import java.util.function.ToLongBiFunction;
import org.apiguardian.api.API;

/**
 * What it takes to copy the inputs of a {@link StepsGraph} to a device and its outputs back, once
 * for each run, as ONNX Runtime's Java interface does. A calculation from sizes: nothing is
 * measured.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public final class CopyCost {
  private static final int MOST_STEPS = 10_000;

  private final Program program;
  private final ToLongBiFunction<String, Integer> sizes;

  /**
   * The cost of a program.
   *
   * @param program of a {@link StepsGraph}
   * @param sizes the size of a named dimension in a run of so many steps, {@link StepsGraph#STEPS}
   *     apart
   */
  public CopyCost(Program program, ToLongBiFunction<String, Integer> sizes) {
    this.program = program;
    this.sizes = sizes;
  }

  /** The bytes that a run of so many steps copies, both ways together; reals take 4. */
  public long bytes(int steps) {
    return bytes(program.inputs().values(), steps) + bytes(program.types().values(), steps);
  }

  private long bytes(Collection<TensorType> types, int steps) {
    long sum = 0;
    for (TensorType type : types) {
      long entries =
          type.shape()
              .entries()
              .size(dim -> dim.equals(StepsGraph.STEPS) ? steps : sizes.applyAsLong(dim, steps));
      sum += entries * type.element().bytes();
    }
    return sum;
  }

  /**
   * The share of a run's time that copies take.
   *
   * @param stepSeconds what the device computes for one step
   * @param bytesPerSecond the speed of the link
   */
  public double share(int steps, double stepSeconds, double bytesPerSecond) {
    double copies = bytes(steps) / bytesPerSecond;
    return copies / (copies + steps * stepSeconds);
  }

  /**
   * The smallest number of steps at which copies take less than a share of the time; none if they
   * still take more at 10,000 steps.
   */
  public OptionalInt leastSteps(double below, double stepSeconds, double bytesPerSecond) {
    for (int steps = 1; steps <= MOST_STEPS; steps++) {
      if (share(steps, stepSeconds, bytesPerSecond) < below) {
        return OptionalInt.of(steps);
      }
    }
    return OptionalInt.empty();
  }
}
