package io.genrec.examples.baselines;

import io.genrec.api.config.Check;
import io.genrec.api.config.Default;
import org.jspecify.annotations.Nullable;

/**
 * The options of GRU4Rec.
 *
 * @param layers the number of GRU layers
 * @param hidden the width of the state; if absent, the items' width
 * @param inputDropout the share of input entries dropped in training
 * @param hiddenDropout the share of entries of each layer's output dropped in training
 */
public record Gru4RecConfig(
    @Default("1") int layers,
    @Nullable Integer hidden,
    @Default("0.2") double inputDropout,
    @Default("0.2") double hiddenDropout) {
  /** Checks the values. */
  public Gru4RecConfig {
    Check.positive("layers", layers);
    if (hidden != null) {
      Check.positive("hidden", hidden);
    }
    Check.rate("inputDropout", inputDropout);
    Check.rate("hiddenDropout", hiddenDropout);
  }
}
