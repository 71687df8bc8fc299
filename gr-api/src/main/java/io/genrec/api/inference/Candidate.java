package io.genrec.api.inference;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.apiguardian.api.API;

/**
 * An item to score, in raw ids.
 *
 * @param item the item's raw id
 * @param features raw values of further features by name: of the item, and of the moment at which
 *     it is to be shown
 */
@API(status = API.Status.STABLE, since = "0.1")
public record Candidate(String item, Map<String, String> features) {
  /** Copies the map. */
  public Candidate {
    features = Map.copyOf(features);
  }

  /** A candidate that is known by its item alone. */
  public static Candidate of(String item) {
    return new Candidate(item, Map.of());
  }

  /** Candidates that are known by their items alone. */
  public static List<Candidate> of(Collection<String> items) {
    return items.stream().map(Candidate::of).toList();
  }
}
