package io.genrec.falcon;

import io.genrec.api.config.Default;
import org.apiguardian.api.API;

/**
 * The options of {@code m-falcon}.
 *
 * @param microBatch b_m: the most candidates of a run; 0: what turns out to cost least
 * @param workers how many threads share the runs of one request, its own among them; 0: as many as
 *     there are processors
 * @param cacheBytes the most bytes of memory outside the Java heap that kept histories take; 0
 *     keeps nothing
 * @param precision how memory is kept
 * @param prefillChunk the most tokens of a history that are computed at a time: bounds the memory
 *     of a first request, and spares what a token does not see
 * @param budgetBytes the most bytes that serving may take outside the Java heap, as {@link
 *     MemoryPlan} predicts them; 0 does not ask
 */
@API(status = API.Status.STABLE, since = "0.1")
public record MFalconConfig(
    @Default("0") int microBatch,
    @Default("0") int workers,
    @Default("1073741824") long cacheBytes,
    @Default("full") Precision precision,
    @Default("512") int prefillChunk,
    @Default("0") long budgetBytes) {
  /** How memory is kept. */
  public enum Precision {
    /** As it is computed. */
    FULL,
    /**
     * In 16 bits (IEEE 754 half precision): a quarter of the bytes, since no second copy in the
     * order of products is kept, and more work for each request.
     */
    HALF
  }

  /** Checks the values. */
  public MFalconConfig {
    Numbers.requireAtLeast("microBatch", microBatch, 0);
    Numbers.requireAtLeast("workers", workers, 0);
    Numbers.requireAtLeast("cacheBytes", cacheBytes, 0);
    Numbers.requireAtLeast("prefillChunk", prefillChunk, 1);
    Numbers.requireAtLeast("budgetBytes", budgetBytes, 0);
  }
}
