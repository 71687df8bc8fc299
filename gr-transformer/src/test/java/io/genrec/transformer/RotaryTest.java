package io.genrec.transformer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import io.genrec.api.graph.ElementType;
import io.genrec.api.graph.Graph;
import io.genrec.api.graph.Tensor;
import io.genrec.api.sequence.Batch;
import io.genrec.engine.onnx.Precision;
import io.genrec.engine.runtime.CompiledGraph;
import io.genrec.engine.runtime.SessionSettings;
import java.util.Arrays;
import java.util.Random;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.Test;

class RotaryTest {
  private static final int POSITIONS = 40;
  private static final int HEAD_DIM = 6;

  /** The same query and key at every position: products [query's position, key's position]. */
  private static double[][] products(double[] query, double[] key) {
    Rotary rotary = new Rotary(HEAD_DIM, POSITIONS, 1e4);
    Graph graph = Graph.inference("products");
    Tensor position = graph.input("position", ElementType.INT64, 1, POSITIONS);
    Tensor q =
        rotary.rotate(graph.input("q", ElementType.FLOAT, 1, POSITIONS, 1, HEAD_DIM), position);
    Tensor k =
        rotary.rotate(graph.input("k", ElementType.FLOAT, 1, POSITIONS, 1, HEAD_DIM), position);
    graph.output("products", q.squeeze(2).matmul(k.squeeze(2).swap(1, 2)));
    try (BufferAllocator memory = new RootAllocator();
        Batch inputs = new Batch(memory);
        Batch outputs = new Batch(memory);
        CompiledGraph compiled =
            CompiledGraph.of(graph, SessionSettings.cpu().precision(Precision.FLOAT64))) {
      var positions = inputs.longs("position", 1, POSITIONS);
      var queries = inputs.doubles("q", 1, POSITIONS, 1, HEAD_DIM);
      var keys = inputs.doubles("k", 1, POSITIONS, 1, HEAD_DIM);
      for (int i = 0; i < POSITIONS; i++) {
        positions.put(i);
        queries.put(query);
        keys.put(key);
      }
      compiled.run(inputs::column, outputs);
      double[][] result = new double[POSITIONS][POSITIONS];
      var values = outputs.column("products").bytes().asDoubleBuffer();
      Arrays.stream(result).forEach(values::get);
      return result;
    }
  }

  @Test
  void productsDependOnTheDistanceAlone() {
    Random random = new Random(2);
    double[] query = random.doubles(HEAD_DIM, -1, 1).toArray();
    double[] key = random.doubles(HEAD_DIM, -1, 1).toArray();
    double[][] products = products(query, key);
    for (int i = 1; i < POSITIONS; i++) {
      for (int j = 1; j < POSITIONS; j++) {
        assertThat(products[i][j]).isCloseTo(products[i - 1][j - 1], offset(1e-14));
      }
    }
    assertThat(Arrays.stream(products[POSITIONS - 1]).distinct().count()).isEqualTo(POSITIONS);
  }

  /** The angles that the paper gives for one pair at a time. */
  @Test
  void pairsTurnByTheirOwnAngle() {
    for (int pair = 0; pair < HEAD_DIM / 2; pair++) {
      double[] unit = new double[HEAD_DIM];
      unit[2 * pair] = 1;
      double[] other = new double[HEAD_DIM];
      other[2 * pair + 1] = 1;
      double[][] same = products(unit, unit);
      double[][] across = products(unit, other);
      for (int distance = 0; distance < POSITIONS; distance++) {
        double angle = distance * Math.pow(1e4, -2.0 * pair / HEAD_DIM);
        assertThat(same[distance][0]).isCloseTo(Math.cos(angle), offset(1e-14));
        assertThat(across[distance][0]).isCloseTo(Math.sin(angle), offset(1e-14));
      }
    }
  }
}
