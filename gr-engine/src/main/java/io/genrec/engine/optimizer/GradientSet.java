package io.genrec.engine.optimizer;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apiguardian.api.API;

/**
 * The gradients of a batch or of a micro-batch.
 *
 * @param byParameter the gradients by the parameters' names
 */
@API(status = API.Status.STABLE, since = "0.1")
public record GradientSet(Map<String, Gradient> byParameter) {
  /** Copies the map, keeping its order. */
  public GradientSet {
    byParameter = Collections.unmodifiableMap(new LinkedHashMap<>(byParameter));
  }
}
