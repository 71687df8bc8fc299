package io.genrec.testkit;

import io.genrec.api.graph.Graph;
import io.genrec.api.graph.Tensor;
import io.genrec.api.sequence.PairContext;
import io.genrec.api.sequence.TokenContext;

/**
 * Tokens that do something else before they answer: whoever asks is interrupted in the middle of
 * its work.
 */
final class InterruptedTokens implements TokenContext {
  private final TokenContext tokens;
  private final Runnable interruption;

  InterruptedTokens(TokenContext tokens, Runnable interruption) {
    this.tokens = tokens;
    this.interruption = interruption;
  }

  private TokenContext interrupted() {
    interruption.run();
    return tokens;
  }

  @Override
  public Graph graph() {
    return interrupted().graph();
  }

  @Override
  public Tensor feature(String name) {
    return interrupted().feature(name);
  }

  @Override
  public Tensor embed(String name) {
    return interrupted().embed(name);
  }

  @Override
  public Tensor position() {
    return interrupted().position();
  }

  @Override
  public Tensor time() {
    return interrupted().time();
  }

  @Override
  public Tensor predictionTime() {
    return interrupted().predictionTime();
  }

  @Override
  public Tensor valid() {
    return interrupted().valid();
  }

  @Override
  public Tensor role() {
    return interrupted().role();
  }

  @Override
  public Tensor historyLength() {
    return interrupted().historyLength();
  }

  @Override
  public Tensor contextLength() {
    return interrupted().contextLength();
  }

  @Override
  public Tensor candidateCount() {
    return interrupted().candidateCount();
  }

  @Override
  public Tensor requestTime() {
    return interrupted().requestTime();
  }

  @Override
  public PairContext pairs() {
    return interrupted().pairs();
  }
}
