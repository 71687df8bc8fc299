package io.genrec.api.inference;

import java.util.List;
import org.apiguardian.api.API;

/**
 * The answer to a request.
 *
 * @param items best first
 * @param modelVersion which model answered
 * @param unknownEvents how many of the events' items the model does not know; they were left out
 * @param cache what was known of the history
 * @param fromPrior whether no event was left, so that the answer is the model's stated prior
 */
@API(status = API.Status.STABLE, since = "0.1")
public record Recommendations(
    List<Recommendation> items,
    String modelVersion,
    CacheUse cache,
    int unknownEvents,
    boolean fromPrior) {
  /** Copies the list. */
  public Recommendations {
    items = List.copyOf(items);
  }
}
