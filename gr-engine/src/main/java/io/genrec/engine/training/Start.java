package io.genrec.engine.training;

import org.apiguardian.api.API;

/**
 * Where a run begins to count: randomness follows from (seed, step) and (seed, epoch), so that a
 * run which goes on where another one ended draws what comes next.
 *
 * @param step optimizer steps before the run
 * @param epoch passes over the data before the run
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public record Start(long step, int epoch) {
  /** A run that nothing went before. */
  public static final Start FRESH = new Start(0, 0);
}
