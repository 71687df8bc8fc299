package io.genrec.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.genrec.api.GenRecException;
import io.genrec.api.graph.ElementType;
import io.genrec.api.graph.Fused;
import io.genrec.api.graph.Graph;
import io.genrec.api.graph.Tensor;
import io.genrec.api.sequence.Batch;
import io.genrec.engine.runtime.NativeKernels;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The kernel of attention against loops over single pairs. */
class SiluAttentionKernelTest {
  private static final float SCALE = 0.125f;

  private static NativeKernels kernels = new NativeKernels(Path.of(""));

  @BeforeAll
  static void build() throws IOException, InterruptedException {
    kernels = BuiltKernels.build();
  }

  /** The sizes of a case. */
  private record Sizes(
      int batch, int queries, int heads, int width, int groups, int keys, int valueWidth) {}

  /** A grid [1 or batch, 1 or queries, 1 or keys]. */
  private record Grid(int batch, int queries, int keys) {
    int at(int b, int i, int j) {
      return (Math.min(b, batch - 1) * queries + Math.min(i, queries - 1)) * keys
          + Math.min(j, keys - 1);
    }

    int entries() {
      return batch * queries * keys;
    }
  }

  /** The kernel alone, in the place of a formula that gives zeros. */
  private static Graph graph(Sizes sizes) {
    Graph graph = Graph.inference("attention");
    Tensor query =
        graph.input("query", ElementType.FLOAT, "batch", "queries", sizes.heads, sizes.width);
    Tensor key = graph.input("key", ElementType.FLOAT, "batch", sizes.groups, sizes.width, "keys");
    Tensor value =
        graph.input("value", ElementType.FLOAT, "batch", sizes.groups, "keys", sizes.valueWidth);
    Tensor mask = graph.input("mask", ElementType.BOOL, "masks", "rows", "columns");
    Tensor bias = graph.input("bias", ElementType.FLOAT, "biases", "lines", "places");
    Tensor zeros = graph.zeros(query.shape().with(3, value.dim(3)));
    graph.output(
        "y",
        Fused.of(
                "SiluAttention",
                Map.of("scale", SCALE),
                List.of(query, key, value, mask, bias),
                List.of(zeros))
            .get(0));
    return graph;
  }

  private static double silu(double x) {
    return x / (1 + Math.exp(-x));
  }

  @ParameterizedTest
  @CsvSource({
    // batch, queries, heads, width, groups, keys, value width; sizes of mask and bias; share seen
    "1, 128, 4, 32, 4, 300, 32, 1, 1, 1, 1, 1, 300, 1",
    "1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1",
    "2, 7, 2, 5, 2, 143, 3, 2, 1, 143, 2, 1, 143, 0.7",
    "2, 9, 4, 17, 2, 145, 33, 2, 9, 145, 1, 9, 145, 0.5",
    "3, 16, 6, 16, 1, 288, 16, 1, 16, 288, 1, 1, 1, 0.9",
    "2, 8, 2, 64, 2, 161, 48, 1, 1, 161, 2, 8, 1, 0",
    "1, 20, 2, 8, 2, 500, 8, 1, 20, 500, 1, 1, 500, 0.002",
    "2, 3, 1, 16, 1, 16, 16, 2, 3, 1, 2, 1, 1, 0.6"
  })
  @SuppressWarnings("TooManyParameters")
  void everyPairCountsOnce(
      int batch,
      int queries,
      int heads,
      int width,
      int groups,
      int keys,
      int valueWidth,
      int masks,
      int maskRows,
      int maskColumns,
      int biases,
      int biasRows,
      int biasColumns,
      double seen) {
    Sizes sizes = new Sizes(batch, queries, heads, width, groups, keys, valueWidth);
    Random random = new Random(keys);
    float[] query = reals(random, batch * queries * heads * width);
    float[] key = reals(random, batch * groups * width * keys);
    float[] value = reals(random, batch * groups * keys * valueWidth);
    Grid maskGrid = new Grid(masks, maskRows, maskColumns);
    boolean[] mask = new boolean[maskGrid.entries()];
    for (int i = 0; i < mask.length; i++) {
      mask[i] = random.nextDouble() < seen;
    }
    Grid biasGrid = new Grid(biases, biasRows, biasColumns);
    float[] bias = reals(random, biasGrid.entries());

    double[] expected = new double[batch * queries * heads * valueWidth];
    for (int b = 0; b < batch; b++) {
      for (int i = 0; i < queries; i++) {
        for (int h = 0; h < heads; h++) {
          int row = (b * queries + i) * heads + h;
          int group = b * groups + h / (heads / groups);
          for (int j = 0; j < keys; j++) {
            if (!mask[maskGrid.at(b, i, j)]) {
              continue;
            }
            double score = bias[biasGrid.at(b, i, j)];
            for (int d = 0; d < width; d++) {
              score += (double) query[row * width + d] * key[(group * width + d) * keys + j];
            }
            for (int d = 0; d < valueWidth; d++) {
              expected[row * valueWidth + d] +=
                  SCALE * silu(score) * value[(group * keys + j) * valueWidth + d];
            }
          }
        }
      }
    }

    Map<String, float[]> outputs =
        BuiltKernels.outputs(
            graph(sizes),
            Optional.of(kernels),
            inputs -> {
              inputs.floats("query", batch, queries, heads, width).put(query);
              inputs.floats("key", batch, groups, width, keys).put(key);
              inputs.floats("value", batch, groups, keys, valueWidth).put(value);
              inputs.floats("bias", biases, biasRows, biasColumns).put(bias);
              put(inputs.truths("mask", masks, maskRows, maskColumns), mask);
            });
    float[] y = outputs.getOrDefault("y", new float[0]);
    double[] actual = new double[y.length];
    double largest = 1;
    for (int i = 0; i < y.length; i++) {
      actual[i] = y[i];
      largest = Math.max(largest, Math.abs(expected[i]));
    }
    assertThat(actual).containsExactly(expected, Offset.offset(1e-5 * largest));
  }

  private static void put(ByteBuffer to, boolean[] truths) {
    for (boolean truth : truths) {
      to.put((byte) (truth ? 1 : 0));
    }
  }

  private static float[] reals(Random random, int count) {
    float[] reals = new float[count];
    for (int i = 0; i < count; i++) {
      reals[i] = (float) random.nextGaussian();
    }
    return reals;
  }

  /** Scores far beyond what exponentials of 32 bits hold. */
  @Test
  void farEndsAreReachedAndNaNShows() {
    float[] scores = {-1e30f, -200, -90, -87, -1, 0, 1e-20f, 1, 88, 1e30f, Float.NaN};
    for (float score : scores) {
      Map<String, float[]> outputs =
          BuiltKernels.outputs(
              graph(new Sizes(1, 1, 1, 1, 1, 1, 1)),
              Optional.of(kernels),
              inputs -> {
                one(inputs, score, 1);
                inputs.floats("bias", 1, 1, 1);
                inputs.truths("mask", 1, 1, 1).put((byte) 1);
              });
      float y = outputs.getOrDefault("y", new float[0])[0];
      if (Float.isNaN(score)) {
        assertThat(y).isNaN();
      } else {
        double exact = SCALE * silu(score);
        assertThat((double) y)
            .as("%s", score)
            .isCloseTo(exact, Offset.offset(1e-6 * Math.abs(exact) + 1e-6));
      }
    }
  }

  private static void one(Batch inputs, float query, float value) {
    for (Map.Entry<String, Float> entry :
        Map.of("query", query, "key", 1f, "value", value).entrySet()) {
      FloatBuffer to = inputs.floats(entry.getKey(), 1, 1, 1, 1);
      to.put(entry.getValue());
    }
  }

  @Test
  void sizesThatDoNotFitAreAnError() {
    assertThatThrownBy(
            () ->
                BuiltKernels.outputs(
                    graph(new Sizes(1, 1, 1, 1, 1, 1, 1)),
                    Optional.of(kernels),
                    inputs -> {
                      one(inputs, 1, 1);
                      inputs.floats("bias", 1, 1, 2);
                      inputs.truths("mask", 1, 1, 1);
                    }))
        .isInstanceOf(GenRecException.class)
        .hasMessageContaining("SiluAttention: mask or bias do not fit queries and keys");
  }
}
