package io.genrec.api.inference;

import org.apiguardian.api.API;

/** A user's vector, the output of the last token, by which items are found. Immutable. */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public final class UserVector {
  private final double[] values;
  private final CacheUse cache;

  /**
   * An answer.
   *
   * @param values {@code [dim]}; not to be changed later
   * @param cache what was known of the history
   */
  public UserVector(double[] values, CacheUse cache) {
    this.values = values;
    this.cache = cache;
  }

  /** The vector {@code [dim]}: a copy. */
  public double[] values() {
    return values.clone();
  }

  /** What was known of the history. */
  public CacheUse cache() {
    return cache;
  }
}
