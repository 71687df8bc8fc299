package io.genrec.falcon;

import io.genrec.api.GenRecException;
import io.genrec.api.graph.TensorType;
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

  /** Copies the map, keeping its order. */
  public MemoryPlan {
    parts = Collections.unmodifiableMap(new LinkedHashMap<>(parts));
  }

  /**
   * Predicts.
   *
   * @param memory what is kept of tokens, by name
   * @param valueBytes the bytes of the model's values
   * @param tokens the most tokens of a history
   */
  public static MemoryPlan of(
      Map<String, TensorType> memory, long valueBytes, int tokens, MFalconConfig config) {
    boolean half = config.precision() == Precision.HALF;
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
    long history = rows + (half ? 0 : arranged) + (long) Long.BYTES * tokens;
    int workers = Numbers.workers(config.workers());
    long widest = config.microBatch() == 0 ? LARGEST_MICRO_BATCH : config.microBatch();
    long chunk = Math.min(tokens, config.prefillChunk());
    long matrix = heads * tokens * Float.BYTES * LIVE_MATRICES;
    Map<String, Long> parts = new LinkedHashMap<>();
    parts.put("values", valueBytes);
    parts.put("cache", config.cacheBytes());
    parts.put("requests", workers * (history + chunk * row));
    parts.put("runs", workers * matrix * Math.max(widest, chunk));
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

  /**
   * Refuses a plan that does not fit.
   *
   * @throws GenRecException {@code [GR/OverBudget]}
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
              + "; lower cacheBytes, workers or microBatch, or raise the budget");
    }
  }
}
