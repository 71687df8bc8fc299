package io.genrec.engine.model;

import io.genrec.api.graph.Dim;
import io.genrec.api.graph.ElementType;
import io.genrec.api.graph.Graph;
import io.genrec.api.graph.Tensor;
import io.genrec.api.sequence.PairContext;
import io.genrec.api.sequence.TokenContext;

/**
 * Those of a batch's tokens of which an outcome counts, in training or in evaluation: {@code
 * [batch, labelled]}. A head makes its predictions token by token, so it need not be asked about
 * the others.
 *
 * <p>The input {@code tokens/labelled [batch, labelled]} holds their places in their sequences,
 * from 1, in rising order, and then zeros.
 */
final class LabelledTokens implements TokenContext {
  private final TokenContext all;
  private final Tensor numbers;

  LabelledTokens(TokenContext all) {
    this.all = all;
    numbers = all.graph().input(Model.LABELLED, ElementType.INT64, "batch", Model.LABELLED_DIM);
  }

  /**
   * What of all tokens belongs to these; for padding the first token's.
   *
   * @param x {@code [1 or batch, length or 1, ..]}
   * @return {@code [batch, labelled, ..]}; x itself if all tokens share one value
   */
  Tensor of(Tensor x) {
    if (x.dim(1).equals(Dim.ONE)) {
      return x;
    }
    Tensor places = numbers.minus(1).max(0);
    return x.dim(0).equals(Dim.ONE) ? x.squeeze(0).gather(places) : x.gatherEach(places);
  }

  @Override
  public Graph graph() {
    return all.graph();
  }

  @Override
  public Tensor feature(String name) {
    return of(all.feature(name));
  }

  @Override
  public Tensor embed(String name) {
    return of(all.embed(name));
  }

  @Override
  public Tensor number(String name) {
    return of(all.number(name));
  }

  @Override
  public Tensor embedding() {
    return of(all.embedding());
  }

  @Override
  public Tensor position() {
    return of(all.position());
  }

  @Override
  public Tensor time() {
    return of(all.time());
  }

  @Override
  public Tensor predictionTime() {
    return of(all.predictionTime());
  }

  @Override
  public Tensor valid() {
    return numbers.greaterThan(0);
  }

  @Override
  public Tensor role() {
    return of(all.role());
  }

  @Override
  public Tensor historyLength() {
    return all.historyLength();
  }

  @Override
  public Tensor contextLength() {
    return all.contextLength();
  }

  @Override
  public Tensor candidateCount() {
    return all.candidateCount();
  }

  @Override
  public Tensor requestTime() {
    return all.requestTime();
  }

  /** Not here: what is made of a token does not depend on others. */
  @Override
  public PairContext pairs() {
    throw new UnsupportedOperationException("a head sees no pairs of tokens");
  }
}
