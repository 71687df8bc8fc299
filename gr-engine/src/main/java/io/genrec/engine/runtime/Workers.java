package io.genrec.engine.runtime;

import com.google.common.util.concurrent.Uninterruptibles;
import java.util.Collection;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apiguardian.api.API;

/**
 * A few threads that run graphs. Waiting is not cut short by interrupts, since workers use native
 * memory that may not be given back under them. Tasks begin in the order in which they are
 * submitted. Thread-safe.
 */
@API(status = API.Status.INTERNAL, since = "0.1")
public final class Workers implements AutoCloseable {
  private final ExecutorService pool;

  /** So many threads. */
  public Workers(int count) {
    pool = Executors.newFixedThreadPool(count);
  }

  /** Queues a task. */
  public <T> Future<T> submit(Callable<T> task) {
    return pool.submit(task);
  }

  /** The result of a task; its own exception if it failed. */
  public static <T> T await(Future<T> task) {
    try {
      return Objects.requireNonNull(Uninterruptibles.getUninterruptibly(task));
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      if (e.getCause() instanceof Error cause) {
        throw cause;
      }
      throw new IllegalStateException("a worker failed", e);
    }
  }

  /** Waits until tasks have ended, whatever came of them. */
  public static void settle(Collection<? extends Future<?>> tasks) {
    for (Future<?> task : tasks) {
      while (!task.isDone()) {
        try {
          Uninterruptibles.getUninterruptibly(task);
        } catch (ExecutionException e) {
          break; // Whoever needed the result is told by await.
        }
      }
    }
  }

  /** Waits until all tasks have ended. */
  @Override
  public void close() {
    pool.shutdown();
    Uninterruptibles.awaitTerminationUninterruptibly(pool);
  }
}
