package io.genrec.examples.baselines;

import io.genrec.api.config.Check;
import io.genrec.api.config.Default;
import java.util.List;

/**
 * The options of DCN-v2.
 *
 * @param crosses the number of cross layers
 * @param hidden the hidden widths of the network after them
 * @param inputFeatures further categorical features whose embeddings are concatenated to the item's
 * @param inputDropout the share of input entries dropped in training
 * @param lastTokens how many of a sequence's last tokens are computed; the outputs of the others
 *     are 0. For tasks that learn of no others, such as ranking by chunks of at most so many
 *     events; candidates of a request are all computed, however many they are. 0 for all
 */
public record DcnV2Config(
    @Default("3") int crosses,
    @Default("[200, 80]") List<Integer> hidden,
    @Default("[]") List<String> inputFeatures,
    @Default("0") double inputDropout,
    @Default("0") int lastTokens) {
  /** Checks the values. */
  public DcnV2Config {
    hidden = List.copyOf(hidden);
    inputFeatures = List.copyOf(inputFeatures);
    Check.positive("crosses", crosses);
    hidden.forEach(width -> Check.positive("hidden", width));
    Check.rate("inputDropout", inputDropout);
    Check.notNegative("lastTokens", lastTokens);
  }
}
