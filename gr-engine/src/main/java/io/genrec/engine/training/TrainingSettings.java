package io.genrec.engine.training;

import io.genrec.api.config.Default;
import io.genrec.engine.onnx.Precision;
import io.genrec.engine.runtime.Device;
import io.genrec.engine.runtime.NativeKernels;
import io.genrec.engine.runtime.SessionSettings;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * How a model is trained, apart from the optimizer.
 *
 * @param batch sequences of a logical batch: one optimizer step
 * @param microBatchTokens the most tokens, padding included, that a worker runs at once; a longer
 *     sequence runs alone
 * @param workers how many micro-batches run at a time, each with one thread; the results do not
 *     depend on it. Runs take at most as many as there are processors: two on one processor only
 *     displace each other's data from its caches
 * @param lengthStep padded lengths are multiples of this, so that few different shapes occur
 * @param compactTables whether a micro-batch is given only the table rows that it names, as for
 *     tables that are larger than the device's memory; by default it is given whole tables
 * @param kernels whether compiled kernels compute what they are there for; results agree to
 *     rounding, not in every bit
 * @param stochasticLength how long histories are cut in training; absent: they are not
 * @param stepsPerRun how many optimizer steps one run of the graph makes, for devices that
 *     parameters and moments are copied to and from; above 1 the optimizer is part of the graph and
 *     a batch is one micro-batch. Results agree to rounding
 * @param precision how exact matrix products are
 * @param order in which order examples are trained
 * @param recompute whether gradients compute the matrices of pairs of tokens again, which attention
 *     without a kernel makes, in place of keeping them: less memory for more time, the same bits
 * @param epochSteps an epoch is at most so many optimizer steps, each epoch of another random order
 *     of all examples, so that it ends and is evaluated before all have had their turn; absent: an
 *     epoch is a pass
 */
@API(status = API.Status.STABLE, since = "0.1")
public record TrainingSettings(
    @Default("128") int batch,
    @Default("1024") int microBatchTokens,
    @Default("2") int workers,
    @Default("8") int lengthStep,
    @Default("false") boolean compactTables,
    @Default("auto") NativeKernels.Use kernels,
    @Nullable StochasticLength stochasticLength,
    @Default("1") int stepsPerRun,
    @Default("fp32") Arithmetic precision,
    @Default("shuffled") Order order,
    @Default("false") boolean recompute,
    @Nullable Integer epochSteps) {
  /** In which order examples are trained. */
  public enum Order {
    /** In a random order, another one in each pass. */
    SHUFFLED,
    /**
     * By the time of each example's last event, examples of one time in the order of the data: the
     * one pass of a model that learns from a stream (HSTU paper, section 4.1.1).
     */
    STREAM
  }

  /** How exact matrix products are. */
  public enum Arithmetic {
    /** 32 bits everywhere. */
    FP32(Precision.FLOAT32),
    /**
     * Operands and results of matrix products are rounded to bfloat16, forward and backward; the
     * loss, parameters, gradients and the optimizer have 32 bits. Compiled kernels take no part.
     */
    BF16(Precision.BFLOAT16);

    private final Precision reals;

    Arithmetic(Precision reals) {
      this.reals = reals;
    }

    /** How training's graphs are compiled. */
    public Precision reals() {
      return reals;
    }
  }

  /** Checks the values. */
  public TrainingSettings {
    requirePositive("batch", batch);
    requirePositive("microBatchTokens", microBatchTokens);
    requirePositive("workers", workers);
    requirePositive("lengthStep", lengthStep);
    requirePositive("stepsPerRun", stepsPerRun);
    if (epochSteps != null) {
      requirePositive("epochSteps", epochSteps);
      if (order == Order.STREAM) {
        throw new IllegalArgumentException(
            "epochSteps must be left out where order is \"stream\", which passes once");
      }
    }
    if (precision == Arithmetic.BF16 && kernels == NativeKernels.Use.NATIVE) {
      throw new IllegalArgumentException(
          "kernels compute in 32 bits; with precision \"bf16\" set kernels to \"auto\" or"
              + " \"onnx\"");
    }
    if (precision == Arithmetic.BF16 && stepsPerRun > 1) {
      throw new IllegalArgumentException(
          "steps of one run are made in 32 bits; with precision \"bf16\" set stepsPerRun to 1");
    }
    if (recompute && stepsPerRun > 1) {
      throw new IllegalArgumentException(
          "steps of one run keep what they computed; with recompute set stepsPerRun to 1");
    }
  }

  /** Settings in 32 bits without Stochastic Length, with one step for each run, shuffled. */
  public TrainingSettings(
      int batch,
      int microBatchTokens,
      int workers,
      int lengthStep,
      boolean compactTables,
      NativeKernels.Use kernels) {
    this(
        batch,
        microBatchTokens,
        workers,
        lengthStep,
        compactTables,
        kernels,
        null,
        1,
        Arithmetic.FP32,
        Order.SHUFFLED,
        false,
        null);
  }

  /** The same with another number of workers. */
  public TrainingSettings workers(int count) {
    return with(count, kernels, stepsPerRun, recompute);
  }

  /** The same with no more workers than this process has processors. */
  public TrainingSettings onThisMachine() {
    return workers(Math.min(workers, Runtime.getRuntime().availableProcessors()));
  }

  /** The same with or without kernels. */
  public TrainingSettings kernels(NativeKernels.Use use) {
    return with(workers, use, stepsPerRun, recompute);
  }

  /** The same with another number of steps for each run. */
  public TrainingSettings stepsPerRun(int count) {
    return with(workers, kernels, count, recompute);
  }

  private TrainingSettings with(int workerCount, NativeKernels.Use use, int steps, boolean again) {
    return new TrainingSettings(
        batch,
        microBatchTokens,
        workerCount,
        lengthStep,
        compactTables,
        use,
        stochasticLength,
        steps,
        precision,
        order,
        again,
        epochSteps);
  }

  /** The same with matrices of pairs computed again or kept. */
  public TrainingSettings recompute(boolean again) {
    return with(workers, kernels, stepsPerRun, again);
  }

  /** How a worker runs graphs on a device: with one thread, and with kernels as they are wanted. */
  public SessionSettings session(Device device) {
    return SessionSettings.on(device).kernels(kernels.choose(device)).recompute(recompute);
  }

  /** Optimizer steps of an epoch over so many examples. */
  public int stepsPerEpoch(int examples) {
    int pass = (examples + batch - 1) / batch;
    return epochSteps == null ? pass : Math.min(pass, epochSteps);
  }

  private static void requirePositive(String name, int value) {
    if (value < 1) {
      throw new IllegalArgumentException(name + " must be at least 1 but is " + value);
    }
  }
}
