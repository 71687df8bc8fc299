package io.genrec.falcon;

import io.genrec.api.config.Default;
import org.apiguardian.api.API;

/**
 * The options of {@code full}.
 *
 * @param workers how many threads share the runs of one request, its own among them; 0: as many as
 *     there are processors
 */
@API(status = API.Status.STABLE, since = "0.1")
public record FullConfig(@Default("0") int workers) {
  /** Checks the values. */
  public FullConfig {
    Numbers.requireAtLeast("workers", workers, 0);
  }
}
