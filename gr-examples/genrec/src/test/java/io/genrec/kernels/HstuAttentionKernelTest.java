package io.genrec.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.genrec.api.GenRecException;
import io.genrec.api.graph.ElementType;
import io.genrec.api.graph.Fused;
import io.genrec.api.graph.Graph;
import io.genrec.api.graph.Tensor;
import io.genrec.api.sequence.Batch;
import io.genrec.engine.program.Step;
import io.genrec.engine.runtime.NativeKernels;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** HSTU's kernels alone, in the place of formulas that give zeros. */
class HstuAttentionKernelTest {
  private static final int BATCH = 3;
  private static final int HEADS = 2;
  private static final int WIDTH = 5;
  private static final int VALUE_WIDTH = 4;

  private static NativeKernels kernels = new NativeKernels(Path.of(""));

  @BeforeAll
  static void build() throws IOException, InterruptedException {
    kernels = BuiltKernels.build();
  }

  private static Graph graph() {
    Graph graph = Graph.inference("attention");
    ElementType real = ElementType.FLOAT;
    ElementType whole = ElementType.INT64;
    Tensor query = graph.input("query", real, "batch", "queries", HEADS, WIDTH);
    Tensor key = graph.input("key", real, "batch", "keys", HEADS, WIDTH);
    Tensor value = graph.input("value", real, "batch", "keys", HEADS, VALUE_WIDTH);
    Tensor position = graph.input("position", real, 9);
    Tensor time = graph.input("time", real, 7);
    List<Tensor> operands =
        List.of(
            query,
            key,
            value,
            graph.input("mask", ElementType.BOOL, "batch", "queries", "keys"),
            graph.input("query/position", whole, "query-positions", "queries"),
            graph.input("key/position", whole, "key-positions", "keys"),
            graph.input("query/time", whole, "query-times", "queries"),
            graph.input("key/time", whole, "key-times", "keys"),
            position,
            time);
    Map<String, Object> attributes =
        Map.of("scale", 0.5f, "bucket_width", 0.3f, "position", 1L, "time", 1L, "causal", 0L);
    Tensor zeros = graph.zeros(query.shape().with(3, value.dim(3)));
    graph.output("y", Fused.of("HstuAttention", attributes, operands, List.of(zeros)).get(0));

    List<Tensor> given = new ArrayList<>(operands);
    given.add(graph.input("direction", real, "batch", "queries", HEADS, VALUE_WIDTH));
    List<Tensor> none =
        List.of(query, key, value, position, time).stream()
            .map(operand -> graph.zeros(operand.shape()))
            .toList();
    List<Tensor> gradients = Fused.of("HstuAttentionGradient", attributes, given, none);
    for (int i = 0; i < gradients.size(); i++) {
      graph.output("gradient " + i, gradients.get(i));
    }
    return graph;
  }

  /** Ones wherever reals are, and all pairs seen; positions and times are 0. */
  private static void fill(Batch batch, int queries, int keys) {
    for (FloatBuffer reals :
        List.of(
            batch.floats("query", BATCH, queries, HEADS, WIDTH),
            batch.floats("key", BATCH, keys, HEADS, WIDTH),
            batch.floats("value", BATCH, keys, HEADS, VALUE_WIDTH),
            batch.floats("direction", BATCH, queries, HEADS, VALUE_WIDTH),
            batch.floats("position", 9),
            batch.floats("time", 7))) {
      while (reals.hasRemaining()) {
        reals.put(1);
      }
    }
    ByteBuffer mask = batch.truths("mask", BATCH, queries, keys);
    while (mask.hasRemaining()) {
      mask.put((byte) 1);
    }
    batch.longs("query/position", 1, queries);
    batch.longs("key/position", BATCH, keys);
    batch.longs("query/time", BATCH, queries);
    batch.longs("key/time", BATCH, keys);
  }

  /** A few queries and many are computed in different ways. */
  @ParameterizedTest
  @CsvSource({"2, 0", "20, 0", "0, 20"})
  void withoutKeysOrQueriesThereIsNothingToAdd(int queries, int keys) {
    Map<String, float[]> outputs =
        BuiltKernels.outputs(graph(), Optional.of(kernels), batch -> fill(batch, queries, keys));
    assertThat(BuiltKernels.program(graph(), kernels).steps())
        .extracting(Step::op)
        .contains("io.genrec.HstuAttention", "io.genrec.HstuAttentionGradient");
    assertThat(outputs.get("y")).hasSize(BATCH * queries * HEADS * VALUE_WIDTH);
    outputs.forEach(
        (name, values) -> assertThat(values).as(name).isEqualTo(new float[values.length]));
  }

  @ParameterizedTest
  @CsvSource({
    "query/position, 2, positions do not fit",
    "key/position, 2, positions do not fit",
    "query/time, 1, times do not fit",
    "key/time, 1, times do not fit"
  })
  void placesOfAnotherBatchAreAnError(String name, int batches, String why) {
    int length = 4;
    assertThatThrownBy(
            () ->
                BuiltKernels.outputs(
                    graph(),
                    Optional.of(kernels),
                    batch -> {
                      fill(batch, length, length);
                      batch.longs(name, batches, length);
                    }))
        .isInstanceOf(GenRecException.class)
        .hasMessageContaining(why);
  }
}
