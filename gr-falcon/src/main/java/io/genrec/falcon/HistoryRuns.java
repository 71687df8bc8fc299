package io.genrec.falcon;

import io.genrec.api.graph.Dim;
import io.genrec.api.inference.ScoringModel;
import io.genrec.api.inference.ScoringModel.Stage;
import io.genrec.api.inference.ScoringRequest;
import io.genrec.api.sequence.Batch;
import io.genrec.api.sequence.Batch.Column;
import io.genrec.falcon.MFalconConfig.Precision;
import io.genrec.falcon.Workspaces.Purpose;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Computes the memory of histories: from their beginning, or after a beginning that is known. */
final class HistoryRuns {
  private static final String MEMORY = "memory/";
  private static final String CACHED = "cached/";
  private static final int SPARE_SHARE = 8;
  private static final int LEAST_SPARE = 16;

  private final ScoringModel model;
  private final Workspaces workspaces;
  private final Precision precision;
  private final boolean arranges;
  private final int chunk;

  /**
   * Runs for a model.
   *
   * @param precision how memory is kept
   * @param chunk the most tokens of a run
   */
  HistoryRuns(ScoringModel model, Workspaces workspaces, Precision precision, int chunk) {
    this.model = model;
    this.workspaces = workspaces;
    this.precision = precision;
    this.arranges = arranges(model, precision);
    this.chunk = model.isExtendable() ? chunk : Integer.MAX_VALUE;
  }

  /**
   * Whether histories are kept in the order of products too: not in half precision, where that
   * would take the room again, and not if no candidates are scored.
   */
  static boolean arranges(ScoringModel model, Precision precision) {
    return precision == Precision.FULL && !model.predictions().isEmpty();
  }

  /** A history to compute. */
  static final class Wanted {
    private final ScoringRequest request;
    private final RequestTokens tokens;
    private final long[] hashes;
    private final @Nullable HistoryMemory known;

    /**
     * A history.
     *
     * @param request whose it is
     * @param tokens its tokens
     * @param hashes one for each beginning of what is kept
     * @param known the memory of a beginning; null for none
     */
    Wanted(
        ScoringRequest request,
        RequestTokens tokens,
        long[] hashes,
        @Nullable HistoryMemory known) {
      this.request = request;
      this.tokens = tokens;
      this.hashes = hashes;
      this.known = known;
    }

    private int kept() {
      return hashes.length;
    }
  }

  /** Whether histories like this one may share a run. */
  boolean shareable(Wanted wanted) {
    return wanted.known == null && wanted.kept() > 0 && wanted.tokens.length() <= chunk;
  }

  /** The memory of one history; the caller releases it. */
  HistoryMemory one(Wanted wanted) {
    int from = wanted.known == null ? 0 : wanted.known.length();
    int to = wanted.kept();
    MemoryRows rows = rows(wanted, from, to);
    try {
      for (int next; from < to; from = next) {
        next = (int) Math.min(to, (long) from + chunk);
        compute(wanted.tokens, rows, from, next);
      }
      return finished(rows, wanted);
    } catch (RuntimeException | Error e) {
      rows.release();
      throw e;
    }
  }

  /** The rows that are taken for a history, with room for more. */
  static int capacity(int tokens) {
    return tokens + Math.max(LEAST_SPARE, tokens / SPARE_SHARE);
  }

  /** Rows whose first ones are known and whose next ones are reserved. */
  private MemoryRows rows(Wanted wanted, int from, int to) {
    HistoryMemory known = wanted.known;
    if (known != null && known.rows().reserve(from, to)) {
      return known.rows().retain();
    }
    MemoryRows rows = new MemoryRows(model, precision, capacity(to));
    rows.reserve(0, to);
    if (known != null) {
      rows.copy(known.rows(), from);
    }
    return rows;
  }

  private void compute(RequestTokens tokens, MemoryRows rows, int from, int to) {
    Batch outputs = workspaces.take(Purpose.MEMORY);
    try {
      extend(tokens, rows, from, to, outputs);
      model
          .memory()
          .keySet()
          .forEach(name -> rows.write(name, from, outputs.column(MEMORY + name), 0, to - from));
    } finally {
      workspaces.give(Purpose.MEMORY, outputs);
    }
  }

  /**
   * Computes tokens after others.
   *
   * @param outputs gets {@code memory/<name>} of the new ones
   */
  void extend(RequestTokens tokens, MemoryRows rows, int from, int to, Batch outputs) {
    run(from == 0 ? Stage.PREFILL : Stage.EXTEND, tokens, rows, from, to, outputs);
  }

  /**
   * Computes what tokens after others, or after none, become.
   *
   * @param outputs gets {@code outputs [1, tokens, dim]}
   */
  void encode(RequestTokens tokens, MemoryRows rows, int from, int to, Batch outputs) {
    run(Stage.ENCODE, tokens, rows, from, to, outputs);
  }

  private void run(
      Stage stage, RequestTokens tokens, MemoryRows rows, int from, int to, Batch outputs) {
    RequestTokens.Inputs inputs = tokens.inputs(from, from, to);
    Batch widened = workspaces.take(Purpose.WIDENED);
    try {
      model.run(
          stage,
          name ->
              cachedMemory(name)
                  ? rows.view(memoryName(name), Math.max(1, from), widened)
                  : inputs.find(name),
          outputs);
    } finally {
      workspaces.give(Purpose.WIDENED, widened);
    }
  }

  private boolean cachedMemory(String input) {
    return input.startsWith(CACHED) && model.memory().containsKey(memoryName(input));
  }

  private static String memoryName(String input) {
    return input.substring(CACHED.length());
  }

  private HistoryMemory finished(MemoryRows rows, Wanted wanted) {
    return finished(rows, wanted.request.firstIndex(), wanted.hashes);
  }

  /**
   * The memory of a history whose rows are known. Takes over the reference to them, unless it
   * fails.
   *
   * @param first how many of the user's events precede it
   * @param hashes one for each beginning
   */
  HistoryMemory finished(MemoryRows rows, long first, long[] hashes) {
    if (!arranges) {
      return new HistoryMemory(rows, null, first, hashes);
    }
    Batch arranged = new Batch(model.allocator());
    try {
      arrange(rows, hashes.length, arranged);
    } catch (RuntimeException | Error e) {
      arranged.close();
      throw e;
    }
    return new HistoryMemory(rows, arranged, first, hashes);
  }

  /**
   * Puts the first rows in the order of products; one row of zeros if there is none.
   *
   * @param arranged gets {@code arranged/<name>}
   */
  void arrange(MemoryRows rows, int count, Batch arranged) {
    Batch widened = workspaces.take(Purpose.WIDENED);
    try {
      model.run(
          Stage.ARRANGE,
          name -> rows.view(memoryName(name), Math.max(1, count), widened),
          arranged);
    } finally {
      workspaces.give(Purpose.WIDENED, widened);
    }
  }

  /**
   * The memory of a token that is not there: zeros.
   *
   * @param batch gets {@code memory/<name>}
   */
  void noToken(Batch batch) {
    model
        .memory()
        .forEach(
            (name, type) -> {
              long[] size = type.shape().with(0, Dim.ONE).with(1, Dim.ONE).sizes();
              if (model.realBytes() == Double.BYTES) {
                batch.doubles(MEMORY + name, size);
              } else {
                batch.floats(MEMORY + name, size);
              }
            });
  }

  /** The memory of several histories in one run, each {@link #shareable}. */
  List<HistoryMemory> together(List<Wanted> histories) {
    Batch inputs = workspaces.take(Purpose.HISTORY);
    Batch outputs = workspaces.take(Purpose.MEMORY);
    List<HistoryMemory> found = new ArrayList<>();
    try {
      List<RequestTokens.Inputs> parts =
          histories.stream().map(w -> w.tokens.inputs(0, 0, w.tokens.length())).toList();
      model.run(
          Stage.PREFILL,
          name -> Stack.of(inputs, name, parts, RequestTokens.Inputs::find, Stack.SECOND),
          outputs);
      for (int b = 0; b < histories.size(); b++) {
        found.add(taken(histories.get(b), outputs, b));
      }
      return found;
    } catch (RuntimeException | Error e) {
      found.forEach(HistoryMemory::release);
      throw e;
    } finally {
      workspaces.give(Purpose.HISTORY, inputs);
      workspaces.give(Purpose.MEMORY, outputs);
    }
  }

  private HistoryMemory taken(Wanted wanted, Batch outputs, int sequence) {
    MemoryRows rows = rows(wanted, 0, wanted.kept());
    try {
      for (String name : model.memory().keySet()) {
        Column memory = outputs.column(MEMORY + name);
        rows.write(name, 0, memory, sequence, wanted.kept());
      }
      return finished(rows, wanted);
    } catch (RuntimeException | Error e) {
      rows.release();
      throw e;
    }
  }
}
