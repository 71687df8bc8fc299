package io.genrec.engine.training;

import io.genrec.api.config.Default;
import io.genrec.engine.runtime.NativeKernels;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * How a model is trained, apart from the optimizer.
 *
 * @param batch sequences of a logical batch: one optimizer step
 * @param microBatchTokens the most tokens, padding included, that a worker runs at once; a longer
 *     sequence runs alone
 * @param workers how many micro-batches run at a time, each with one thread; the results do not
 *     depend on it
 * @param lengthStep padded lengths are multiples of this, so that few different shapes occur
 * @param compactTables whether a micro-batch is given only the table rows that it names, as for
 *     tables that are larger than the device's memory; by default it is given whole tables
 * @param kernels whether compiled kernels compute what they are there for; results agree to
 *     rounding, not in every bit
 * @param stochasticLength how long histories are cut in training; absent: they are not
 * @param stepsPerRun how many optimizer steps one run of the graph makes, for devices that
 *     parameters and moments are copied to and from; above 1 the optimizer is part of the graph and
 *     a batch is one micro-batch. Results agree to rounding
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
    @Default("1") int stepsPerRun) {
  /** Checks the values. */
  public TrainingSettings {
    requirePositive("batch", batch);
    requirePositive("microBatchTokens", microBatchTokens);
    requirePositive("workers", workers);
    requirePositive("lengthStep", lengthStep);
    requirePositive("stepsPerRun", stepsPerRun);
  }

  /** Settings without Stochastic Length and with one step for each run. */
  public TrainingSettings(
      int batch,
      int microBatchTokens,
      int workers,
      int lengthStep,
      boolean compactTables,
      NativeKernels.Use kernels) {
    this(batch, microBatchTokens, workers, lengthStep, compactTables, kernels, null, 1);
  }

  /** The same with another number of workers. */
  public TrainingSettings workers(int count) {
    return with(count, kernels, stepsPerRun);
  }

  /** The same with or without kernels. */
  public TrainingSettings kernels(NativeKernels.Use use) {
    return with(workers, use, stepsPerRun);
  }

  /** The same with another number of steps for each run. */
  public TrainingSettings stepsPerRun(int count) {
    return with(workers, kernels, count);
  }

  private TrainingSettings with(int workerCount, NativeKernels.Use use, int steps) {
    return new TrainingSettings(
        batch,
        microBatchTokens,
        workerCount,
        lengthStep,
        compactTables,
        use,
        stochasticLength,
        steps);
  }

  /** Optimizer steps of one pass over so many examples. */
  public int stepsPerEpoch(int examples) {
    return (examples + batch - 1) / batch;
  }

  private static void requirePositive(String name, int value) {
    if (value < 1) {
      throw new IllegalArgumentException(name + " must be at least 1 but is " + value);
    }
  }
}
