package io.genrec.hstu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import io.genrec.api.config.StrictConfig;
import io.genrec.api.encoder.Head;
import io.genrec.api.graph.Graph;
import io.genrec.api.graph.Parameter;
import io.genrec.api.sequence.Batch;
import io.genrec.api.sequence.Role;
import io.genrec.api.sequence.Schema;
import io.genrec.api.sequence.TokenRow;
import io.genrec.engine.model.CachedGraphs;
import io.genrec.engine.model.Model;
import io.genrec.engine.onnx.Precision;
import io.genrec.engine.runtime.CompiledGraph;
import io.genrec.engine.runtime.SessionSettings;
import java.nio.DoubleBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Function;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A sequence in stages (history, appended events, candidates) comes out as in one pass, in 64 bits.
 */
class HstuCacheTest {
  private static final int DIM = 6;
  private static final int[] HISTORY = {7, 1, 4};
  private static final int CANDIDATES = 3;
  private static final Schema SCHEMA =
      new Schema(List.of(new Schema.Feature(Schema.ITEM, 30, DIM)), 10, 12);

  /** What the encoder gives, as it is. */
  private static final Head AS_THEY_ARE = (outputs, tokens) -> Map.of("outputs", outputs);

  private final Random random = new Random(5);
  private final int[][] items = new int[HISTORY.length][12];
  private final long[][] times = new long[HISTORY.length][12];

  /** Times grow by sizes that fall into many buckets; candidates come after all. */
  HstuCacheTest() {
    for (int b = 0; b < HISTORY.length; b++) {
      for (int i = 0; i < 12; i++) {
        items[b][i] = 1 + random.nextInt(30);
        times[b][i] = i == 0 ? 1_600_000_000L : times[b][i - 1] + (1L << random.nextInt(24));
      }
    }
  }

  private static Model model(HstuConfig config) {
    Set<Role> roles = Set.of(Role.EVENT, Role.CANDIDATE);
    return new Model("hstu", SCHEMA, roles, scope -> new Hstu().create(config, scope, SCHEMA));
  }

  /** One graph, its inputs and outputs. */
  private final class Run implements AutoCloseable {
    private final RootAllocator memory = new RootAllocator();
    private final Batch inputs = new Batch(memory);
    private final Batch outputs = new Batch(memory);
    private final CompiledGraph compiled;

    Run(Graph graph, Map<Parameter, double[]> weights) {
      compiled = CompiledGraph.of(graph, SessionSettings.cpu().precision(Precision.FLOAT64));
      weights.forEach(
          (parameter, values) -> {
            long[] size = parameter.size().stream().mapToLong(Long::longValue).toArray();
            inputs.doubles(parameter.name(), size).put(values);
          });
    }

    /** Writes the events from one place to another of each history, which may be shorter. */
    TokenRow events(int[] from, int[] to, int length, boolean last) {
      TokenRow row = new TokenRow(inputs, HISTORY.length, length, List.of(Schema.ITEM), List.of());
      for (int b = 0; b < HISTORY.length; b++) {
        row.at(b);
        for (int i = from[b]; i < to[b]; i++) {
          long used = last && i == HISTORY[b] - 1 ? times[b][11] : times[b][i + 1];
          row.token(i - from[b], times[b][i], used).feature(Schema.ITEM, i - from[b], items[b][i]);
        }
      }
      return row;
    }

    void cached(Map<String, double[][][]> rows, int[] length, int cached) {
      inputs.longs("cached/length", HISTORY.length);
      inputs.longs("cached/time", HISTORY.length, cached);
      for (int b = 0; b < HISTORY.length; b++) {
        inputs.column("cached/length").bytes().asLongBuffer().put(b, length[b]);
        for (int i = 0; i < length[b]; i++) {
          inputs.column("cached/time").bytes().asLongBuffer().put(b * cached + i, times[b][i]);
        }
      }
      rows.forEach(
          (name, values) -> {
            int width = values[0][0].length;
            DoubleBuffer into =
                inputs.doubles("cached/" + name, HISTORY.length, cached, 2, width / 2);
            for (int b = 0; b < HISTORY.length; b++) {
              for (int i = 0; i < cached; i++) {
                // Rows that do not count hold anything but what could hide an error.
                into.put(i < length[b] ? values[b][i] : new Random(3).doubles(width).toArray());
              }
            }
          });
    }

    void candidates() {
      inputs.longs("sequence/history", HISTORY.length);
      inputs.truths("candidates/valid", HISTORY.length, CANDIDATES);
      inputs.longs("candidates/item", HISTORY.length, CANDIDATES);
      inputs.longs("sequence/request_time", HISTORY.length);
      for (int b = 0; b < HISTORY.length; b++) {
        inputs.column("sequence/history").bytes().asLongBuffer().put(b, HISTORY[b]);
        for (int c = 0; c < CANDIDATES; c++) {
          int at = b * CANDIDATES + c;
          inputs.column("candidates/valid").bytes().put(at, (byte) 1);
          inputs.column("candidates/item").bytes().asLongBuffer().put(at, candidate(b, c));
        }
        inputs.column("sequence/request_time").bytes().asLongBuffer().put(b, times[b][11]);
      }
    }

    void run() {
      run(inputs::column);
    }

    /** Runs with own inputs, and those of others where there is none. */
    void run(Function<String, Batch.Column> others) {
      compiled.run(
          name -> inputs.columns().containsKey(name) ? inputs.column(name) : others.apply(name),
          outputs);
    }

    /** Rows of an output: [batch][tokens][all further axes]. */
    double[][][] get(String name) {
      long[] size = outputs.column(name).size();
      DoubleBuffer values = outputs.column(name).bytes().asDoubleBuffer();
      double[][][] rows = new double[(int) size[0]][(int) size[1]][];
      for (double[][] sequence : rows) {
        for (int i = 0; i < sequence.length; i++) {
          sequence[i] = new double[(int) (size.length == 4 ? size[2] * size[3] : size[2])];
          values.get(sequence[i]);
        }
      }
      return rows;
    }

    @Override
    public void close() {
      compiled.close();
      inputs.close();
      outputs.close();
      memory.close();
    }
  }

  private int candidate(int b, int c) {
    return 1 + (items[b][0] + 7 * c) % 30;
  }

  private double[][][] inOnePass(Model model, Map<Parameter, double[]> weights) {
    Graph graph = model.inspect("full", t -> Map.of("outputs", model.encoder().encode(t)));
    try (Run run = new Run(graph, weights)) {
      TokenRow row = run.events(new int[3], HISTORY, 11, true);
      for (int b = 0; b < HISTORY.length; b++) {
        for (int c = 0; c < CANDIDATES; c++) {
          row.at(b).token(Role.CANDIDATE, HISTORY[b] + c, times[b][11], times[b][11]);
          row.feature(Schema.ITEM, HISTORY[b] + c, candidate(b, c));
        }
      }
      run.run();
      double[][][] all = run.get("outputs");
      double[][][] candidates = new double[HISTORY.length][CANDIDATES][];
      for (int b = 0; b < HISTORY.length; b++) {
        System.arraycopy(all[b], HISTORY[b], candidates[b], 0, CANDIDATES);
      }
      return candidates;
    }
  }

  private double[][][] inStages(Model model, Map<Parameter, double[]> weights) {
    CachedGraphs graphs = model.cached();
    int again = graphs.lastIsComputedAgain() ? 1 : 0;
    int[] first = {3, 0, 2};
    int[] kept = {HISTORY[0] - again, HISTORY[1] - again, HISTORY[2] - again};
    Map<String, double[][][]> memory = new HashMap<>();
    try (Run prefill = new Run(graphs.prefill(), weights)) {
      prefill.events(new int[3], first, 3, false);
      prefill.run();
      graphs.memory().keySet().forEach(name -> memory.put(name, prefill.get("memory/" + name)));
    }
    try (Run extend = new Run(graphs.extend(), weights)) {
      extend.cached(memory, first, 3);
      // So much padding that, counted on from the cached events, it would leave the table.
      extend.events(first, kept, 10, false);
      extend.run();
      memory.replaceAll((name, a) -> joined(a, extend.get("memory/" + name), first, kept));
    }
    try (Run arrange = new Run(graphs.arrange(), weights);
        Run last = new Run(graphs.extend(), weights);
        Run score = new Run(graphs.score(AS_THEY_ARE, CachedGraphs.Lengths.MIXED), weights)) {
      arrange.cached(memory, kept, 8);
      arrange.run();
      if (again == 1) {
        last.cached(memory, kept, 8);
        last.events(kept, HISTORY, 1, true);
        last.run();
        score.events(kept, HISTORY, 1, true);
      }
      score.cached(memory, kept, 8);
      score.candidates();
      score.run(
          name ->
              name.startsWith("arranged/")
                  ? arrange.outputs.column(name)
                  : last.outputs.column(name.replace("again/", "memory/")));
      return score.get(Model.PREDICTION + "outputs");
    }
  }

  private static double[][][] joined(double[][][] a, double[][][] b, int[] from, int[] to) {
    double[][][] rows = new double[a.length][8][a[0][0].length];
    for (int i = 0; i < a.length; i++) {
      System.arraycopy(a[i], 0, rows[i], 0, from[i]);
      System.arraycopy(b[i], 0, rows[i], from[i], to[i] - from[i]);
    }
    return rows;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"heads\": 2}",
        "{\"heads\": 2, \"timeBias\": false}",
        "{\"heads\": 2, \"attention\": \"softmax\", \"dqk\": 4}",
        "{\"heads\": 2, \"attention\": \"softmax\", \"positionBias\": false, \"timeBias\": false}",
        "{\"heads\": 2, \"dqk\": 2, \"dv\": 5, \"concatUa\": true, \"blocks\": 3}"
      })
  void stagesEqualOnePass(String options) {
    HstuConfig config = StrictConfig.parse("test", options).as(HstuConfig.class);
    Model model = model(config);
    Map<Parameter, double[]> weights = new HashMap<>();
    for (Parameter parameter : model.parameters().values()) {
      weights.put(parameter, random.doubles(parameter.entries(), -0.7, 0.7).toArray());
    }
    assertThat(model.cached().lastIsComputedAgain()).isEqualTo(config.timeBias());
    double[][][] expected = inOnePass(model, weights);
    double[][][] found = inStages(model, weights);
    for (int b = 0; b < HISTORY.length; b++) {
      for (int c = 0; c < CANDIDATES; c++) {
        assertThat(found[b][c]).containsExactly(expected[b][c], offset(1e-11));
      }
      assertThat(found[b][0]).isNotEqualTo(found[b][1]);
    }
  }
}
