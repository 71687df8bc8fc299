package io.genrec.falcon;

import io.genrec.engine.runtime.Workers;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Runs the tasks of a request on its own thread and on helpers that are free. A request never waits
 * for a thread to begin with, which costs more than a small run. Thread-safe.
 */
final class SharedWork implements AutoCloseable {
  private final int workers;
  private final Workers helpers;

  /**
   * Starts helpers.
   *
   * @param workers how many threads share the tasks of one request, its own among them
   */
  SharedWork(int workers) {
    this.workers = workers;
    this.helpers = new Workers(Math.max(1, workers - 1));
  }

  /** Helpers that were asked, and whether they, or the end of the work, came first. */
  private record Share(AtomicBoolean taken, Future<Boolean> work) {}

  /** Runs all tasks, in any order, and waits for them; a failure is thrown at the end. */
  void run(List<Runnable> tasks) {
    AtomicInteger next = new AtomicInteger();
    List<Share> shares = new ArrayList<>();
    for (int i = 1; i < Math.min(workers, tasks.size()); i++) {
      AtomicBoolean taken = new AtomicBoolean();
      shares.add(
          new Share(
              taken, helpers.submit(() -> taken.compareAndSet(false, true) && share(tasks, next))));
    }
    List<Future<Boolean>> begun = new ArrayList<>();
    try {
      share(tasks, next);
    } finally {
      // All tasks have begun, or one failed here: a helper that comes later finds its share taken.
      for (Share share : shares) {
        if (!share.taken().compareAndSet(false, true)) {
          begun.add(share.work());
        }
      }
      Workers.settle(begun);
    }
    begun.forEach(Workers::await);
  }

  private static boolean share(List<Runnable> tasks, AtomicInteger next) {
    for (int i = next.getAndIncrement(); i < tasks.size(); i = next.getAndIncrement()) {
      tasks.get(i).run();
    }
    return true;
  }

  @Override
  public void close() {
    helpers.close();
  }
}
