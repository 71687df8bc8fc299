package io.genrec.api.encoder;

import io.genrec.api.graph.Graph;
import io.genrec.api.graph.Tensor;
import io.genrec.api.sequence.PairContext;
import io.genrec.api.sequence.TokenContext;

/** Tokens that count their places without those of the history that pass a block by. */
class PassedTokens implements TokenContext {
  private final TokenContext tokens;
  private final int last;

  /**
   * A view of tokens.
   *
   * @param last how many of the history's last tokens do not pass by
   */
  PassedTokens(TokenContext tokens, int last) {
    this.tokens = tokens;
    this.last = last;
  }

  /** The number of tokens that pass by: whole [batch]. */
  private Tensor passed() {
    return tokens.historyLength().minus(contextLength()).minus(last).max(0);
  }

  /** A value of a sequence, to meet those of its tokens. */
  static Tensor ofTokens(Tensor perSequence) {
    return perSequence.unsqueeze(1);
  }

  /** Places or slots, of which those behind the context become others. */
  final Tensor behindContext(Tensor place, Tensor moved) {
    return place.lessThan(ofTokens(contextLength())).where(place, moved);
  }

  /** Whether each token does not pass by: truth values {@code [batch, length]}. */
  final Tensor entered() {
    Tensor place = tokens.position();
    Tensor context = ofTokens(contextLength());
    return place.lessThan(context).or(place.atLeast(context.plus(ofTokens(passed()))));
  }

  /** What is known of tokens, of those of this view. */
  Tensor of(Tensor known) {
    return known;
  }

  @Override
  public Graph graph() {
    return tokens.graph();
  }

  @Override
  public Tensor feature(String name) {
    return of(tokens.feature(name));
  }

  @Override
  public Tensor embed(String name) {
    return of(tokens.embed(name));
  }

  @Override
  public Tensor position() {
    Tensor place = tokens.position();
    return behindContext(place, place.minus(ofTokens(passed())));
  }

  @Override
  public Tensor time() {
    return of(tokens.time());
  }

  @Override
  public Tensor predictionTime() {
    return of(tokens.predictionTime());
  }

  @Override
  public Tensor valid() {
    return of(tokens.valid());
  }

  @Override
  public Tensor role() {
    return of(tokens.role());
  }

  @Override
  public Tensor historyLength() {
    return tokens.historyLength().minus(passed());
  }

  @Override
  public Tensor contextLength() {
    return tokens.contextLength();
  }

  @Override
  public Tensor candidateCount() {
    return tokens.candidateCount();
  }

  @Override
  public Tensor requestTime() {
    return tokens.requestTime();
  }

  @Override
  public PairContext pairs() {
    return Rows.last(last).seen(tokens.pairs());
  }
}
