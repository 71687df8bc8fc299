package io.genrec.gpsd;

import io.genrec.api.config.Default;
import org.apiguardian.api.API;

/**
 * How samples of the discriminative task are made of histories, as GPSD's code does: each user's
 * last event is a positive sample, and an item drawn at random a negative one.
 *
 * @param split how users are parted
 * @param trainShare the share of users to train on: users whose last event is not later than this
 *     quantile of all last events; or, by seed, as many
 * @param minEvents the least events of a user, the last included
 * @param testNegatives further items drawn for each test user, all different
 * @param validationShare the share of the train users to choose options by
 * @param seed where negatives and parts come from
 */
@API(status = API.Status.STABLE, since = "0.1")
public record ClickProtocol(
    @Default("time") Users split,
    @Default("0.7") double trainShare,
    @Default("4") int minEvents,
    @Default("20") int testNegatives,
    @Default("0.1") double validationShare,
    @Default("17") long seed) {
  /** How users are parted into train and test. */
  public enum Users {
    /** By the time of their last event: the official protocol. */
    TIME,
    /** By the seed: for data without absolute times. */
    SEED
  }

  /** Checks the values. */
  public ClickProtocol {
    requireShare("trainShare", trainShare);
    requireShare("validationShare", validationShare);
    if (minEvents < 2) {
      throw new IllegalArgumentException("minEvents must be at least 2 but is " + minEvents);
    }
    if (testNegatives < 1) {
      throw new IllegalArgumentException(
          "testNegatives must be at least 1 but is " + testNegatives);
    }
  }

  private static void requireShare(String name, double share) {
    if (!(share > 0 && share < 1)) {
      throw new IllegalArgumentException(name + " must be between 0 and 1 but is " + share);
    }
  }
}
