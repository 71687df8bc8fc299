package io.genrec.engine.runtime;

import com.google.common.util.concurrent.Uninterruptibles;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
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
  private static final Runnable END = () -> {};

  private final BlockingQueue<Runnable> queue = new LinkedBlockingQueue<>();
  private final List<Thread> threads = new ArrayList<>();

  /** So many threads. With none, tasks run when their owner takes part in them. */
  public Workers(int count) {
    for (int i = 0; i < count; i++) {
      Thread thread = new Thread(this::work, "genrec-worker-" + i);
      threads.add(thread);
      thread.start();
    }
  }

  private void work() {
    for (Runnable task = next(); task != END; task = next()) {
      task.run();
    }
  }

  private Runnable next() {
    return Uninterruptibles.takeUninterruptibly(queue);
  }

  /** Queues a task. */
  public <T> Future<T> submit(Callable<T> task) {
    FutureTask<T> queued = new FutureTask<>(task);
    queue.add(queued);
    return queued;
  }

  /**
   * Works at queued tasks, as one thread more, until some of them have ended: the last of them to
   * end is then as likely as not the caller's own, and the caller goes on without a hand-over.
   *
   * @param awaited tasks of these workers
   */
  public void takePart(Collection<? extends Future<?>> awaited) {
    for (Future<?> task : awaited) {
      while (!task.isDone()) {
        Runnable next = queue.poll();
        if (next == null) {
          settle(List.of(task)); // Another thread is at it.
        } else {
          next.run();
        }
      }
    }
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

  /** How long processors have worked for these threads and the caller, in nanoseconds. */
  public long processorNanos() {
    ThreadMXBean times = ManagementFactory.getThreadMXBean();
    long nanos = times.getCurrentThreadCpuTime();
    for (Thread thread : threads) {
      nanos += times.getThreadCpuTime(thread.getId());
    }
    return nanos;
  }

  /** Waits until all tasks have ended; the caller takes part in them. */
  @Override
  public void close() {
    for (Runnable task = queue.poll(); task != null; task = queue.poll()) {
      task.run();
    }
    threads.forEach(thread -> queue.add(END));
    threads.forEach(Uninterruptibles::joinUninterruptibly);
  }
}
