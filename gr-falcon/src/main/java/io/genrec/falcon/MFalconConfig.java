package io.genrec.falcon;

import io.genrec.api.config.Default;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

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
 * @param disk where histories go that leave the memory; if absent, they are forgotten
 */
@API(status = API.Status.STABLE, since = "0.1")
public record MFalconConfig(
    @Default("0") int microBatch,
    @Default("0") int workers,
    @Default("1073741824") long cacheBytes,
    @Default("full") Precision precision,
    @Default("512") int prefillChunk,
    @Default("0") long budgetBytes,
    @Nullable Disk disk) {
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

  /**
   * A second tier: a folder of files. It belongs to one strategy at a time, which deletes its files
   * when it is opened and when it is closed.
   *
   * @param folder where files are written; made if it is not there
   * @param bytes the most bytes of all files
   */
  public record Disk(String folder, long bytes) {
    /** Checks the values. */
    public Disk {
      if (folder.isBlank()) {
        throw new IllegalArgumentException("folder must name a folder but is blank");
      }
      Numbers.requireAtLeast("bytes", bytes, 1);
    }
  }

  /** Without a tier on the disk. */
  public MFalconConfig(
      int microBatch,
      int workers,
      long cacheBytes,
      Precision precision,
      int prefillChunk,
      long budgetBytes) {
    this(microBatch, workers, cacheBytes, precision, prefillChunk, budgetBytes, null);
  }

  /** The same with a tier on the disk. */
  public MFalconConfig withDisk(String folder, long bytes) {
    return new MFalconConfig(
        microBatch,
        workers,
        cacheBytes,
        precision,
        prefillChunk,
        budgetBytes,
        new Disk(folder, bytes));
  }

  /** Checks the values. */
  public MFalconConfig {
    Numbers.requireAtLeast("microBatch", microBatch, 0);
    Numbers.requireAtLeast("workers", workers, 0);
    Numbers.requireAtLeast("cacheBytes", cacheBytes, 0);
    Numbers.requireAtLeast("prefillChunk", prefillChunk, 1);
    Numbers.requireAtLeast("budgetBytes", budgetBytes, 0);
    if (disk != null && cacheBytes == 0) {
      throw new IllegalArgumentException(
          "cacheBytes must be above 0 with a disk, which gets what leaves the memory");
    }
  }
}
