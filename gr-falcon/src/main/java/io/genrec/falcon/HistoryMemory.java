package io.genrec.falcon;

import io.genrec.api.sequence.Batch;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a history at one length. Immutable: more events give another one, which may
 * share the rows. Counted references: begins with one, and gives its memory back with the last.
 */
final class HistoryMemory {
  private final MemoryRows rows;
  private final @Nullable Batch arranged;
  private final long arrangedBytes;
  private final long first;
  private final long[] hashes;
  private final AtomicInteger references = new AtomicInteger(1);

  /**
   * Takes over a reference to rows, and the batch if there is one.
   *
   * @param rows at least {@code hashes.length} of them
   * @param arranged the same in the order of products; null if that is made for each request
   * @param first how many of the user's events precede the history
   * @param hashes one for each beginning
   */
  HistoryMemory(MemoryRows rows, @Nullable Batch arranged, long first, long[] hashes) {
    this.rows = rows;
    this.arranged = arranged;
    this.first = first;
    this.hashes = hashes;
    this.arrangedBytes =
        arranged == null
            ? 0
            : arranged.columns().values().stream()
                .mapToLong(column -> MemoryPlan.allocated(column.bytes().capacity()))
                .sum();
  }

  MemoryRows rows() {
    return rows;
  }

  /** The first tokens in the order of products; null if that is not kept. */
  @Nullable Batch arranged(int tokens) {
    return tokens == length() ? arranged : null;
  }

  /** How many of the user's events precede the history. */
  long first() {
    return first;
  }

  /** One hash for each beginning; not to be changed. */
  long[] hashes() {
    return hashes;
  }

  /** The number of tokens. */
  int length() {
    return hashes.length;
  }

  /** Bytes outside the Java heap, and the hashes. */
  long bytes() {
    return rows.bytes() + arrangedBytes + (long) Long.BYTES * hashes.length;
  }

  /** Whether tokens with these hashes begin with all of these, or are a beginning of these. */
  boolean sharesBeginning(long[] other) {
    int common = Math.min(hashes.length, other.length);
    return common == 0 || hashes[common - 1] == other[common - 1];
  }

  HistoryMemory retain() {
    references.incrementAndGet();
    return this;
  }

  void release() {
    if (references.decrementAndGet() == 0) {
      if (arranged != null) {
        arranged.close();
      }
      rows.release();
    }
  }
}
