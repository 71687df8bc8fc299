package io.genrec.data.sampling;

import io.genrec.api.training.Sampler.Sharing;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * The configuration of {@code popularity}.
 *
 * @param count how many negatives are drawn, at least 1
 * @param sharing which positions share them
 * @param power what a row's number of events is raised to, from 0 (every row alike) to 4; absent is
 *     1; word2vec uses 0.75 (arXiv 1310.4546, section 2.2)
 */
@API(status = API.Status.STABLE, since = "0.1")
public record PopularityConfig(int count, Sharing sharing, @Nullable Double power) {
  private static final double HIGHEST = 4;

  /** Checks count and power. */
  public PopularityConfig {
    Counts.atLeastOne(count);
    if (power != null && !(power >= 0 && power <= HIGHEST)) {
      throw new IllegalArgumentException("power must be from 0 to 4 but is " + power);
    }
  }

  /** The power that counts: the given one, else 1. */
  public double exponent() {
    return power == null ? 1 : power;
  }
}
