package io.genrec.engine.optimizer;

import org.apiguardian.api.API;

/**
 * The learning rate as a function of the step alone: a linear warm-up, then a constant or half a
 * cosine wave down to a share of the peak.
 *
 * @param shape what follows the warm-up
 * @param rate the peak
 * @param warmupSteps over how many steps the rate rises to the peak: step s of w has s / w of it
 * @param minRateShare the share of the peak that the cosine ends with
 */
@API(status = API.Status.STABLE, since = "0.1")
public record Schedule(Shape shape, double rate, long warmupSteps, double minRateShare) {
  /** What follows the warm-up. */
  public enum Shape {
    /** The peak until the end. */
    CONSTANT,
    /** Half a cosine wave (Loshchilov and Hutter 2017, without restarts). */
    COSINE
  }

  /** Checks the ranges. */
  public Schedule {
    if (!(rate >= 0 && Double.isFinite(rate))) {
      throw new IllegalArgumentException("rate must be at least 0 and finite");
    }
    if (warmupSteps < 0) {
      throw new IllegalArgumentException("warmupSteps must be at least 0");
    }
    if (!(minRateShare >= 0 && minRateShare <= 1)) {
      throw new IllegalArgumentException("minRateShare must be from 0 to 1");
    }
  }

  /**
   * The rate of a step.
   *
   * @param step the step's number, from 1
   * @param totalSteps the number of the last step, at which the cosine ends; later steps keep its
   *     rate
   */
  public double rate(long step, long totalSteps) {
    if (step < 1) {
      throw new IllegalArgumentException("steps count from 1 but this is step " + step);
    }
    if (step < warmupSteps) {
      return rate * step / warmupSteps;
    }
    if (shape == Shape.CONSTANT) {
      return rate;
    }
    long steps = totalSteps - warmupSteps;
    double progress = step >= totalSteps ? 1 : (double) (step - warmupSteps) / steps;
    // StrictMath gives the same bits on every machine.
    double wave = (1 + StrictMath.cos(StrictMath.PI * progress)) / 2;
    return rate * (minRateShare + (1 - minRateShare) * wave);
  }
}
