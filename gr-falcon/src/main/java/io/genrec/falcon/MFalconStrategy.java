package io.genrec.falcon;

import io.genrec.api.GenRecException;
import io.genrec.api.inference.CacheStatistics;
import io.genrec.api.inference.InferenceStrategy;
import io.genrec.api.inference.Scores;
import io.genrec.api.inference.ScoringModel;
import io.genrec.api.inference.ScoringRequest;
import io.genrec.api.inference.UserVector;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** See {@link MFalcon}. Thread-safe. */
final class MFalconStrategy implements InferenceStrategy {
  /** Bounds a run's matrices of attention by two tokens. */
  private static final long MAX_CELLS = 1L << 20;

  private final ScoringModel model;
  private final MicroBatchSizes sizes;
  private final boolean keeps;
  private final SharedWork work;
  private final Workspaces workspaces;
  private final HistoryRuns histories;
  private final CandidateRuns candidates;
  private final HistoryCache cache;

  MFalconStrategy(MFalconConfig config, ScoringModel model) {
    // Refuses an encoder of which nothing can be kept, before anything is opened.
    MemoryPlan plan = MemoryPlan.of(model, config);
    requireLastTokenAfterKept(model);
    if (config.budgetBytes() > 0) {
      plan.requireWithin(config.budgetBytes());
    }
    if (config.precision() == MFalconConfig.Precision.HALF && model.realBytes() != Float.BYTES) {
      throw new IllegalArgumentException("precision half needs a model of 32-bit reals");
    }
    this.model = model;
    this.sizes = new MicroBatchSizes(config.microBatch(), Numbers.workers(config.workers()));
    this.keeps = config.cacheBytes() > 0;
    this.workspaces = new Workspaces(model.allocator());
    this.histories = new HistoryRuns(model, workspaces, config.precision(), config.prefillChunk());
    this.candidates = new CandidateRuns(model, workspaces);
    this.cache = new HistoryCache(config.cacheBytes(), disk(config));
    this.work = new SharedWork(Numbers.workers(config.workers()));
  }

  private @Nullable DiskTier disk(MFalconConfig config) {
    return config.disk() == null
        ? null
        : DiskTier.open(config.disk(), config.precision(), model, histories);
  }

  /** A user's vector is computed by the last token after the others, which must stay right. */
  private static void requireLastTokenAfterKept(ScoringModel model) {
    if (model.predictions().isEmpty() && !model.isExtendable()) {
      throw new GenRecException(
          "NotCacheable",
          "with this encoder what is kept of a history changes with the events after it (layers of"
              + " the last tokens, or context that sees the history), so nothing is kept for"
              + " finding items; name no strategy to find them by whole histories");
    }
  }

  @Override
  public List<Scores> score(List<ScoringRequest> requests) {
    return answers(
        requests,
        jobs -> {
          List<RequestJob> asked =
              jobs.stream().filter(job -> job.request().candidates().size() > 0).toList();
          remember(asked);
          work.run(each(asked, job -> job.prepare(histories)));
          work.run(candidates.of(asked, sizes));
        },
        RequestJob::scores);
  }

  @Override
  public List<UserVector> users(List<ScoringRequest> requests) {
    if (!model.predictions().isEmpty()) {
      throw new GenRecException(
          "NotARetriever",
          "model "
              + model.fingerprint()
              + " predicts outcomes of candidates and finds no items; use CandidateScorer");
    }
    requests.forEach(MFalconStrategy::requireEvents);
    return answers(
        requests,
        jobs -> {
          remember(jobs);
          work.run(each(jobs, job -> job.encode(histories)));
        },
        RequestJob::user);
  }

  private static void requireEvents(ScoringRequest request) {
    if (request.history().size() == 0) {
      throw new GenRecException(
          "InvalidRequest", "a user's vector is made of events, but the request has none");
    }
  }

  private <T> List<T> answers(
      List<ScoringRequest> requests,
      Consumer<List<RequestJob>> compute,
      Function<RequestJob, T> answer) {
    List<RequestJob> jobs = new ArrayList<>();
    try {
      requests.forEach(request -> jobs.add(new RequestJob(model, workspaces, request)));
      compute.accept(jobs);
      return jobs.stream().map(answer).toList();
    } finally {
      jobs.forEach(RequestJob::close);
    }
  }

  private static List<Runnable> each(List<RequestJob> jobs, Consumer<RequestJob> what) {
    List<Runnable> tasks = new ArrayList<>();
    jobs.forEach(job -> tasks.add(() -> what.accept(job)));
    return tasks;
  }

  /**
   * Finds or computes the memory of each history, one computation per user at a time. Whoever
   * computes waits for nobody, so that requests do not block each other.
   */
  private void remember(List<RequestJob> jobs) {
    List<RequestJob> open = jobs;
    while (!open.isEmpty()) {
      List<RequestJob> compute = new ArrayList<>();
      List<RequestJob> wait = new ArrayList<>();
      List<HistoryCache.Claim> others = new ArrayList<>();
      try {
        for (RequestJob job : open) {
          if (!keeps || job.request().user().isEmpty()) {
            compute.add(job);
            continue;
          }
          HistoryCache.Claim claim = job.claim(cache, key(job.request().user().get()));
          if (claim.mustCompute()) {
            compute.add(job);
          } else if (claim.mustWait()) {
            wait.add(job);
            others.add(claim);
          }
        }
      } catch (RuntimeException | Error e) {
        // A history could not be read: nobody must wait for the others.
        compute.forEach(job -> job.end(cache));
        throw e;
      }
      compute(compute);
      others.forEach(claim -> Objects.requireNonNull(claim.building()).join());
      open = wait;
    }
  }

  private HistoryCache.Key key(String user) {
    return new HistoryCache.Key(model.fingerprint(), user);
  }

  private void compute(List<RequestJob> jobs) {
    try {
      List<Runnable> tasks = new ArrayList<>();
      List<RequestJob> group = new ArrayList<>();
      for (RequestJob job : jobs) {
        if (!histories.shareable(job.wanted())) {
          tasks.add(computed(job));
          continue;
        }
        if (!group.isEmpty() && cells(group, job) > MAX_CELLS) {
          tasks.add(computed(group));
          group = new ArrayList<>();
        }
        group.add(job);
      }
      if (!group.isEmpty()) {
        tasks.add(computed(group));
      }
      work.run(tasks);
    } finally {
      jobs.forEach(job -> job.end(cache));
    }
  }

  private static long cells(List<RequestJob> group, RequestJob next) {
    long length = next.tokens().length();
    for (RequestJob job : group) {
      length = Math.max(length, job.tokens().length());
    }
    return (group.size() + 1) * length * length;
  }

  private Runnable computed(RequestJob job) {
    return () -> {
      job.computed(histories.one(job.wanted()));
      job.publish(cache);
    };
  }

  private Runnable computed(List<RequestJob> group) {
    return () -> {
      List<HistoryMemory> found =
          histories.together(group.stream().map(RequestJob::wanted).toList());
      for (int i = 0; i < found.size(); i++) {
        group.get(i).computed(found.get(i));
      }
      group.forEach(job -> job.publish(cache));
    };
  }

  @Override
  public void invalidate(String user) {
    cache.invalidate(key(user));
  }

  @Override
  public CacheStatistics statistics() {
    return cache.statistics();
  }

  @Override
  public void close() {
    work.close();
    cache.close();
    workspaces.close();
  }
}
