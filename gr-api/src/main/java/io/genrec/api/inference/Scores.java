package io.genrec.api.inference;

import io.genrec.api.GenRecException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.apiguardian.api.API;

/** The predictions of each candidate, in the order in which they were asked. Immutable. */
@API(status = API.Status.STABLE, since = "0.1")
public final class Scores {
  private final Map<String, double[]> values;
  private final CacheUse cache;

  /**
   * An answer.
   *
   * @param values one number per candidate by the name of the prediction; not to be changed later
   * @param cache what was known of the history
   */
  public Scores(Map<String, double[]> values, CacheUse cache) {
    this.values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
    this.cache = cache;
  }

  /** The names of the predictions. */
  public Set<String> names() {
    return values.keySet();
  }

  /**
   * A prediction for all candidates: a copy.
   *
   * @throws GenRecException {@code [GR/UnknownPrediction]} if there is none of the name
   */
  public double[] of(String name) {
    double[] found = values.get(name);
    if (found == null) {
      throw new GenRecException(
          "UnknownPrediction",
          "the model does not predict \""
              + name
              + "\"; "
              + GenRecException.knownNames(name, values.keySet()));
    }
    return found.clone();
  }

  /** What was known of the history. */
  public CacheUse cache() {
    return cache;
  }
}
