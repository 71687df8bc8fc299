package io.genrec.falcon;

import io.genrec.api.GenRecException;
import io.genrec.api.inference.Anchor;
import io.genrec.api.inference.CacheStatistics;
import io.genrec.api.inference.InferenceStrategy;
import io.genrec.api.inference.Scores;
import io.genrec.api.inference.ScoringModel;
import io.genrec.api.inference.ScoringRequest;
import io.genrec.api.sequence.History;
import io.genrec.api.sequence.Schema;
import io.genrec.api.sequence.Series;
import io.genrec.engine.runtime.RequestQueue;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.apiguardian.api.API;

/**
 * Scores candidates for an application: takes complete histories and shows the model the part that
 * it may see, groups requests that wait, and refuses more than it can hold instead of growing.
 *
 * <p>Thread-safe. Owns the strategy and its threads until it is closed; closing answers what waits.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public final class Scorer implements AutoCloseable {
  private final Schema schema;
  private final Series series;
  private final InferenceStrategy strategy;
  private final ScorerConfig config;
  private final Anchor anchor;
  private final RequestQueue<ScoringRequest, Scores> queue;
  private boolean closed;

  /**
   * Starts the threads.
   *
   * @param model what the strategy runs; closed by the caller, after this
   * @param strategy is closed with this
   * @throws IllegalArgumentException if the anchor is not below the most events that are shown
   */
  public Scorer(ScoringModel model, InferenceStrategy strategy, ScorerConfig config) {
    this.schema = model.schema();
    this.series = Series.of(schema);
    this.strategy = strategy;
    this.config = config;
    this.anchor = new Anchor(schema.maxHistory(), config.anchor());
    this.queue =
        new RequestQueue<>(
            config.queue(),
            Numbers.workers(config.concurrency()),
            config.together(),
            "genrec-scorer",
            strategy::score);
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
    return queue.ask(checked(request));
  }

  /**
   * Scores the candidates of a request without waiting.
   *
   * <p>What follows the answer runs on a thread that other requests wait for: let long work run
   * elsewhere ({@code thenApplyAsync}).
   *
   * @param within the time until the answer is of no use any more
   * @return fails with {@code [GR/DeadlinePassed]}, or as {@link #score} does
   * @throws GenRecException {@code [GR/TooManyRequests]}, {@code [GR/NoSuchRow]}, {@code
   *     [GR/UnknownItem]} at once
   * @throws IllegalStateException if this is closed
   */
  public CompletableFuture<Scores> submit(ScoringRequest request, Duration within) {
    return queue.submit(checked(request), within);
  }

  private ScoringRequest checked(ScoringRequest request) {
    ScoringRequest shown = shown(request);
    check("candidate", shown.candidates());
    requireItems(shown.candidates());
    check("shown event", shown.history());
    return shown;
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
      boolean unknown = row == 0 && !series.isEntry(items, i);
      if (unknown && config.unknownItems() == ScorerConfig.UnknownItems.REJECT) {
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

  private void requireItems(History candidates) {
    for (int i = 0; i < candidates.size(); i++) {
      if (series.isEntry(candidates, i)) {
        throw new GenRecException(
            "InvalidRequest",
            "candidate " + i + " is an entry of a slower-changing series; give items to score");
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

  /**
   * Answers what waits, then ends. Later calls wait for that and do nothing more.
   *
   * @throws IllegalStateException in what follows an answer on the thread that gave it
   */
  @Override
  public void close() {
    queue.close();
    closeStrategy();
  }

  private synchronized void closeStrategy() {
    if (!closed) {
      closed = true;
      strategy.close();
    }
  }
}
