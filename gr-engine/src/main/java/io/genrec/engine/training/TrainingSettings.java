package io.genrec.engine.training;

import io.genrec.api.config.Default;
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
 *     depend on it
 * @param lengthStep padded lengths are multiples of this, so that few different shapes occur
 * @param compactTables whether a micro-batch is given only the table rows that it names, as for
 *     tables that are larger than the device's memory; by default it is given whole tables
 * @param kernels whether compiled kernels compute what they are there for; results agree to
 *     rounding, not in every bit
 * @param stochasticLength how long histories are cut in training; absent: they are not
 */
@API(status = API.Status.STABLE, since = "0.1")
public record TrainingSettings(
    @Default("128") int batch,
    @Default("1024") int microBatchTokens,
    @Default("2") int workers,
    @Default("8") int lengthStep,
    @Default("false") boolean compactTables,
    @Default("auto") NativeKernels.Use kernels,
    @Nullable StochasticLength stochasticLength) {
  /** Checks the values. */
  public TrainingSettings {
    requirePositive("batch", batch);
    requirePositive("microBatchTokens", microBatchTokens);
    requirePositive("workers", workers);
    requirePositive("lengthStep", lengthStep);
  }

  /** Settings without Stochastic Length. */
  public TrainingSettings(
      int batch,
      int microBatchTokens,
      int workers,
      int lengthStep,
      boolean compactTables,
      NativeKernels.Use kernels) {
    this(batch, microBatchTokens, workers, lengthStep, compactTables, kernels, null);
  }

  /** The same with another number of workers. */
  public TrainingSettings workers(int count) {
    return new TrainingSettings(
        batch, microBatchTokens, count, lengthStep, compactTables, kernels, stochasticLength);
  }

  /** The same with or without kernels. */
  public TrainingSettings kernels(NativeKernels.Use use) {
    return new TrainingSettings(
        batch, microBatchTokens, workers, lengthStep, compactTables, use, stochasticLength);
  }

  /** How a worker runs graphs on a device: with one thread, and with kernels as they are wanted. */
  public SessionSettings session(Device device) {
    return SessionSettings.on(device).kernels(kernels.choose(device));
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
