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
    int workers) {
  /** The mean loss. */
  public double loss() {
    return lossSum / weight;
  }
}
