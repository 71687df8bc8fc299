package io.genrec.examples.baselines;

import io.genrec.api.config.Check;
import io.genrec.api.config.Default;

/**
 * The options of item-kNN. The defaults are ours, not tuned for any data.
 *
 * @param neighbours how many nearest items of each item count
 * @param shrinkage what is added to the norms, so that items of few users are less alike
 */
public record ItemKnnConfig(@Default("200") int neighbours, @Default("0") double shrinkage) {
  /** Checks the values. */
  public ItemKnnConfig {
    Check.positive("neighbours", neighbours);
    if (!(shrinkage >= 0)) {
      throw new IllegalArgumentException("shrinkage must be at least 0 but is " + shrinkage);
    }
  }
}
