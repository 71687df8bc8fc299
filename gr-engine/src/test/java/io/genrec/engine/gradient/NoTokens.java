package io.genrec.engine.gradient;

import io.genrec.api.graph.Graph;
import io.genrec.api.graph.Tensor;
import io.genrec.api.sequence.PairContext;
import io.genrec.api.sequence.TokenContext;

/** Tokens that a score of products alone does not ask. */
record NoTokens(Graph graph) implements TokenContext {
  @Override
  public Tensor feature(String name) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Tensor embed(String name) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Tensor position() {
    throw new UnsupportedOperationException();
  }

  @Override
  public Tensor time() {
    throw new UnsupportedOperationException();
  }

  @Override
  public Tensor predictionTime() {
    throw new UnsupportedOperationException();
  }

  @Override
  public Tensor valid() {
    throw new UnsupportedOperationException();
  }

  @Override
  public Tensor role() {
    throw new UnsupportedOperationException();
  }

  @Override
  public Tensor historyLength() {
    throw new UnsupportedOperationException();
  }

  @Override
  public Tensor contextLength() {
    throw new UnsupportedOperationException();
  }

  @Override
  public Tensor candidateCount() {
    throw new UnsupportedOperationException();
  }

  @Override
  public Tensor requestTime() {
    throw new UnsupportedOperationException();
  }

  @Override
  public PairContext pairs() {
    throw new UnsupportedOperationException();
  }
}
