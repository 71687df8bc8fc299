package io.genrec.engine.evaluation;

import io.genrec.api.GenRecException;
import org.apiguardian.api.API;

/**
 * Predictions of sizes, and the sizes, impression by impression, in the units of the labels:
 * standard deviations of the training data. Impressions whose size is not known (NaN) take no part.
 *
 * @param predictions what was predicted
 * @param sizes what came, or NaN
 */
@API(status = API.Status.STABLE, since = "0.1")
@SuppressWarnings("ArrayRecordComponent")
public record SizeScores(float[] predictions, float[] sizes) {
  /** Checks the numbers of entries. */
  public SizeScores {
    if (predictions.length != sizes.length) {
      throw new IllegalArgumentException("predictions and sizes must be equally many");
    }
  }

  /**
   * The square root of the mean squared error; NaN if no size is known.
   *
   * @throws GenRecException {@code [GR/NotANumber]} if a prediction is NaN
   */
  public double rmse() {
    double sum = 0;
    long known = 0;
    for (int i = 0; i < sizes.length; i++) {
      if (Float.isNaN(sizes[i])) {
        continue;
      }
      if (Float.isNaN(predictions[i])) {
        throw new GenRecException(
            "NotANumber",
            "the prediction of impression "
                + i
                + " is not a number; look for infinite or NaN weights in the model");
      }
      double error = (double) predictions[i] - sizes[i];
      sum += error * error;
      known++;
    }
    return Math.sqrt(sum / known);
  }
}
