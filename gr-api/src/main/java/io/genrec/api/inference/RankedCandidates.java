package io.genrec.api.inference;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apiguardian.api.API;

/**
 * Candidates, best first; equal ones in the order in which they were asked.
 *
 * @param candidates all that were asked
 * @param by the prediction that they are ranked by
 * @param modelVersion which model answered
 * @param cache what was known of the history
 * @param unknownEvents events whose items the model does not know; they count as events of no item
 * @param unknownCandidates candidates that the model does not know
 */
@API(status = API.Status.STABLE, since = "0.1")
public record RankedCandidates(
    List<Ranked> candidates,
    String by,
    String modelVersion,
    CacheUse cache,
    int unknownEvents,
    int unknownCandidates) {
  /**
   * A candidate's place.
   *
   * @param item the item's raw id
   * @param index which candidate of the request it is, from 0
   * @param score what it is ranked by, as the model gives it: for what happens or not a logit
   * @param predictions by label the chance that it happens, or its size in the data's own unit
   */
  public record Ranked(String item, int index, double score, Map<String, Double> predictions) {
    /** Copies the map, keeping its order. */
    public Ranked {
      predictions = Collections.unmodifiableMap(new LinkedHashMap<>(predictions));
    }
  }

  /** Copies the list. */
  public RankedCandidates {
    candidates = List.copyOf(candidates);
  }
}
