package io.genrec.falcon;

import io.genrec.api.config.Default;
import org.apiguardian.api.API;

/**
 * The options of {@code batched}.
 *
 * @param microBatch b_m: the most candidates that follow one history in a pass
 * @param workers how many threads share the runs of one request, its own among them; 0: as many as
 *     there are processors
 */
@API(status = API.Status.STABLE, since = "0.1")
public record BatchedConfig(@Default("1024") int microBatch, @Default("0") int workers) {
  /** Checks the values. */
  public BatchedConfig {
    Numbers.requireAtLeast("microBatch", microBatch, 1);
    Numbers.requireAtLeast("workers", workers, 0);
  }
}
