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
 * @param disk what the tier on the disk did, whose finds count as hits or extensions too
 */
@API(status = API.Status.STABLE, since = "0.1")
public record CacheStatistics(
    long hits,
    long extensions,
    long misses,
    long moved,
    long evictions,
    long entries,
    long bytes,
    Disk disk) {
  /** Of a strategy that keeps nothing. */
  public static final CacheStatistics NONE = new CacheStatistics(0, 0, 0, 0, 0, 0, 0);

  /**
   * What a tier on the disk did.
   *
   * @param hits hits and extensions whose history, or its beginning, was read from the disk
   * @param spills histories that were written when they left the memory
   * @param evictions files that made room for others
   * @param failures files that could not be written, or were damaged when they were read; a damaged
   *     one is deleted and was a miss
   * @param entries files now
   * @param bytes the bytes that files take now, those being written included
   */
  public record Disk(
      long hits, long spills, long evictions, long failures, long entries, long bytes) {
    /** Of a cache without a tier on the disk. */
    public static final Disk NONE = new Disk(0, 0, 0, 0, 0, 0);
  }

  /** Of a cache without a tier on the disk. */
  public CacheStatistics(
      long hits,
      long extensions,
      long misses,
      long moved,
      long evictions,
      long entries,
      long bytes) {
    this(hits, extensions, misses, moved, evictions, entries, bytes, Disk.NONE);
  }
}
