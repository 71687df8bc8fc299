package io.genrec.examples.baselines;

import io.genrec.api.config.Check;
import io.genrec.api.config.Default;
import java.util.List;

/**
 * The options of the Deep Interest Network.
 *
 * @param activation the hidden widths of the unit that weighs an event for a candidate; at least
 *     one
 * @param hidden the hidden widths between interest and output
 * @param inputFeatures further categorical features whose embeddings are concatenated to the item's
 * @param inputDropout the share of input entries dropped in training
 * @param lastTokens how many of a sequence's last tokens ask; the outputs of the others are 0. For
 *     tasks that learn of no others, such as ranking by chunks of at most so many events;
 *     candidates of a request all ask, however many they are. 0 for all
 */
public record DinConfig(
    @Default("[80, 40]") List<Integer> activation,
    @Default("[200, 80]") List<Integer> hidden,
    @Default("[]") List<String> inputFeatures,
    @Default("0") double inputDropout,
    @Default("0") int lastTokens) {
  /** Checks the values. */
  public DinConfig {
    activation = List.copyOf(activation);
    hidden = List.copyOf(hidden);
    inputFeatures = List.copyOf(inputFeatures);
    if (activation.isEmpty()) {
      throw new IllegalArgumentException("activation must name at least one width");
    }
    activation.forEach(width -> Check.positive("activation", width));
    hidden.forEach(width -> Check.positive("hidden", width));
    Check.rate("inputDropout", inputDropout);
    Check.notNegative("lastTokens", lastTokens);
  }
}
