package io.genrec.api.inference;

import org.apiguardian.api.API;

/**
 * What a cache did since it was made.
 *
 * @param hits requests whose history was there
 * @param extensions requests of which only the newest events were computed
 * @param misses requests whose history was not there, or with another past
 * @param moved requests whose history begins at another event than the one that was there
 * @param evictions entries that made room for others
 * @param entries entries now
 * @param bytes the bytes that entries take now, outside the Java heap
 */
@API(status = API.Status.STABLE, since = "0.1")
public record CacheStatistics(
    long hits, long extensions, long misses, long moved, long evictions, long entries, long bytes) {
  /** Of a strategy that keeps nothing. */
  public static final CacheStatistics NONE = new CacheStatistics(0, 0, 0, 0, 0, 0, 0);
}
