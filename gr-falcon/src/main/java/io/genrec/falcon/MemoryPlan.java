package io.genrec.falcon;

import io.genrec.api.GenRecException;
import io.genrec.api.graph.TensorType;
import io.genrec.api.inference.Candidates;
import io.genrec.api.inference.ScoringModel;
import io.genrec.api.sequence.Schema;
import io.genrec.engine.bundle.ModelBundle;
import io.genrec.engine.model.Model;
import io.genrec.falcon.MFalconConfig.Precision;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.arrow.memory.rounding.DefaultRoundingPolicy;
import org.apiguardian.api.API;

/**
 * The bytes that {@code m-falcon} takes outside the Java heap, predicted before anything is opened.
 *
 * @param parts bytes by what takes them, in a fixed order
 * @param historyBytes what one kept history of full length takes
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public record MemoryPlan(Map<String, Long> parts, long historyBytes) {
  /** What a session takes beside values and activations: code, plans and small buffers. */
  private static final long SESSION_BYTES = 8L << 20;

  private static final int SESSIONS = 5;

  /** Products, weights and what an operator writes while it reads another. */
  private static final int LIVE_MATRICES = 3;

  private static final int LARGEST_MICRO_BATCH = 512;

  /** A token as the task writes it: features, times, positions and what a run reads beside them. */
  private static final int TOKEN_BYTES = 256;

  private static final int CANDIDATES = 1024;

  private static final String CACHE = "cache";

  /** Copies the map, keeping its order. */
  public MemoryPlan {
    parts = Collections.unmodifiableMap(new LinkedHashMap<>(parts));
  }

  /**
   * What is asked of a server at most.
   *
   * @param tokens of a history
   * @param candidates of a request
   * @param requests that are answered at a time; 0: as many as there are workers
   */
  public record Load(int tokens, int candidates, int requests) {
    /** Checks the values. */
    public Load {
      Numbers.requireAtLeast("tokens", tokens, 0);
      Numbers.requireAtLeast("candidates", candidates, 1);
      Numbers.requireAtLeast("requests", requests, 0);
    }

    /** Histories of so many tokens, 1024 candidates, a request for each worker. */
    public static Load of(int tokens) {
      return new Load(tokens, CANDIDATES, 0);
    }

    private int answered(MFalconConfig config) {
      return requests == 0 ? Numbers.workers(config.workers()) : requests;
    }

    /** The same with another number of candidates. */
    public Load candidates(int most) {
      return new Load(tokens, most, requests);
    }

    /** The same with another number of requests at a time. */
    public Load requests(int most) {
      return new Load(tokens, candidates, most);
    }
  }

  /** Predicts for the longest histories that a model is shown: what a start is measured by. */
  static MemoryPlan of(ScoringModel model, MFalconConfig config) {
    Schema schema = model.schema();
    Load load = Load.of(schema.maxLength());
    return model.predictions().isEmpty()
        ? ofFinder(model.memory(), model.valueBytes(), schema, load, config)
        : of(model.memory(), model.valueBytes(), load, config);
  }

  /**
   * Predicts for a bundle: for a {@link CandidateScorer} if its model ranks, else for a recommender
   * that finds items, for which candidates do not count.
   *
   * @throws GenRecException {@code [GR/NotCacheable]} if nothing of its encoder can be kept
   */
  public static MemoryPlan of(ModelBundle bundle, Load load, MFalconConfig config) {
    Model model = bundle.model();
    long values =
        model.parameters().values().stream()
            .mapToLong(value -> allocated(value.entries() * Float.BYTES))
            .sum();
    Map<String, TensorType> memory = model.cached().memory();
    return model.ranker().isEmpty()
        ? ofFinder(memory, values, model.schema(), load, config)
        : of(memory, values, load, config);
  }

  /**
   * The tokens of a history of so many events, as a bundle's task writes them; not more than the
   * model is shown.
   */
  public static int tokens(ModelBundle bundle, int events) {
    Schema schema = bundle.model().schema();
    return events < schema.maxHistory()
        ? bundle.task().requestLength(Candidates.items(new int[events]), 0)
        : schema.maxLength();
  }

  /**
   * Predicts for a model that scores candidates.
   *
   * @param memory what is kept of tokens, by name
   * @param valueBytes what the model's values take
   */
  public static MemoryPlan of(
      Map<String, TensorType> memory, long valueBytes, Load load, MFalconConfig config) {
    return of(memory, valueBytes, load, config, config.precision() == Precision.FULL);
  }

  /** The same for one that finds items: the scores of all, by a copy of their vectors. */
  private static MemoryPlan ofFinder(
      Map<String, TensorType> memory,
      long valueBytes,
      Schema schema,
      Load load,
      MFalconConfig config) {
    MemoryPlan users = of(memory, valueBytes, load.candidates(1), config, false);
    Schema.Feature item = schema.feature(Schema.ITEM);
    long rows = item.values() + 1L;
    long scores = load.answered(config) * rows * Float.BYTES * LIVE_MATRICES;
    Map<String, Long> parts = new LinkedHashMap<>(users.parts);
    parts.merge("runs", scores, Long::sum);
    parts.put("items", allocated(rows * item.dim() * Float.BYTES));
    return new MemoryPlan(parts, users.historyBytes);
  }

  private static MemoryPlan of(
      Map<String, TensorType> memory,
      long valueBytes,
      Load load,
      MFalconConfig config,
      boolean arranges) {
    boolean half = config.precision() == Precision.HALF;
    int tokens = load.tokens();
    long row = 0;
    long heads = 1;
    long arranged = 0;
    for (TensorType type : memory.values()) {
      long[] size = type.shape().without(0).without(0).sizes();
      long entries = 1;
      for (long axis : size) {
        entries *= axis;
      }
      row += entries * Float.BYTES;
      arranged += allocated(tokens * entries * Float.BYTES);
      heads = Math.max(heads, size[0]);
    }
    long rows = allocated(HistoryRuns.capacity(tokens) * row / (half ? 2 : 1));
    long history = rows + (arranges ? arranged : 0) + (long) Long.BYTES * tokens;
    int workers = Numbers.workers(config.workers());
    int requests = load.answered(config);
    long widest = config.microBatch() == 0 ? LARGEST_MICRO_BATCH : config.microBatch();
    widest = Math.min(widest, load.candidates());
    long chunk = Math.min(tokens, config.prefillChunk());
    // What is kept in half precision is written out, and put in the order of products, each time.
    long written = half ? allocated(tokens * row) + arranged : 0;
    long inputs = (long) TOKEN_BYTES * (tokens + load.candidates());
    long matrix = heads * tokens * Float.BYTES * LIVE_MATRICES;
    Map<String, Long> parts = new LinkedHashMap<>();
    parts.put("values", valueBytes);
    parts.put(CACHE, config.cacheBytes());
    parts.put("requests", requests * (history + written + inputs + allocated(chunk * row)));
    parts.put("runs", workers * matrix * Math.max(widest, chunk));
    if (config.disk() != null) {
      // To make room for a history, others leave that are as large, and one more.
      parts.put("spills", requests * 2 * history);
    }
    parts.put("sessions", SESSIONS * SESSION_BYTES);
    return new MemoryPlan(parts, history);
  }

  /** What Arrow takes for a buffer: up to some size the next power of two. */
  static long allocated(long bytes) {
    return DefaultRoundingPolicy.DEFAULT_ROUNDING_POLICY.getRoundedSize(bytes);
  }

  /** All of it. */
  public long total() {
    return parts.values().stream().mapToLong(Long::longValue).sum();
  }

  /** How many histories of full length the cache holds. */
  public long users() {
    return parts.getOrDefault(CACHE, 0L) / Math.max(1, historyBytes);
  }

  /**
   * Refuses a plan that does not fit.
   *
   * @throws GenRecException {@code [GR/OverBudget]} that says what to lower
   */
  public void requireWithin(long budget) {
    if (total() > budget) {
      String all =
          parts.entrySet().stream()
              .map(part -> part.getKey() + " " + part.getValue())
              .collect(Collectors.joining(", "));
      throw new GenRecException(
          "OverBudget",
          "serving would take about "
              + total()
              + " bytes outside the Java heap ("
              + all
              + "), but the budget is "
              + budget
              + "; "
              + advice(budget));
    }
  }

  private String advice(long budget) {
    long left = budget - (total() - parts.getOrDefault(CACHE, 0L));
    return left >= 0
        ? "lower cacheBytes to " + left + ", or raise the budget"
        : "even without a cache it would take "
            + (budget - left)
            + ": lower workers, microBatch or prefillChunk, or raise the budget";
  }
}
