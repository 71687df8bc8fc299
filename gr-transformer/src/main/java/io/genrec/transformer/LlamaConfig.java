package io.genrec.transformer;

import io.genrec.api.config.Check;
import io.genrec.api.config.Default;
import java.util.List;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * The options of the Llama form. The defaults are those of GPSD's code (arXiv 2506.03699) but for
 * size.
 *
 * @param blocks the number of layers
 * @param heads attention heads; they divide the model's width
 * @param keyValueHeads heads of keys and values, each shared by an equal number of attention heads;
 *     if absent, one for each attention head
 * @param hidden the inner width of the feed-forward; if absent, 8/3 of the model's width, cut to a
 *     whole number and rounded up to a multiple of 32
 * @param causal whether a token sees only itself and earlier ones; otherwise all, which is for
 *     tasks that supervise no token of the history
 * @param ropeTheta the base of the rotary angles
 * @param inputDropout the share of input entries dropped in training
 * @param residualDropout the share of entries dropped before each sum with the residual
 * @param output what is done to the last layer's output
 * @param inputFeatures further categorical features whose embeddings, as wide as the item's, are
 *     added to it
 * @param epsilon the epsilon of all root mean square normalisations
 */
@API(status = API.Status.STABLE, since = "0.1")
public record LlamaConfig(
    @Default("2") int blocks,
    @Default("1") int heads,
    @Nullable Integer keyValueHeads,
    @Nullable Integer hidden,
    @Default("true") boolean causal,
    @Default("1e4") double ropeTheta,
    @Default("0") double inputDropout,
    @Default("0") double residualDropout,
    @Default("rms-norm") Output output,
    @Default("[]") List<String> inputFeatures,
    @Default("1e-5") double epsilon) {

  /** What is done to the last layer's output. */
  public enum Output {
    /** Root mean square normalisation with a learned scale. */
    RMS_NORM,
    /** The same, then divided by its Euclidean norm, so that retrieval scores are cosines. */
    L2
  }

  /** Checks the values. */
  public LlamaConfig {
    inputFeatures = List.copyOf(inputFeatures);
    Check.positive("blocks", blocks);
    Check.positive("heads", heads);
    if (keyValueHeads != null) {
      Check.positive("keyValueHeads", keyValueHeads);
      if (heads % keyValueHeads != 0) {
        throw new IllegalArgumentException(
            "keyValueHeads must divide heads, " + heads + ", but is " + keyValueHeads);
      }
    }
    if (hidden != null) {
      Check.positive("hidden", hidden);
    }
    Check.aboveZero("ropeTheta", ropeTheta);
    Check.rate("inputDropout", inputDropout);
    Check.rate("residualDropout", residualDropout);
    Check.aboveZero("epsilon", epsilon);
  }

  /** The inner width of the feed-forward of a model of a width. */
  int hidden(int dim) {
    if (hidden != null) {
      return hidden;
    }
    int wanted = 2 * 4 * dim / 3;
    return (wanted + 31) / 32 * 32;
  }
}
