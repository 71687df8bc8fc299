package io.genrec.api.encoder;

import org.apiguardian.api.API;

/**
 * What an encoder promises.
 *
 * @param causality which tokens a token's output may depend on
 * @param cacheScope how long cached memory stays right
 * @param maxLength the most tokens of a sequence; a batch of events that is longer is refused with
 *     {@code [GR/TooLong]}
 * @param independentCandidates whether a sequence may have several candidates, each of which sees
 *     the history and itself only; where it may not, candidates are asked about one at a time
 */
@API(status = API.Status.STABLE, since = "0.1")
public record Capabilities(
    Causality causality, CacheScope cacheScope, int maxLength, boolean independentCandidates) {
  /**
   * Refuses candidates that nothing sees where every token sees all, and a cache for candidates
   * that see each other.
   */
  public Capabilities {
    if (!independentCandidates && cacheScope != CacheScope.NONE) {
      throw new IllegalArgumentException(
          "candidates that see each other are scored one by one, so the cache scope must be NONE but"
              + " is "
              + cacheScope);
    }
    if (independentCandidates && causality == Causality.BIDIRECTIONAL) {
      throw new IllegalArgumentException(
          "where tokens see all others, candidates see each other: declare TARGETS_ONLY, or that"
              + " they are not independent");
    }
  }

  /** Promises of an encoder that keeps to the task's mask, so that candidates do not meet. */
  public Capabilities(Causality causality, CacheScope cacheScope, int maxLength) {
    this(causality, cacheScope, maxLength, causality != Causality.BIDIRECTIONAL);
  }

  /** Which tokens a token's output may depend on. */
  public enum Causality {
    /** Itself and earlier ones. */
    CAUSAL,
    /** Targets see the history and themselves; history rows may see each other. */
    TARGETS_ONLY,
    /** All. */
    BIDIRECTIONAL
  }

  /** How long cached memory stays right. */
  public enum CacheScope {
    /** Nothing can be cached. */
    NONE,
    /**
     * Rows depend on the request's time or on the distance from the end, so in training they know
     * what follows: only candidates can have targets.
     */
    WITHIN_REQUEST,
    /** Only the last row depends on the request, and is encoded again for each. */
    ALL_BUT_LAST,
    /** Appended events leave all rows as they are. */
    EXTENDABLE
  }
}
