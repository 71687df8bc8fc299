package io.genrec.api.training;

import java.util.random.RandomGenerator;
import org.apiguardian.api.API;

/**
 * Draws negatives. Stateless and thread-safe; all randomness comes from the generator that it is
 * given.
 */
@API(status = API.Status.STABLE, since = "0.1")
public interface Sampler {
  /** Which positions share their negatives. */
  enum Sharing {
    /** None: each position has its own. */
    POSITION,
    /** The positions of one sequence. */
    SEQUENCE,
    /** All positions of the logical batch. */
    BATCH
  }

  /** Which positions share their negatives. */
  Sharing sharing();

  /** How many are drawn for each. */
  int count();

  /**
   * Prepares for one logical batch.
   *
   * @param targets the targets of all positions that count, in order
   */
  Draw draw(int[] targets);

  /** Draws for one logical batch. */
  interface Draw {
    /** The next negative: a row of the vocabulary. */
    int next(RandomGenerator random);

    /**
     * Draws as many negatives as there are entries: what training calls. A sampler that draws many
     * faster than one by one says how. The rows need not be those that {@link #next} gives, but
     * they come with the same chances, independent of each other, and follow from the generator and
     * the number of entries alone.
     *
     * @param rows is overwritten
     */
    default void fill(RandomGenerator random, long[] rows) {
      for (int i = 0; i < rows.length; i++) {
        rows[i] = next(random);
      }
    }

    /** The logarithm of the chance to draw a row. */
    double logProbability(int row);
  }
}
