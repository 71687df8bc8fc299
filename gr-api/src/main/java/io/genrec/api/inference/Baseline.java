package io.genrec.api.inference;

import io.genrec.api.sequence.History;
import java.util.function.Consumer;
import org.apiguardian.api.API;

/**
 * A recommender to compare with, which may compute on the host. Fitted once, then thread-safe; a
 * {@link BaselineFactory} names it.
 */
@API(status = API.Status.STABLE, since = "0.1")
public interface Baseline {
  /**
   * Learns from the training histories, each of which is valid only while it is handed over.
   *
   * @param items the rows of the vocabulary, which count from 1
   * @param histories hands each of them over
   */
  void fit(int items, Consumer<Consumer<History>> histories);

  /**
   * A score for each row of the vocabulary, larger is better.
   *
   * @param history the events so far
   * @param scores {@code [items + 1]}, written by row; index 0 is unused
   */
  void score(History history, float[] scores);
}
