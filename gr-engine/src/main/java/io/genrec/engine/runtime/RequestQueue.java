package io.genrec.engine.runtime;

import com.google.common.util.concurrent.Uninterruptibles;
import io.genrec.api.GenRecException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * Requests that wait for threads which answer them, several as a group: at most so many, and none
 * after its deadline. Thread-safe; owns its threads until it is closed, which answers what waits.
 *
 * @param <Q> a request
 * @param <A> its answer
 */
@API(status = API.Status.INTERNAL, since = "0.1")
public final class RequestQueue<Q, A> implements AutoCloseable {
  /** As long as the system's clock can tell from the past. */
  private static final Duration FOREVER = Duration.ofNanos(Long.MAX_VALUE / 2);

  private final Function<List<Q>, List<A>> answers;
  private final int capacity;
  private final int together;
  private final BlockingQueue<Waiting<Q, A>> queue;
  private final List<Thread> threads = new ArrayList<>();
  private boolean closed;

  /**
   * A request in the queue.
   *
   * @param request null tells a thread to end
   */
  private record Waiting<Q, A>(@Nullable Q request, long deadline, CompletableFuture<A> answer) {
    boolean isLate() {
      return System.nanoTime() - deadline > 0;
    }
  }

  /**
   * Starts the threads.
   *
   * @param capacity how many requests may wait
   * @param concurrency how many groups are answered at a time
   * @param together the most requests of a group
   * @param name what threads are called
   * @param answers one answer for each request of a group, in their order; if it fails, each is
   *     asked alone
   */
  public RequestQueue(
      int capacity,
      int concurrency,
      int together,
      String name,
      Function<List<Q>, List<A>> answers) {
    this.answers = answers;
    this.capacity = capacity;
    this.together = together;
    this.queue = new ArrayBlockingQueue<>(capacity);
    for (int i = 0; i < concurrency; i++) {
      Thread thread = new Thread(this::serve, name + "-" + i);
      thread.setDaemon(true);
      threads.add(thread);
      thread.start();
    }
  }

  /**
   * Asks and waits. In what follows another answer on a thread of this queue it is answered there
   * and then: nobody else may be left to wait for.
   *
   * @throws GenRecException {@code [GR/TooManyRequests]} at once if too many wait
   * @throws IllegalStateException if this is closed
   */
  public A ask(Q request) {
    if (isOwn(Thread.currentThread())) {
      requireOpen();
      return answers.apply(List.of(request)).get(0);
    }
    try {
      return enqueue(request, FOREVER.toNanos()).join();
    } catch (CompletionException e) {
      throw unwrapped(e);
    }
  }

  private boolean isOwn(Thread thread) {
    return threads.contains(thread);
  }

  private synchronized void requireOpen() {
    if (closed) {
      throw new IllegalStateException("the queue of requests is closed");
    }
  }

  private static RuntimeException unwrapped(CompletionException e) {
    if (e.getCause() instanceof Error error) {
      throw error;
    }
    return e.getCause() instanceof RuntimeException cause ? cause : e;
  }

  /**
   * Asks without waiting. What follows an answer runs on a thread that others wait for, so let long
   * work run elsewhere ({@code thenApplyAsync}); what follows a failure does.
   *
   * @param within the time until the answer is of no use any more; more than 146 years are forever
   * @return fails with {@code [GR/DeadlinePassed]}, or as the answer does
   * @throws GenRecException {@code [GR/TooManyRequests]} at once
   * @throws IllegalStateException if this is closed
   */
  @SuppressWarnings("FutureReturnValueIgnored") // All of it is told.
  public CompletableFuture<A> submit(Q request, Duration within) {
    long nanos = nanos(within);
    CompletableFuture<A> told = new CompletableFuture<>();
    enqueue(request, nanos)
        .orTimeout(nanos, TimeUnit.NANOSECONDS)
        .whenComplete(
            (answer, failure) -> {
              if (failure instanceof TimeoutException) {
                // Java has one thread for all deadlines, which nobody may hold up.
                told.completeAsync(
                    () -> {
                      throw late(failure);
                    });
              } else if (failure != null) {
                told.completeExceptionally(failure);
              } else {
                told.complete(answer);
              }
            });
    return told;
  }

  private static long nanos(Duration within) {
    if (within.isNegative()) {
      return 0;
    }
    return within.compareTo(FOREVER) < 0 ? within.toNanos() : FOREVER.toNanos();
  }

  private static GenRecException late(Throwable cause) {
    return new GenRecException(
        "DeadlinePassed",
        "the request's deadline passed before its answer was there; allow more time, or ask for"
            + " less at once",
        cause);
  }

  private CompletableFuture<A> enqueue(Q request, long nanos) {
    Waiting<Q, A> waiting =
        new Waiting<>(request, System.nanoTime() + nanos, new CompletableFuture<>());
    synchronized (this) {
      requireOpen();
      if (!queue.offer(waiting)) {
        throw new GenRecException(
            "TooManyRequests",
            capacity
                + " requests wait already, which is the limit; ask again later, or raise"
                + " \"queue\"");
      }
    }
    return waiting.answer();
  }

  private void serve() {
    List<Waiting<Q, A>> group = new ArrayList<>();
    boolean running = true;
    while (running) {
      group.clear();
      try {
        group.add(queue.take());
      } catch (InterruptedException e) {
        continue; // Only close ends a thread; nobody else knows it.
      }
      while (group.size() < together && group.get(group.size() - 1).request() != null) {
        Waiting<Q, A> next = queue.poll();
        if (next == null) {
          break;
        }
        group.add(next);
      }
      running = !group.removeIf(waiting -> waiting.request() == null);
      answer(group);
    }
  }

  private void answer(List<Waiting<Q, A>> group) {
    List<Waiting<Q, A>> wanted = new ArrayList<>();
    List<Q> requests = new ArrayList<>();
    for (Waiting<Q, A> waiting : group) {
      Q request = waiting.request();
      if (waiting.isLate()) {
        waiting.answer().completeExceptionally(late(new TimeoutException()));
      } else if (!waiting.answer().isDone() && request != null) {
        wanted.add(waiting);
        requests.add(request);
      }
    }
    if (wanted.isEmpty()) {
      return;
    }
    try {
      List<A> found = answers.apply(requests);
      for (int i = 0; i < wanted.size(); i++) {
        wanted.get(i).answer().complete(found.get(i));
      }
    } catch (Throwable e) { // Plug-ins may be written in languages without checked exceptions.
      if (wanted.size() == 1) {
        wanted.get(0).answer().completeExceptionally(e);
      } else {
        // One bad request must not fail the others.
        wanted.forEach(waiting -> answer(List.of(waiting)));
      }
    }
  }

  /**
   * Answers what waits, then ends. Later calls wait for that too.
   *
   * @throws IllegalStateException in what follows an answer on a thread of this queue, which would
   *     wait for its own end
   */
  @Override
  public void close() {
    if (isOwn(Thread.currentThread())) {
      throw new IllegalStateException(
          "a thread that answers requests cannot wait for its own end; close from another thread,"
              + " or let what follows an answer run on one (thenAcceptAsync)");
    }
    boolean first;
    synchronized (this) {
      first = !closed;
      closed = true;
    }
    for (int i = 0; first && i < threads.size(); i++) {
      Uninterruptibles.putUninterruptibly(queue, new Waiting<>(null, 0, new CompletableFuture<>()));
    }
    threads.forEach(Uninterruptibles::joinUninterruptibly);
  }
}
