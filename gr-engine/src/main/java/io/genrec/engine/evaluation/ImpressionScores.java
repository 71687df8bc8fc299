package io.genrec.engine.evaluation;

import io.genrec.api.task.Label;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apiguardian.api.API;

/**
 * A model's predictions of all labels for the impressions of an evaluation, in the order of its
 * questions.
 *
 * @param labels what was predicted
 * @param users the number of each impression's user
 * @param predictions by label and impression
 * @param truths what came, by label and impression; NaN where it is not known
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
@SuppressWarnings("ArrayRecordComponent")
public record ImpressionScores(
    List<Label> labels, int[] users, float[][] predictions, float[][] truths) {
  /** Copies the list. */
  public ImpressionScores {
    labels = List.copyOf(labels);
  }

  /** These and more of the same labels. */
  public ImpressionScores and(ImpressionScores more) {
    if (!labels.equals(more.labels())) {
      throw new IllegalArgumentException("labels " + labels + " are not " + more.labels());
    }
    int[] all = Arrays.copyOf(users, users.length + more.users().length);
    System.arraycopy(more.users(), 0, all, users.length, more.users().length);
    float[][] allPredictions = new float[labels.size()][];
    float[][] allTruths = new float[labels.size()][];
    for (int label = 0; label < allPredictions.length; label++) {
      allPredictions[label] =
          FloatBuffer.allocate(all.length)
              .put(predictions[label])
              .put(more.predictions()[label])
              .array();
      allTruths[label] =
          FloatBuffer.allocate(all.length).put(truths[label]).put(more.truths()[label]).array();
    }
    return new ImpressionScores(labels, all, allPredictions, allTruths);
  }

  /** The predictions of what happens or not. */
  public OutcomeScores outcome(int label) {
    return new OutcomeScores(users, predictions[label], truths[label]);
  }

  /**
   * All metrics: for what happens or not {@code auc/<label>}, {@code gauc/<label>}, {@code
   * gauc_users/<label>}, {@code gauc_impressions/<label>}, {@code ne/<label>}, {@code
   * log_loss/<label>}, {@code calibration/<label>}; for sizes {@code rmse/<label>}. Those that are
   * not defined, such as an AUC of what never happened, are left out.
   */
  public Map<String, Double> metrics() {
    Map<String, Double> metrics = new LinkedHashMap<>();
    for (int i = 0; i < labels.size(); i++) {
      String name = "/" + labels.get(i).name();
      if (labels.get(i).kind() == Label.Kind.REGRESSION) {
        metrics.put("rmse" + name, new SizeScores(predictions[i], truths[i]).rmse());
        continue;
      }
      OutcomeScores scores = outcome(i);
      OutcomeScores.Grouped grouped = scores.gauc();
      metrics.put("auc" + name, scores.auc());
      metrics.put("gauc" + name, grouped.value());
      metrics.put("gauc_users" + name, (double) grouped.users());
      metrics.put("gauc_impressions" + name, (double) grouped.impressions());
      metrics.put("ne" + name, scores.normalisedEntropy());
      metrics.put("log_loss" + name, scores.logLoss());
      metrics.put("calibration" + name, scores.calibration());
    }
    metrics.values().removeIf(value -> !Double.isFinite(value));
    return metrics;
  }
}
