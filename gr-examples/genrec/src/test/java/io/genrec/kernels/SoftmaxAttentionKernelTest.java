package io.genrec.kernels;

import io.genrec.api.graph.Dim;
import io.genrec.api.graph.ElementType;
import io.genrec.api.graph.Fused;
import io.genrec.api.graph.Gradients;
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
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Scaled dot-product attention and its gradients, with and without the kernel. */
class SoftmaxAttentionKernelTest {
  private static final int BATCH = 3;

  private static NativeKernels kernels = new NativeKernels(Path.of(""));

  @BeforeAll
  static void build() throws IOException, InterruptedException {
    kernels = BuiltKernels.build();
  }

  /**
   * Which keys are seen: at random, with a query in each sequence that sees none; those up to the
   * query's own place, in all sequences alike; or the first ones of each sequence, for all queries.
   */
  private enum Mask {
    RANDOM,
    CAUSAL,
    VALID
  }

  @ParameterizedTest
  @CsvSource({
    "1, 1, 8, 8, 1, 1, RANDOM",
    "2, 2, 8, 8, 16, 16, CAUSAL",
    "4, 4, 8, 8, 37, 37, CAUSAL",
    "4, 2, 16, 16, 33, 33, RANDOM",
    "6, 2, 5, 7, 9, 50, RANDOM",
    "2, 1, 17, 33, 60, 41, VALID",
    "1, 1, 64, 64, 100, 100, CAUSAL"
  })
  void attentionIsItsFormula(
      int heads, int groups, int width, int valueWidth, int queries, int keys, Mask mask) {
    Graph graph = Graph.inference("attention");
    Tensor query = graph.input("query", ElementType.FLOAT, "batch", "queries", heads, width);
    Tensor key = graph.input("key", ElementType.FLOAT, "batch", "keys", groups, width);
    Tensor value = graph.input("value", ElementType.FLOAT, "batch", "keys", groups, valueWidth);
    Tensor seen =
        graph.input(
            "mask",
            ElementType.BOOL,
            mask == Mask.CAUSAL ? Dim.ONE : query.dim(0),
            mask == Mask.VALID ? Dim.ONE : query.dim(1),
            key.dim(1));
    Tensor direction =
        graph.input("direction", ElementType.FLOAT, "batch", "queries", heads, valueWidth);
    double scale = 1 / Math.sqrt(width);
    Tensor attended =
        Fused.of(
                "SoftmaxAttention",
                Map.of("scale", (float) scale),
                List.of(query, key, value, seen),
                List.of(attention(query, key, value, seen, scale)))
            .get(0);
    graph.output("attended", attended);
    List<Tensor> gradients =
        Gradients.of(attended.times(direction).sumAll(), List.of(query, key, value));
    graph.output("by query", gradients.get(0));
    graph.output("by key", gradients.get(1));
    graph.output("by value", gradients.get(2));

    BuiltKernels.assertEqual(
        graph,
        kernels,
        batch -> {
          Random random = new Random(queries);
          fill(batch.floats("query", BATCH, queries, heads, width), random);
          fill(batch.floats("key", BATCH, keys, groups, width), random);
          fill(batch.floats("value", BATCH, keys, groups, valueWidth), random);
          fill(batch.floats("direction", BATCH, queries, heads, valueWidth), random);
          fill(batch, mask, queries, keys, random);
        },
        "SoftmaxAttention",
        "SoftmaxAttentionGradient");
  }

  /** The formula with an axis of groups and one of heads in a group. */
  private static Tensor attention(
      Tensor query, Tensor key, Tensor value, Tensor seen, double scale) {
    Dim groups = key.dim(2);
    Dim shared = Dim.of(query.dim(2).size() / groups.size());
    Tensor queries =
        query
            .reshape(query.dim(0), query.dim(1), groups, shared, query.dim(3))
            .transpose(0, 2, 3, 1, 4);
    Tensor logits = queries.matmul(key.transpose(0, 2, 3, 1).unsqueeze(2)).times(scale);
    Tensor hidden = query.graph().constant(-1e30);
    Tensor weights = seen.unsqueeze(1).unsqueeze(1).where(logits, hidden).softmax(-1);
    return weights
        .matmul(value.transpose(0, 2, 1, 3).unsqueeze(2))
        .transpose(0, 3, 1, 2, 4)
        .reshape(query.dim(0), query.dim(1), query.dim(2), value.dim(3));
  }

  private static void fill(FloatBuffer buffer, Random random) {
    while (buffer.hasRemaining()) {
      buffer.put((float) (2 * random.nextGaussian()));
    }
  }

  private static void fill(Batch batch, Mask mask, int queries, int keys, Random random) {
    int sequences = mask == Mask.CAUSAL ? 1 : BATCH;
    int rows = mask == Mask.VALID ? 1 : queries;
    ByteBuffer seen = batch.truths("mask", sequences, rows, keys);
    for (int b = 0; b < sequences; b++) {
      for (int i = 0; i < rows; i++) {
        for (int j = 0; j < keys; j++) {
          boolean sees =
              switch (mask) {
                case RANDOM -> i != 5 && random.nextInt(3) > 0;
                case CAUSAL -> j <= i;
                case VALID -> j < keys - 7 * b;
              };
          seen.put((byte) (sees ? 1 : 0));
        }
      }
    }
  }
}
