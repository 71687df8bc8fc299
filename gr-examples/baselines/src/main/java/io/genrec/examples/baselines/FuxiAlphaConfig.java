package io.genrec.examples.baselines;

import io.genrec.api.config.Check;
import io.genrec.api.config.Default;
import org.jspecify.annotations.Nullable;

/**
 * The options of FuXi-alpha. The defaults are those of the published ML-1M model.
 *
 * @param blocks the number of layers
 * @param heads attention heads
 * @param dqk width of a head's queries and keys; if absent, the model's width over the heads
 * @param dv width of a head's values; if absent, the model's width over the heads
 * @param hidden inner width of the feed-forward network; if absent, the model's width
 * @param inputDropout the share of input entries dropped in training
 * @param dropout the share of entries dropped before each stage of the feed-forward network
 * @param epsilon the epsilon of all normalisations
 */
public record FuxiAlphaConfig(
    @Default("2") int blocks,
    @Default("1") int heads,
    @Nullable Integer dqk,
    @Nullable Integer dv,
    @Nullable Integer hidden,
    @Default("0.2") double inputDropout,
    @Default("0.2") double dropout,
    @Default("1e-6") double epsilon) {
  /** Checks the values. */
  public FuxiAlphaConfig {
    Check.positive("blocks", blocks);
    Check.positive("heads", heads);
    positiveIfGiven("dqk", dqk);
    positiveIfGiven("dv", dv);
    positiveIfGiven("hidden", hidden);
    Check.rate("inputDropout", inputDropout);
    Check.rate("dropout", dropout);
    Check.aboveZero("epsilon", epsilon);
  }

  private static void positiveIfGiven(String name, @Nullable Integer value) {
    if (value != null) {
      Check.positive(name, value);
    }
  }
}
