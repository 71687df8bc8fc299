package io.genrec.examples.baselines;

import io.genrec.api.config.Check;
import io.genrec.api.config.Default;

/**
 * The options of EASE.
 *
 * @param lambda how strongly large weights are held down; the paper's best for MovieLens 20M is 500
 * @param maxItems the largest catalogue that is tried: a fit takes 16 bytes of Java heap for each
 *     pair of items, 1 GB for 8,000, and time that grows with the cube
 */
public record EaseConfig(@Default("500") double lambda, @Default("8000") int maxItems) {
  /** Checks the values. */
  public EaseConfig {
    Check.aboveZero("lambda", lambda);
    Check.positive("maxItems", maxItems);
  }
}
