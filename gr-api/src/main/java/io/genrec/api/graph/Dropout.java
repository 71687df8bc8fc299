package io.genrec.api.graph;

import java.util.Collections;
import org.apiguardian.api.API;

/**
 * A place where entries are dropped in training. The mask is an input that the engine fills from a
 * counter-based hash of (seed, step, micro-batch, site, index), so a resumed run draws the same
 * masks.
 *
 * @param site the unique name, for example {@code hstu/layer0/out}
 * @param rate the share of entries that become 0; the others are divided by 1 - rate
 */
@API(status = API.Status.STABLE, since = "0.1")
public record Dropout(String site, double rate) {
  /** What the names of mask inputs begin with. */
  public static final String INPUT_PREFIX = "dropout/";

  /** Checks the rate. */
  public Dropout {
    if (!(rate >= 0 && rate < 1)) {
      throw new IllegalArgumentException(
          "dropout rate of " + site + " must be at least 0 and below 1 but is " + rate);
    }
  }

  /** x with entries dropped in a training graph, x itself in any other. */
  public Tensor apply(Tensor x) {
    if (rate == 0 || !x.graph().isTraining()) {
      return x;
    }
    return x.times(x.graph().dropoutMask(site, rate, x.shape()));
  }

  /**
   * x with some indices of the first axis dropped as a whole in a training graph, x itself in any
   * other. Of a layer's change to each sequence that is stochastic depth (Huang et al. 2016).
   */
  public Tensor applyToSequences(Tensor x) {
    if (rate == 0 || !x.graph().isTraining()) {
      return x;
    }
    Shape perSequence = new Shape(Collections.nCopies(x.shape().rank(), Dim.ONE));
    return x.times(x.graph().dropoutMask(site, rate, perSequence.with(0, x.dim(0))));
  }
}
