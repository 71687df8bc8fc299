package io.genrec.testkit;

import io.genrec.api.encoder.Head;
import io.genrec.api.graph.Graph;
import io.genrec.api.graph.TensorType;
import io.genrec.engine.model.CachedGraphs;
import io.genrec.engine.model.Model;
import io.genrec.testkit.Sequence.Slice;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;

/**
 * Cached scoring in its stages, as a server would do it: a cache of memory by sequence that is
 * filled, extended and read.
 */
final class Stages {
  private static final int WIDTH = EncoderBench.MAX_HISTORY;
  private static final String CACHED = "cached";
  private static final String MEMORY = "memory/";

  /** What the encoder gives, as it is. */
  private static final Head OUTPUTS = (outputs, tokens) -> Map.of(CachedGraphs.OUTPUTS, outputs);

  private final EncoderBench bench;
  private final CachedGraphs graphs;
  private final Session prefill;
  private final Session extend;
  private final Session arrange;
  private final Session score;

  /** Memory by name {@code [batch][WIDTH][all further axes]}; the first rows of each count. */
  private final Map<String, double[][][]> memory = new LinkedHashMap<>();

  private int[] cached = {};

  Stages(EncoderBench bench, CachedGraphs graphs) {
    this.bench = bench;
    this.graphs = graphs;
    TestedModel tested = bench.all();
    this.prefill = tested.compiled(graphs.prefill(), bench.precision());
    this.extend = tested.compiled(graphs.extend(), bench.precision());
    this.arrange = tested.compiled(graphs.arrange(), bench.precision());
    this.score = tested.compiled(scoreGraph(graphs), bench.precision());
  }

  /** The graph of the outputs of candidates, for histories of any lengths. */
  static Graph scoreGraph(CachedGraphs graphs) {
    return graphs.score(OUTPUTS, CachedGraphs.Lengths.MIXED);
  }

  /** Whether events can be appended. */
  boolean extendable() {
    return graphs.isExtendable();
  }

  /** How many events of a history a cache holds at a request. */
  int kept(Sequence sequence) {
    return graphs.lastIsComputedAgain() ? Math.max(0, sequence.history() - 1) : sequence.history();
  }

  /** Caches histories from their beginnings; gives the outputs of these events. */
  double[][][] prefill(List<Sequence> requests) {
    cached = new int[requests.size()];
    memory.clear();
    graphs
        .memory()
        .forEach((name, type) -> memory.put(name, new double[requests.size()][WIDTH][width(type)]));
    return append(prefill, requests);
  }

  /** Caches the events that came since; gives their outputs. */
  double[][][] extend(List<Sequence> requests) {
    writeCached(extend, requests);
    return append(extend, requests);
  }

  private double[][][] append(Session session, List<Sequence> requests) {
    List<Slice> fresh = new ArrayList<>();
    for (int b = 0; b < requests.size(); b++) {
      fresh.add(requests.get(b).slice(cached[b], kept(requests.get(b))));
    }
    columns(session).write(TokenColumns.TOKENS, fresh, WIDTH);
    session.run();
    memory.forEach(
        (name, rows) -> {
          double[][][] found = session.tokens(MEMORY + name);
          for (int b = 0; b < rows.length; b++) {
            Slice slice = fresh.get(b);
            System.arraycopy(found[b], 0, rows[b], slice.from(), slice.to() - slice.from());
          }
        });
    for (int b = 0; b < cached.length; b++) {
      cached[b] = kept(requests.get(b));
    }
    return session.tokens(CachedGraphs.OUTPUTS);
  }

  /**
   * The outputs of some candidates of each request, from one (inclusive) to another (exclusive).
   */
  double[][][] score(List<Sequence> requests, int from, int to) {
    writeCached(arrange, requests);
    arrange.run();
    writeCached(score, requests);
    memory.keySet().forEach(n -> arrange.give("arranged/" + n, score, "arranged/" + n));
    if (graphs.lastIsComputedAgain()) {
      List<Slice> last = new ArrayList<>();
      for (int b = 0; b < requests.size(); b++) {
        last.add(requests.get(b).slice(cached[b], requests.get(b).history()));
      }
      writeCached(extend, requests);
      columns(extend).write(TokenColumns.TOKENS, last, 1);
      extend.run();
      memory.keySet().forEach(n -> extend.give(MEMORY + n, score, "again/" + n));
      columns(score).write(TokenColumns.TOKENS, last, 1);
    }
    List<Slice> candidates =
        requests.stream().map(s -> s.slice(s.history() + from, s.history() + to)).toList();
    columns(score).write("candidates", candidates, to - from);
    return score.run().tokens(Model.PREDICTION + CachedGraphs.OUTPUTS);
  }

  private TokenColumns columns(Session session) {
    return new TokenColumns(session.inputs(), bench.schema());
  }

  /** Rows beyond those that count hold what a reused cache could hold. */
  private void writeCached(Session session, List<Sequence> requests) {
    List<Slice> before = new ArrayList<>();
    long[] lengths = new long[requests.size()];
    for (int b = 0; b < requests.size(); b++) {
      before.add(requests.get(b).slice(0, cached[b]));
      lengths[b] = cached[b];
    }
    columns(session).write(CACHED, before, WIDTH);
    session.inputs().longs("cached/length", lengths.length).put(lengths);
    SplittableRandom random = new SplittableRandom(3);
    memory.forEach(
        (name, rows) -> {
          TensorType type = Objects.requireNonNull(graphs.memory().get(name));
          int width = width(type);
          double[] flat = random.doubles((long) rows.length * WIDTH * width).toArray();
          for (int b = 0; b < rows.length; b++) {
            for (int i = 0; i < cached[b]; i++) {
              System.arraycopy(rows[b][i], 0, flat, (b * WIDTH + i) * width, width);
            }
          }
          long[] size = type.shape().sizes(dim -> dim.equals("batch") ? rows.length : WIDTH);
          session.reals(CACHED + "/" + name, flat, size);
        });
  }

  private static int width(TensorType type) {
    return Session.entries(type.shape().slice(2, type.shape().rank()).sizes());
  }
}
