package io.genrec.engine.training;

import org.apiguardian.api.API;

/**
 * What one optimizer step did.
 *
 * @param step its number, from 0
 * @param lossSum the sum of weighted losses
 * @param weight the sum of weights
 * @param tokens the tokens, without padding
 * @param offered the tokens that there were before Stochastic Length left some out
 * @param nanos how long it took
 * @param insideNanos how long ONNX Runtime computed, all workers together
 * @param javaNanos how long processors worked for all workers outside ONNX Runtime
 * @param workers how many workers there are
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public record StepReport(
    long step,
    double lossSum,
    double weight,
    long tokens,
    long offered,
    long nanos,
    long insideNanos,
    long javaNanos,
    int workers) {
  /** The share of the workers' time that they did not spend in ONNX Runtime. */
  public double outsideShare() {
    return 1 - share(insideNanos);
  }

  /** The share of the workers' time that Java took. */
  public double javaShare() {
    return share(javaNanos);
  }

  /** The share of the workers' time in which they waited: for each other, or for a processor. */
  public double waitingShare() {
    return outsideShare() - javaShare();
  }

  private double share(long spent) {
    return (double) spent / workers / nanos;
  }

  /** The mean loss; 0 if nothing had a weight. */
  public double loss() {
    return weight == 0 ? 0 : lossSum / weight;
  }
}
