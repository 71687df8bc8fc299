package io.genrec.falcon;

import io.genrec.engine.runtime.Workers;
import java.util.List;

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

  /** Runs all tasks, in any order, and waits for them; a failure is thrown at the end. */
  void run(List<Runnable> tasks) {
    helpers.runAll(tasks, workers);
  }

  @Override
  public void close() {
    helpers.close();
  }
}
