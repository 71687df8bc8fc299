package io.genrec.examples.baselines;

import io.genrec.api.graph.Initializer;
import io.genrec.api.graph.Parameter;
import io.genrec.api.graph.Scope;
import io.genrec.api.graph.Tensor;
import java.util.List;

/**
 * How much an event counts for a token that asks (arXiv 1706.06978, section 4.3): a network on
 * {@code [k, q, k - q, k * q]} gives a weight without bounds, and no softmax is taken.
 *
 * <p>The first layer is linear in k and q but for their product, so only that is made pair by pair.
 * Still, a sequence takes as many runs of the rest as it has pairs: use short histories.
 */
final class ActivationUnit {
  private final int width;
  private final Parameter first;
  private final Parameter bias;
  private final Mlp rest;

  /**
   * Declares the unit's parameters.
   *
   * @param width of queries and keys
   * @param hidden the widths of the hidden layers, at least one
   */
  ActivationUnit(Scope scope, int width, List<Integer> hidden) {
    this.width = width;
    int wide = hidden.get(0);
    first = scope.parameter("w", Initializer.xavierUniform(), 4L * width, wide);
    bias = scope.parameter("b", Initializer.zeros(), wide);
    rest = new Mlp(scope.child("rest"), wide, hidden.subList(1, hidden.size()), 1);
  }

  /**
   * The weight of each key k for each query q: {@code [batch, queries, width]} and {@code [batch,
   * keys, width]} to {@code [batch, queries, keys]}.
   */
  Tensor weights(Tensor q, Tensor k) {
    List<Tensor> w = first.in(q).split(0, width, width, width, width);
    Tensor ofKey = k.matmul(w.get(0).plus(w.get(2)));
    Tensor ofQuery = q.matmul(w.get(1).minus(w.get(2))).plus(bias.in(q));
    Tensor ofBoth = q.unsqueeze(2).times(k.unsqueeze(1)).matmul(w.get(3));
    Tensor sum = ofBoth.plus(ofKey.unsqueeze(1)).plus(ofQuery.unsqueeze(2));
    return rest.apply(sum.silu()).squeeze(-1);
  }
}
