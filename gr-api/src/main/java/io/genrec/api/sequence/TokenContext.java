package io.genrec.api.sequence;

import io.genrec.api.graph.Graph;
import io.genrec.api.graph.Tensor;
import org.apiguardian.api.API;

/**
 * The tokens of a batch, as tensors of one graph. A size of 1 stands where all sequences, or all
 * tokens, agree: candidates share one position, time, prediction time and role.
 *
 * <p>Every token has a position, a time and a prediction time: when its output is used. A token
 * that predicts the next event has the next event's time; the last history row and all candidates
 * have the request's.
 */
@API(status = API.Status.STABLE, since = "0.1")
public interface TokenContext {
  /** The graph of all these tensors. */
  Graph graph();

  /**
   * The rows of a categorical feature: whole {@code [batch, length]}; 0 where a token has none.
   *
   * @param name one that the task writes; of another one the graph has an input that nobody fills
   */
  Tensor feature(String name);

  /**
   * The embeddings of a categorical feature: real {@code [batch, length, dim]}.
   *
   * @throws io.genrec.api.GenRecException {@code [GR/UnknownFeature]} if the model has no table for
   *     it
   */
  Tensor embed(String name);

  /** The values of a numeric feature, normalised: real {@code [batch, length]}; 0 where none. */
  default Tensor number(String name) {
    throw new UnsupportedOperationException("these tokens carry no numbers");
  }

  /**
   * What each token is before anything of an encoder: real {@code [batch, length, dim]}. By default
   * the item's embedding; with ranking models all that a token carries.
   */
  default Tensor embedding() {
    return embed(Schema.ITEM);
  }

  /**
   * The place of each token in its sequence, from 0, oldest first: whole {@code [1 or batch, length
   * or 1]}. All candidates stand at the place after the history.
   */
  Tensor position();

  /**
   * The time of each token in seconds, or {@link History#NO_TIME}: whole {@code [batch, length or
   * 1]}.
   */
  Tensor time();

  /**
   * When each token's output is used, in seconds, or {@link History#NO_TIME}: whole {@code [batch,
   * length or 1]}.
   */
  Tensor predictionTime();

  /** Whether a token is there, not padding: truth values {@code [1 or batch, length or 1]}. */
  Tensor valid();

  /**
   * What each token stands for, as {@link Role#ordinal}: whole {@code [1 or batch, length or 1]}.
   */
  Tensor role();

  /**
   * The tokens before the candidates, context included: whole {@code [batch]}. Like the other
   * values by sequence it is that of the whole sequence, even where these tokens are a part of it.
   */
  Tensor historyLength();

  /** The tokens of role {@link Role#CONTEXT}: whole {@code [batch]}. */
  Tensor contextLength();

  /**
   * The tokens of role {@link Role#CANDIDATE}: whole {@code [batch]}. While many are scored
   * together as if each were alone, that is one; {@link #role} tells how many are there.
   */
  Tensor candidateCount();

  /** The request's time in seconds, or {@link History#NO_TIME}: whole {@code [batch]}. */
  Tensor requestTime();

  /**
   * Which of these tokens see which, by the task's mask.
   *
   * @throws UnsupportedOperationException if these are single tokens that a head is asked about
   */
  PairContext pairs();
}
