package io.genrec.engine.training;

import io.genrec.api.config.Default;
import java.util.Arrays;
import java.util.Comparator;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.apiguardian.api.API;

/**
 * Stochastic Length (arXiv 2402.17152, section 3.2): in training a history of more than N^(alpha/2)
 * events is cut to that many with chance 1 - N^alpha / n^2, so that attention costs N^alpha instead
 * of N^2. The events that stay keep their places, times and targets.
 *
 * @param alpha from 1 to 2; smaller is sparser
 * @param length N, the most events that a history shows
 * @param selection which events stay
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public record StochasticLength(
    double alpha, int length, @Default("recency-weighted") Selection selection) {
  /** Which events stay; the newest always does. */
  public enum Selection {
    /** The most recent. */
    RECENT,
    /** Any, all alike. */
    RANDOM,
    /** Any, by weights 1 - age / (sum of all ages); ages count events. */
    RECENCY_WEIGHTED
  }

  /** Checks the values. */
  public StochasticLength {
    if (!(alpha >= 1 && alpha <= 2)) {
      throw new IllegalArgumentException("alpha must be from 1 to 2 but is " + alpha);
    }
    if (length < 1) {
      throw new IllegalArgumentException("length must be at least 1 but is " + length);
    }
  }

  /** How many events stay of a history that is cut. */
  public int threshold() {
    return (int) Math.pow(length, alpha / 2);
  }

  /**
   * The chance that a history of more than {@link #threshold} events is left whole; 1 or more:
   * always.
   */
  public double keepChance(int events) {
    return Math.pow(length, alpha) / ((double) events * events);
  }

  /**
   * The events that stay, ascending.
   *
   * @param random the history's own in this epoch
   */
  int[] select(int events, RandomGenerator random) {
    int kept = threshold();
    if (events <= kept || random.nextDouble() < keepChance(events)) {
      return IntStream.range(0, events).toArray();
    }
    if (selection == Selection.RECENT) {
      return IntStream.range(events - kept, events).toArray();
    }
    // The smallest of exponential times with rates w are a draw by w without replacement.
    double[] times = new double[events];
    double ages = events * (events - 1.0) / 2;
    for (int event = 0; event < events - 1; event++) {
      double weight =
          selection == Selection.RANDOM ? 1 : Math.max(1e-9, 1 - (events - 1 - event) / ages);
      times[event] = -Math.log1p(-random.nextDouble()) / weight;
    }
    times[events - 1] = -1;
    Integer[] order = new Integer[events];
    Arrays.setAll(order, i -> i);
    Arrays.sort(order, Comparator.comparingDouble(event -> times[event]));
    return Arrays.stream(order, 0, Math.max(1, kept)).mapToInt(i -> i).sorted().toArray();
  }
}
