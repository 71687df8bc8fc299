package io.genrec.data.sampling;

import io.genrec.api.training.Sampler.Sharing;
import org.apiguardian.api.API;

/**
 * The configuration of {@code uniform}.
 *
 * @param count how many negatives are drawn, at least 1
 * @param sharing which positions share them
 */
@API(status = API.Status.STABLE, since = "0.1")
public record UniformConfig(int count, Sharing sharing) {
  /** Checks the count. */
  public UniformConfig {
    Counts.atLeastOne(count);
  }
}
