package io.genrec.falcon;

import io.genrec.api.sequence.Batch;
import java.util.EnumMap;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.apache.arrow.memory.BufferAllocator;

/**
 * Batches that are used again for the same purpose, so that requests in a steady state take no new
 * memory: as many as there were at once, each as large as its largest use. Thread-safe; owns all
 * batches until it is closed.
 */
final class Workspaces implements AutoCloseable {
  private final BufferAllocator memory;
  private final Map<Purpose, Queue<Batch>> free = new EnumMap<>(Purpose.class);
  private final Queue<Batch> all = new ConcurrentLinkedQueue<>();

  /** What a batch holds; each has columns of its own. */
  enum Purpose {
    /** The tokens of a request. */
    TOKENS,
    /** The memory of a request's last tokens. */
    LAST,
    /** The memory of a request in the order of products, if none is kept. */
    ARRANGED,
    /** Rows that are kept in half precision, written out. */
    WIDENED,
    /** What a run over whole or new tokens reads. */
    HISTORY,
    /** The memory that such a run gives. */
    MEMORY,
    /** All inputs of a run that several requests share. */
    SHARED,
    /** What a run over candidates gives. */
    PREDICTIONS
  }

  Workspaces(BufferAllocator memory) {
    this.memory = memory;
    for (Purpose purpose : Purpose.values()) {
      free.put(purpose, new ConcurrentLinkedQueue<>());
    }
  }

  /** A batch without columns. */
  Batch take(Purpose purpose) {
    Batch batch = queue(purpose).poll();
    if (batch == null) {
      batch = new Batch(memory);
      all.add(batch);
    }
    batch.clear();
    return batch;
  }

  /** Takes a batch back, whose columns must not be used any more. */
  void give(Purpose purpose, Batch batch) {
    queue(purpose).add(batch);
  }

  private Queue<Batch> queue(Purpose purpose) {
    return java.util.Objects.requireNonNull(free.get(purpose));
  }

  @Override
  public void close() {
    free.values().forEach(Queue::clear);
    all.forEach(Batch::close);
    all.clear();
  }
}
