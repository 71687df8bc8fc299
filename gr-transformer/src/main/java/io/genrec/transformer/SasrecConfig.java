package io.genrec.transformer;

import io.genrec.api.config.Check;
import io.genrec.api.config.Default;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * The options of SASRec. The defaults are those that HSTU's authors published for ML-1M (arXiv
 * 2402.17152, section 4.1).
 *
 * @param blocks the number of layers
 * @param heads attention heads; they divide the model's width
 * @param hidden the inner width of the feed-forward; if absent, the model's width
 * @param activation of the feed-forward
 * @param inputDropout the share of input entries dropped in training
 * @param blockDropout the share dropped of the attention weights and of the entries behind each
 *     product of the feed-forward
 * @param epsilon the epsilon of the layer normalisations
 */
@API(status = API.Status.STABLE, since = "0.1")
public record SasrecConfig(
    @Default("2") int blocks,
    @Default("1") int heads,
    @Nullable Integer hidden,
    @Default("relu") Activation activation,
    @Default("0.2") double inputDropout,
    @Default("0.2") double blockDropout,
    @Default("1e-8") double epsilon) {

  /** The activation of the feed-forward. */
  public enum Activation {
    /** max(x, 0). */
    RELU,
    /** x (1 + erf(x / sqrt 2)) / 2. ONNX Runtime has no 64-bit kernel of it for the CPU. */
    GELU
  }

  /** Checks the values. */
  public SasrecConfig {
    Check.positive("blocks", blocks);
    Check.positive("heads", heads);
    if (hidden != null) {
      Check.positive("hidden", hidden);
    }
    Check.rate("inputDropout", inputDropout);
    Check.rate("blockDropout", blockDropout);
    Check.aboveZero("epsilon", epsilon);
  }
}
