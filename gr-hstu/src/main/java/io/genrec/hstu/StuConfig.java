package io.genrec.hstu;

import io.genrec.api.config.Check;
import io.genrec.api.config.Default;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * The options of STU, the production form of HSTU. The defaults are those of the published ranking
 * model (DLRM-v3).
 *
 * @param blocks the number of layers
 * @param heads attention heads
 * @param dqk width of a head's queries and keys; if absent, the model's width over the heads
 * @param dv width of a head's values and gates; if absent, the model's width over the heads
 * @param attentionAlpha what products of queries and keys are multiplied with; if absent, 1 /
 *     sqrt(dqk)
 * @param inputDropout the share of input entries dropped in training
 * @param linearDropout the share of entries dropped before each output projection
 * @param stochasticDepth the share of sequences that skip a layer in training, for each layer
 * @param groupNorm whether each head's attention is normalised by itself instead of all together
 * @param contextSeesHistory whether tokens of context see each other and the whole history, so that
 *     only candidates can be supervised; otherwise they see what is before them. With a position
 *     from the end or a time to the request, too, only candidates can be
 * @param maxAttention how many places back a token sees; 0 for all
 * @param minFullAttention how many of the history's last tokens see all places nevertheless, and
 *     candidates with them; 0 for none
 * @param lastLayers how many of the last layers compute the end of the history only; 0 for none
 * @param lastTokens how many tokens of the history that is; candidates and context are computed too
 * @param position how a token's place enters
 * @param positionBuckets the number of different places; if absent, the longest sequence
 * @param time how the time from a token to the request enters
 * @param timeBuckets the last bucket of that time, which longer and absent times share
 * @param output what is done to the last layer's output
 * @param epsilon the epsilon of the layers' normalisations
 */
@API(status = API.Status.STABLE, since = "0.1")
public record StuConfig(
    @Default("5") int blocks,
    @Default("4") int heads,
    @Nullable Integer dqk,
    @Nullable Integer dv,
    @Nullable Double attentionAlpha,
    @Default("0.2") double inputDropout,
    @Default("0.1") double linearDropout,
    @Default("0") double stochasticDepth,
    @Default("false") boolean groupNorm,
    @Default("false") boolean contextSeesHistory,
    @Default("0") int maxAttention,
    @Default("0") int minFullAttention,
    @Default("0") int lastLayers,
    @Default("0") int lastTokens,
    @Default("from-end") Position position,
    @Nullable Integer positionBuckets,
    @Default("sqrt") Time time,
    @Default("2048") int timeBuckets,
    @Default("layer-norm") Output output,
    @Default("1e-6") double epsilon) {

  /** How a token's place enters. */
  public enum Position {
    /** The distance from the history's end: the published form. It changes when events follow. */
    FROM_END,
    /** The place from the beginning, which stays. */
    ABSOLUTE,
    /** Not at all. */
    NONE
  }

  /** How the time from a token to the request enters. */
  public enum Time {
    /** In buckets by the square root of minutes: the published form. */
    SQRT,
    /** In buckets by the natural logarithm of minutes. */
    LOG,
    /** Not at all. */
    NONE
  }

  /** What is done to the last layer's output. */
  public enum Output {
    /** Divided by its Euclidean norm. */
    L2,
    /** Layer normalisation with a learned scale and shift. */
    LAYER_NORM,
    /** The same, after the hour and the day of the week were mixed in. */
    TIMESTAMP_LAYER_NORM
  }

  /** Checks the values. */
  public StuConfig {
    Check.positive("blocks", blocks);
    Check.positive("heads", heads);
    if (dqk != null) {
      Check.positive("dqk", dqk);
    }
    if (dv != null) {
      Check.positive("dv", dv);
    }
    if (attentionAlpha != null) {
      Check.aboveZero("attentionAlpha", attentionAlpha);
    }
    Check.rate("inputDropout", inputDropout);
    Check.rate("linearDropout", linearDropout);
    Check.rate("stochasticDepth", stochasticDepth);
    Check.notNegative("maxAttention", maxAttention);
    Check.notNegative("minFullAttention", minFullAttention);
    Check.notNegative("lastLayers", lastLayers);
    Check.notNegative("lastTokens", lastTokens);
    if (positionBuckets != null) {
      Check.positive("positionBuckets", positionBuckets);
    }
    Check.positive("timeBuckets", timeBuckets);
    Check.aboveZero("epsilon", epsilon);
    if (minFullAttention > 0 && maxAttention == 0) {
      throw new IllegalArgumentException(
          "minFullAttention lifts the limit maxAttention, but there is none; set maxAttention too");
    }
    if (lastLayers >= blocks) {
      throw new IllegalArgumentException(
          "lastLayers must be below the number of blocks, "
              + blocks
              + ": the first layer reads the whole history; to read less of it, shorten the history");
    }
    if (lastLayers > 0 != lastTokens > 0) {
      throw new IllegalArgumentException(
          "lastTokens and lastLayers belong together: give both or neither");
    }
  }
}
