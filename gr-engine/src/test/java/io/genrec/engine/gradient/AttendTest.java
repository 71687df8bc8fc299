package io.genrec.engine.gradient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.genrec.api.encoder.Attend;
import io.genrec.api.encoder.Memory;
import io.genrec.api.encoder.Part;
import io.genrec.api.graph.Dropout;
import io.genrec.api.graph.ElementType;
import io.genrec.api.graph.Graph;
import io.genrec.api.graph.ShapeException;
import io.genrec.api.graph.Tensor;
import io.genrec.api.sequence.PairContext;
import io.genrec.api.sequence.TokenContext;
import io.genrec.engine.onnx.Precision;
import io.genrec.engine.runtime.Evaluation;
import io.genrec.engine.runtime.SessionSettings;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Attention over parts equals dense attention over the union of their keys, computed by loops.
 *
 * <p>The union is: the keys of the parts one after another, then each query's own key if the last
 * part is diagonal.
 */
class AttendTest {
  private static final int BATCH = 2;
  private static final int QUERIES = 3;
  private static final int HEADS = 4;
  private static final int DIM = 5;
  private static final int WIDTH = 2;

  /**
   * Tensors of a part on the host: keys and values [batch, keys, groups, dim], mask [batch,
   * queries, keys].
   */
  private record Host(int keys, boolean diagonal, double[] key, double[] value, boolean[] mask) {
    boolean sees(int batch, int query, int key) {
      return diagonal
          ? mask[batch * QUERIES + query]
          : mask[(batch * QUERIES + query) * keys + key];
    }
  }

  @ParameterizedTest
  @CsvSource({
    "true, 4, '6', false",
    "true, 2, '6', false",
    "true, 1, '4,2', true",
    "true, 4, '', true",
    "false, 4, '6', false",
    "false, 4, '4,2', false",
    "false, 2, '3,1,2', true",
    "false, 1, '5', true",
    "false, 4, '', true",
    "true, 4, '0,5', true",
    "false, 4, '0,5', true",
  })
  void partsEqualDenseAttention(boolean pointwise, int groups, String lengths, boolean self) {
    Random random = new Random(11);
    Graph graph = Graph.inference("attend");
    Tensor queries = graph.input("q", ElementType.FLOAT, "batch", "queries", HEADS, DIM);
    List<Host> hosts = new ArrayList<>();
    List<Part> parts = new ArrayList<>();
    List<Integer> keys = new ArrayList<>();
    Arrays.stream(lengths.split(","))
        .filter(s -> !s.isEmpty())
        .map(Integer::valueOf)
        .forEach(keys::add);
    if (self) {
      keys.add(QUERIES);
    }
    for (int i = 0; i < keys.size(); i++) {
      boolean diagonal = self && i == keys.size() - 1;
      hosts.add(host(keys.get(i), diagonal, groups, random));
      parts.add(part(graph, i, diagonal, groups));
    }
    double scale = 0.7;
    graph.output(
        "y",
        pointwise
            ? Attend.pointwise(
                queries, parts, (p, pairs) -> p.times(scale).silu().times(Attend.mask(pairs)))
            : Attend.softmax(queries, parts, (p, pairs) -> p.times(scale)));
    double[] q = random.doubles(BATCH * QUERIES * HEADS * DIM, -1, 1).toArray();
    for (Precision precision : List.of(Precision.FLOAT32, Precision.FLOAT64)) {
      double error = precision == Precision.FLOAT64 ? 1e-12 : 2e-5;
      try (Evaluation run = new Evaluation(graph, SessionSettings.cpu().precision(precision))) {
        run.reals("q", q, BATCH, QUERIES, HEADS, DIM);
        for (int i = 0; i < hosts.size(); i++) {
          Host host = hosts.get(i);
          run.reals("k" + i, host.key(), BATCH, host.keys(), groups, DIM);
          run.reals("v" + i, host.value(), BATCH, host.keys(), groups, WIDTH);
          run.truths("m" + i, host.mask(), BATCH, QUERIES, host.diagonal() ? 1 : host.keys());
        }
        run.run();
        assertThat(run.sizeOf("y")).containsExactly(BATCH, QUERIES, HEADS, WIDTH);
        assertThat(run.get("y"))
            .containsExactly(
                dense(q, hosts, groups, pointwise, scale, (row, key) -> 1), within(error));
      }
    }
  }

  /** HSTU's attention equals the same weights given as a score, with and without a bias. */
  @ParameterizedTest
  @CsvSource({"4, true, true", "2, false, true", "1, true, false", "4, false, false"})
  void siluIsTheScoreOfItsName(int groups, boolean ofQueries, boolean biased) {
    Random random = new Random(13);
    Graph graph = Graph.inference("attend");
    Tensor queries = graph.input("q", ElementType.FLOAT, "batch", "queries", HEADS, DIM);
    List<Part> parts = List.of(part(graph, 0, false, groups), part(graph, 1, true, groups));
    Object rows = ofQueries ? "queries" : 1;
    Tensor ofKeys = graph.input("bias", ElementType.FLOAT, 1, rows, "keys0");
    Tensor ofSelf = graph.input("own", ElementType.FLOAT, "batch", rows, 1);
    Attend.Bias bias = pairs -> Optional.of(pairs.diagonal() ? ofSelf : ofKeys);
    graph.output("silu", Attend.silu(queries, parts, 0.3, biased ? bias : Attend.Bias.NONE));
    Attend.Score score =
        (products, pairs) ->
            (biased ? products.plus(bias.of(pairs).orElseThrow().unsqueeze(1)) : products)
                .silu()
                .times(Attend.mask(pairs));
    graph.output("score", Attend.pointwise(queries, parts, score).times(0.3));
    try (Evaluation run = Evaluation.exact(graph)) {
      run.reals("q", reals(random, BATCH, QUERIES, HEADS, DIM), BATCH, QUERIES, HEADS, DIM);
      for (int i = 0; i < 2; i++) {
        int keys = i == 0 ? 6 : QUERIES;
        Host host = host(keys, i == 1, groups, random);
        run.reals("k" + i, host.key(), BATCH, keys, groups, DIM)
            .reals("v" + i, host.value(), BATCH, keys, groups, WIDTH)
            .truths("m" + i, host.mask(), BATCH, QUERIES, i == 1 ? 1 : keys);
      }
      int count = ofQueries ? QUERIES : 1;
      run.reals("bias", reals(random, count, 6), 1, count, 6)
          .reals("own", reals(random, BATCH, count), BATCH, count, 1)
          .run();
      assertThat(run.get("silu")).containsExactly(run.get("score"), within(1e-14));
    }
  }

  /** A kernel reads one sequence of keys for each of queries. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void keysThatSequencesShareAreRefused(boolean diagonal) {
    Graph graph = Graph.inference("attend");
    Tensor queries = graph.input("q", ElementType.FLOAT, "batch", "queries", HEADS, DIM);
    Object length = diagonal ? "queries" : "keys0";
    Tensor keys = graph.input("k", ElementType.FLOAT, 1, length, HEADS, DIM);
    Tensor values = graph.input("v", ElementType.FLOAT, 1, length, HEADS, WIDTH);
    PairContext pairs = part(graph, 0, diagonal, HEADS).pairs();
    List<Part> shared = List.of(new Part(Memory.of(keys, values), pairs));
    assertThatThrownBy(() -> Attend.silu(queries, shared, 1, Attend.Bias.NONE))
        .isInstanceOf(ShapeException.class)
        .hasMessageContaining("one batch size")
        .hasMessageContaining("[batch, queries, 4, 5]")
        .hasMessageContaining("[1, " + length + ", 4, 5]");
  }

  private static double[] reals(Random random, int... size) {
    return random.doubles(Arrays.stream(size).reduce(1, (a, b) -> a * b), -1, 1).toArray();
  }

  @Test
  void dropoutActsOnNormalisedWeights() {
    int keys = 4;
    Random random = new Random(12);
    Graph graph = Graph.training("attend");
    Tensor queries = graph.input("q", ElementType.FLOAT, "batch", "queries", HEADS, DIM);
    Dropout dropout = new Dropout("weights", 0.5);
    graph.output(
        "y", Attend.softmax(queries, List.of(part(graph, 0, false, 2)), (p, pairs) -> p, dropout));
    Host host = host(keys, false, 2, random);
    double[] q = random.doubles(BATCH * QUERIES * HEADS * DIM, -1, 1).toArray();
    double[] factors = random.doubles(BATCH * HEADS * QUERIES * keys, 0, 2).toArray();
    try (Evaluation run = Evaluation.exact(graph)) {
      run.reals("q", q, BATCH, QUERIES, HEADS, DIM)
          .reals("k0", host.key(), BATCH, keys, 2, DIM)
          .reals("v0", host.value(), BATCH, keys, 2, WIDTH)
          .truths("m0", host.mask(), BATCH, QUERIES, keys)
          .reals(Dropout.INPUT_PREFIX + "weights", factors, BATCH, HEADS, QUERIES, keys)
          .run();
      Kept kept =
          (row, key) -> {
            int head = row % HEADS;
            int query = row / HEADS % QUERIES;
            int batch = row / HEADS / QUERIES;
            return factors[((batch * HEADS + head) * QUERIES + query) * keys + key];
          };
      assertThat(run.get("y"))
          .containsExactly(dense(q, List.of(host), 2, false, 1, kept), within(1e-12));
    }
  }

  @Test
  void dropoutOverSeveralPartsIsRefusedInTrainingOnly() {
    Dropout dropout = new Dropout("weights", 0.5);
    for (Graph graph : List.of(Graph.inference("score"), Graph.training("train"))) {
      Tensor queries = graph.input("q", ElementType.FLOAT, "batch", "queries", HEADS, DIM);
      List<Part> parts = List.of(part(graph, 0, false, 2), part(graph, 1, false, 2));
      if (graph.isTraining()) {
        assertThatThrownBy(() -> Attend.softmax(queries, parts, (p, pairs) -> p, dropout))
            .isInstanceOf(IllegalStateException.class)
            .hasMessageContaining("\"weights\" is applied twice");
      } else {
        Attend.softmax(queries, parts, (p, pairs) -> p, dropout);
        assertThat(graph.dropouts()).isEmpty();
      }
    }
  }

  /** What the weight of a key is multiplied by, for a row of [batch, queries, heads]. */
  private interface Kept {
    double factor(int row, int key);
  }

  private static Host host(int keys, boolean diagonal, int groups, Random random) {
    boolean[] mask = new boolean[BATCH * QUERIES * (diagonal ? 1 : keys)];
    for (int i = 0; i < mask.length; i++) {
      // The diagonal is visible, so that each query of a softmax sees something.
      mask[i] = diagonal || i % Math.max(1, keys) == 0 || random.nextBoolean();
    }
    return new Host(
        keys,
        diagonal,
        random.doubles((long) BATCH * keys * groups * DIM, -1, 1).toArray(),
        random.doubles((long) BATCH * keys * groups * WIDTH, -1, 1).toArray(),
        mask);
  }

  private static Part part(Graph graph, int i, boolean diagonal, int groups) {
    Object length = diagonal ? "queries" : "keys" + i;
    Tensor key = graph.input("k" + i, ElementType.FLOAT, "batch", length, groups, DIM);
    Tensor value = graph.input("v" + i, ElementType.FLOAT, "batch", length, groups, WIDTH);
    Tensor mask = graph.input("m" + i, ElementType.BOOL, "batch", "queries", diagonal ? 1 : length);
    TokenContext unused = new NoTokens(graph);
    return new Part(Memory.of(key, value), new PairContext(unused, unused, diagonal, mask));
  }

  private static double[] dense(
      double[] q, List<Host> parts, int groups, boolean pointwise, double scale, Kept kept) {
    double[] result = new double[BATCH * QUERIES * HEADS * WIDTH];
    for (int row = 0; row < BATCH * QUERIES * HEADS; row++) {
      int batch = row / (QUERIES * HEADS);
      int query = row / HEADS % QUERIES;
      int group = row % HEADS / (HEADS / groups);
      double total = 0;
      double[] sum = new double[WIDTH];
      for (Host part : parts) {
        for (int key = 0; key < part.keys(); key++) {
          if (!part.sees(batch, query, key) || (part.diagonal() && key != query)) {
            continue;
          }
          int place = (batch * part.keys() + key) * groups + group;
          double product = 0;
          for (int d = 0; d < DIM; d++) {
            product += q[row * DIM + d] * part.key()[place * DIM + d];
          }
          double logit = product * scale;
          double weight = pointwise ? logit / (1 + Math.exp(-logit)) : Math.exp(logit);
          total += weight;
          for (int d = 0; d < WIDTH; d++) {
            sum[d] += weight * kept.factor(row, key) * part.value()[place * WIDTH + d];
          }
        }
      }
      for (int d = 0; d < WIDTH; d++) {
        result[row * WIDTH + d] = pointwise ? sum[d] : sum[d] / total;
      }
    }
    return result;
  }
}
