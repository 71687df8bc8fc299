package io.genrec.engine.runtime;

import io.genrec.api.graph.Graph;
import io.genrec.engine.onnx.Precision;
import io.genrec.engine.program.Program;
import io.genrec.engine.program.Recompute;
import java.util.Optional;
import java.util.Set;
import org.apiguardian.api.API;

/**
 * How a graph is compiled.
 *
 * @param device where it runs
 * @param threads the threads that share the work of one operator on the processor
 * @param precision the width of its reals
 * @param kernels compiled kernels for named formulas; used on the processor with 32 bits only
 * @param recompute whether gradients compute matrices of pairs again in place of keeping them
 */
@API(status = API.Status.STABLE, since = "0.1")
public record SessionSettings(
    Device device,
    int threads,
    Precision precision,
    Optional<NativeKernels> kernels,
    boolean recompute) {
  /** Checks the number of threads. */
  public SessionSettings {
    if (threads < 1) {
      throw new IllegalArgumentException("threads must be at least 1 but is " + threads);
    }
  }

  /** Without compiled kernels. */
  public SessionSettings(Device device, int threads, Precision precision) {
    this(device, threads, precision, Optional.empty(), false);
  }

  /** One thread on the processor, 32 bits: each worker brings its own thread. */
  public static SessionSettings cpu() {
    return new SessionSettings(Device.CPU, 1, Precision.FLOAT32);
  }

  /** One thread, 32 bits, on a device. */
  public static SessionSettings on(Device device) {
    return new SessionSettings(device, 1, Precision.FLOAT32);
  }

  /** The same with another number of threads. */
  public SessionSettings threads(int count) {
    return new SessionSettings(device, count, precision, kernels, recompute);
  }

  /** The same with reals of another width. */
  public SessionSettings precision(Precision other) {
    return new SessionSettings(device, threads, other, kernels, recompute);
  }

  /** The same with compiled kernels. */
  public SessionSettings kernels(Optional<NativeKernels> some) {
    return new SessionSettings(device, threads, precision, some, recompute);
  }

  /** The same with matrices of pairs computed again or kept. */
  public SessionSettings recompute(boolean again) {
    return new SessionSettings(device, threads, precision, kernels, again);
  }

  /** What a session runs of a graph: kernels in the place of the formulas that they stand for. */
  public Program program(Graph graph) {
    Program program = Program.of(graph, usable().isPresent() ? NativeKernels.NAMES : Set.of());
    return recompute ? Recompute.rewrite(program) : program;
  }

  /** The kernels that can be used with these settings. */
  Optional<NativeKernels> usable() {
    return device.cuda() || precision != Precision.FLOAT32 ? Optional.empty() : kernels;
  }
}
