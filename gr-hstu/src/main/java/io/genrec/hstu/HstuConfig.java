package io.genrec.hstu;

import io.genrec.api.config.Check;
import io.genrec.api.config.Default;
import java.util.List;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * The options of research HSTU. The defaults are those of the published ML-1M model.
 *
 * @param blocks the number of layers
 * @param heads attention heads
 * @param dqk width of a head's queries and keys; if absent, the model's width over the heads
 * @param dv width of a head's values and gates; if absent, the model's width over the heads
 * @param inputDropout the share of input entries dropped in training
 * @param linearDropout the share of entries dropped before each output projection
 * @param attention how scores become weights
 * @param positionBias whether scores carry a bias by distance
 * @param timeBias whether scores carry a bias by elapsed time
 * @param concatUa whether the output projection sees [u, LN(a), u LN(a)] instead of u LN(a)
 * @param output what is done to the last layer's output
 * @param inputFeatures further categorical features whose embeddings are concatenated to the
 *     item's, for example {@code rating}
 * @param epsilon the epsilon of all normalisations
 */
@API(status = API.Status.STABLE, since = "0.1")
public record HstuConfig(
    @Default("2") int blocks,
    @Default("1") int heads,
    @Nullable Integer dqk,
    @Nullable Integer dv,
    @Default("0.2") double inputDropout,
    @Default("0.2") double linearDropout,
    @Default("pointwise") Attention attention,
    @Default("true") boolean positionBias,
    @Default("true") boolean timeBias,
    @Default("false") boolean concatUa,
    @Default("l2") Output output,
    @Default("[]") List<String> inputFeatures,
    @Default("1e-6") double epsilon) {

  /** How scores become weights. */
  public enum Attention {
    /** SiLU of each score by itself, divided by N: the paper's. */
    POINTWISE,
    /** A softmax over the visible keys of scores over sqrt(dqk): the ablation. */
    SOFTMAX
  }

  /** What is done to the last layer's output. */
  public enum Output {
    /** Divided by its Euclidean norm. */
    L2,
    /** Layer normalisation without learned scale. */
    LAYER_NORM
  }

  /** Checks the values. */
  public HstuConfig {
    inputFeatures = List.copyOf(inputFeatures);
    Check.positive("blocks", blocks);
    Check.positive("heads", heads);
    if (dqk != null) {
      Check.positive("dqk", dqk);
    }
    if (dv != null) {
      Check.positive("dv", dv);
    }
    Check.rate("inputDropout", inputDropout);
    Check.rate("linearDropout", linearDropout);
    Check.aboveZero("epsilon", epsilon);
  }
}
