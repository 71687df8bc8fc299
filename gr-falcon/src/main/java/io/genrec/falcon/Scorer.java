package io.genrec.falcon;

import com.google.common.util.concurrent.Uninterruptibles;
import io.genrec.api.GenRecException;
import io.genrec.api.inference.Anchor;
import io.genrec.api.inference.CacheStatistics;
import io.genrec.api.inference.InferenceStrategy;
import io.genrec.api.inference.Scores;
import io.genrec.api.inference.ScoringModel;
import io.genrec.api.inference.ScoringRequest;
import io.genrec.api.sequence.History;
import io.genrec.api.sequence.Schema;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * Scores candidates for an application: takes complete histories and shows the model the part that
 * it may see, groups requests that wait, and refuses more than it can hold instead of growing.
 *
 * <p>Thread-safe. Owns the strategy and its threads until it is closed; closing answers what waits.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public final class Scorer implements AutoCloseable {
  private final Schema schema;
  private final InferenceStrategy strategy;
  private final ScorerConfig config;
  private final Anchor anchor;
  private final BlockingQueue<Waiting> queue;
  private final List<Thread> threads = new ArrayList<>();
  private boolean closed;

  /**
   * A request in the queue.
   *
   * @param request null tells a thread to end
   */
  private record Waiting(
      @Nullable ScoringRequest request, long deadline, CompletableFuture<Scores> answer) {
    static Waiting end() {
      return new Waiting(null, 0, new CompletableFuture<>());
    }

    boolean isLate() {
      return System.nanoTime() - deadline > 0;
    }
  }

  /**
   * Starts the threads.
   *
   * @param model what the strategy runs; closed by the caller, after this
   * @param strategy is closed with this
   * @throws IllegalArgumentException if the anchor is not below the most events that are shown
   */
  public Scorer(ScoringModel model, InferenceStrategy strategy, ScorerConfig config) {
    this.schema = model.schema();
    this.strategy = strategy;
    this.config = config;
    this.anchor = new Anchor(schema.maxHistory(), config.anchor());
    this.queue = new ArrayBlockingQueue<>(config.queue());
    for (int i = 0; i < Numbers.workers(config.concurrency()); i++) {
      Thread thread = new Thread(this::serve, "genrec-scorer-" + i);
      thread.setDaemon(true);
      threads.add(thread);
      thread.start();
    }
  }

  /**
   * Scores the candidates of a request and waits for it.
   *
   * @param request the user's events as complete as they are known; the model is shown the most
   *     recent ones
   * @throws GenRecException {@code [GR/TooManyRequests]} at once if too many wait; {@code
   *     [GR/NoSuchRow]} for an item outside the vocabulary; {@code [GR/UnknownItem]} if unknown
   *     items are to be refused; {@code [GR/NotANumber]} for a model with broken weights
   * @throws IllegalStateException if this is closed
   */
  public Scores score(ScoringRequest request) {
    try {
      return enqueue(request, Long.MAX_VALUE / 2).join();
    } catch (CompletionException e) {
      throw unwrapped(e);
    }
  }

  private static RuntimeException unwrapped(CompletionException e) {
    if (e.getCause() instanceof Error error) {
      throw error;
    }
    return e.getCause() instanceof RuntimeException cause ? cause : e;
  }

  /**
   * Scores the candidates of a request without waiting.
   *
   * @param within the time until the answer is of no use any more
   * @return fails with {@code [GR/DeadlinePassed]}, or as {@link #score} does
   * @throws GenRecException {@code [GR/TooManyRequests]}, {@code [GR/NoSuchRow]}, {@code
   *     [GR/UnknownItem]} at once
   * @throws IllegalStateException if this is closed
   */
  public CompletableFuture<Scores> submit(ScoringRequest request, Duration within) {
    long nanos = Math.max(0, within.toNanos());
    return enqueue(request, nanos)
        .orTimeout(nanos, TimeUnit.NANOSECONDS)
        .exceptionally(
            failure -> {
              if (failure instanceof TimeoutException) {
                throw late(failure);
              }
              throw failure instanceof CompletionException e ? e : new CompletionException(failure);
            });
  }

  private static GenRecException late(Throwable cause) {
    return new GenRecException(
        "DeadlinePassed",
        "the request's deadline passed before its answer was there; allow more time, send fewer"
            + " candidates or less at once",
        cause);
  }

  private CompletableFuture<Scores> enqueue(ScoringRequest request, long nanos) {
    ScoringRequest shown = shown(request);
    check("candidate", shown.candidates());
    check("shown event", shown.history());
    Waiting waiting = new Waiting(shown, System.nanoTime() + nanos, new CompletableFuture<>());
    synchronized (this) {
      if (closed) {
        throw new IllegalStateException("the scorer is closed");
      }
      if (!queue.offer(waiting)) {
        throw new GenRecException(
            "TooManyRequests",
            config.queue()
                + " requests wait already, which is the limit; ask again later, or raise"
                + " \"queue\"");
      }
    }
    return waiting.answer();
  }

  /** A function of the number of events alone: see {@link Anchor}. */
  private ScoringRequest shown(ScoringRequest request) {
    History history = request.history();
    int from = anchor.firstShown(request.firstIndex(), history.size());
    return new ScoringRequest(
        history.slice(from, history.size()),
        request.firstIndex() + from,
        request.at(),
        request.user(),
        request.candidates());
  }

  private void check(String what, History items) {
    int most = schema.feature(Schema.ITEM).values();
    for (int i = 0; i < items.size(); i++) {
      int row = items.category(Schema.ITEM, i);
      if (row < 0 || row > most) {
        throw new GenRecException(
            "NoSuchRow",
            what
                + " "
                + i
                + " has row "
                + row
                + ", but the model knows rows 1 to "
                + most
                + "; was it mapped with another vocabulary?");
      }
      if (row == 0 && config.unknownItems() == ScorerConfig.UnknownItems.REJECT) {
        throw new GenRecException(
            "UnknownItem",
            what
                + " "
                + i
                + " is an item that the model does not know; leave it out, or set"
                + " \"unknownItems\" to \"score\"");
      }
    }
  }

  private void serve() {
    List<Waiting> group = new ArrayList<>();
    boolean running = true;
    while (running) {
      group.clear();
      try {
        group.add(queue.take());
      } catch (InterruptedException e) {
        continue; // Only close ends a thread; nobody else knows it.
      }
      while (group.size() < config.together() && group.get(group.size() - 1).request() != null) {
        Waiting next = queue.poll();
        if (next == null) {
          break;
        }
        group.add(next);
      }
      running = !group.removeIf(waiting -> waiting.request() == null);
      answer(group);
    }
  }

  private void answer(List<Waiting> group) {
    List<Waiting> wanted = new ArrayList<>();
    for (Waiting waiting : group) {
      if (waiting.isLate()) {
        waiting.answer().completeExceptionally(late(new TimeoutException()));
      } else if (!waiting.answer().isDone()) {
        wanted.add(waiting);
      }
    }
    if (wanted.isEmpty()) {
      return;
    }
    try {
      List<Scores> found =
          strategy.score(wanted.stream().map(w -> Objects.requireNonNull(w.request())).toList());
      for (int i = 0; i < wanted.size(); i++) {
        wanted.get(i).answer().complete(found.get(i));
      }
    } catch (RuntimeException | Error e) {
      if (wanted.size() == 1) {
        wanted.get(0).answer().completeExceptionally(e);
      } else {
        // One bad request must not fail the others.
        wanted.forEach(waiting -> answer(List.of(waiting)));
      }
    }
  }

  /** Forgets all that is kept of a user. */
  public void invalidate(String user) {
    strategy.invalidate(user);
  }

  /** What the cache did. */
  public CacheStatistics statistics() {
    return strategy.statistics();
  }

  /** Answers what waits, then ends. Later calls do nothing. */
  @Override
  public void close() {
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
    }
    for (int i = 0; i < threads.size(); i++) {
      Uninterruptibles.putUninterruptibly(queue, Waiting.end());
    }
    threads.forEach(Uninterruptibles::joinUninterruptibly);
    strategy.close();
  }
}
