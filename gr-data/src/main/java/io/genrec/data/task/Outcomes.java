package io.genrec.data.task;

import io.genrec.api.config.Default;
import java.util.List;
import org.apiguardian.api.API;

/**
 * Which outcomes a ranking task predicts, and what tokens carry of past ones.
 *
 * @param labels actions, predicted as happening or not, and numbers, predicted as their size
 * @param thresholds further actions made of numbers, such as "watched for at least 30 s"; tokens of
 *     the past carry them beside the data set's
 */
@API(status = API.Status.STABLE, since = "0.1")
public record Outcomes(List<Choice> labels, @Default("[]") List<Threshold> thresholds) {
  /**
   * A predicted outcome.
   *
   * @param name an action or a number of the data set
   * @param weight how much it counts in the loss; above 0
   */
  public record Choice(String name, @Default("1") double weight) {
    /** Checks the weight. */
    public Choice {
      if (!(weight > 0)) {
        throw new IllegalArgumentException("weight must be above 0 but is " + weight);
      }
    }
  }

  /**
   * An action made of a number.
   *
   * @param number a number that is known after an event
   * @param atLeast the least value that counts
   */
  public record Threshold(String number, double atLeast) {}

  /** Copies the lists. */
  public Outcomes {
    labels = List.copyOf(labels);
    thresholds = List.copyOf(thresholds);
    if (labels.isEmpty()) {
      throw new IllegalArgumentException("labels must name at least one outcome");
    }
  }
}
