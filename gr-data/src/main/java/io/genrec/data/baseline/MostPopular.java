package io.genrec.data.baseline;

import io.genrec.api.inference.Baseline;
import io.genrec.api.sequence.History;
import io.genrec.api.sequence.Schema;
import java.util.function.Consumer;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * Gives everybody the items with the most training events: what any model must beat.
 *
 * <p>A score is an item's number of events. Repeated events of one user count each time; events
 * without an item (row 0) do not count.
 */
@API(status = API.Status.STABLE, since = "0.1")
public final class MostPopular implements Baseline {
  private volatile float @Nullable [] counts;

  @Override
  public void fit(int items, Consumer<Consumer<History>> histories) {
    long[] events = new long[items + 1];
    histories.accept(
        history -> {
          for (int event = 0; event < history.size(); event++) {
            events[history.category(Schema.ITEM, event)]++;
          }
        });
    float[] fitted = new float[items + 1];
    for (int row = 1; row <= items; row++) {
      fitted[row] = events[row];
    }
    counts = fitted;
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalStateException before {@link #fit}
   * @throws IllegalArgumentException unless there is a score for each item and for row 0
   */
  @Override
  public void score(History history, float[] scores) {
    float[] fitted = counts;
    if (fitted == null) {
      throw new IllegalStateException("most-popular has to be fitted before it scores");
    }
    if (scores.length != fitted.length) {
      throw new IllegalArgumentException(
          "expected room for "
              + fitted.length
              + " scores (row 0 and all items) but got "
              + scores.length);
    }
    System.arraycopy(fitted, 0, scores, 0, fitted.length);
  }
}
