package io.genrec.engine.runtime;

import com.google.common.util.concurrent.Uninterruptibles;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
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

  /** A helper that was asked, and whether it, or the end of the work, came first. */
  private record Share(AtomicBoolean taken, Future<Boolean> work) {}

  /**
   * Runs pieces of work, in any order, by the caller and by threads that are free, and waits for
   * them. The caller never waits for a thread to begin with, which costs more than a small piece. A
   * failure is thrown at the end; pieces may be left out then.
   *
   * @param most how many pieces run at a time, the caller's among them
   */
  public void runAll(List<Runnable> pieces, int most) {
    AtomicInteger next = new AtomicInteger();
    List<Share> shares = new ArrayList<>();
    for (int i = 1; i < Math.min(most, pieces.size()); i++) {
      AtomicBoolean taken = new AtomicBoolean();
      shares.add(
          new Share(taken, submit(() -> taken.compareAndSet(false, true) && share(pieces, next))));
    }
    List<Future<Boolean>> begun = new ArrayList<>();
    try {
      share(pieces, next);
    } finally {
      // All pieces have begun, or one failed here: a helper that comes later finds its share taken.
      for (Share share : shares) {
        if (!share.taken().compareAndSet(false, true)) {
          begun.add(share.work());
        }
      }
      settle(begun);
    }
    begun.forEach(Workers::await);
  }

  private static boolean share(List<Runnable> pieces, AtomicInteger next) {
    for (int i = next.getAndIncrement(); i < pieces.size(); i = next.getAndIncrement()) {
      pieces.get(i).run();
    }
    return true;
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
