package io.genrec.falcon;

import static org.assertj.core.api.Assertions.assertThat;

import io.genrec.api.graph.Graph;
import io.genrec.api.graph.Parameter;
import io.genrec.api.sequence.Schema;
import io.genrec.engine.model.CachedGraphs;
import io.genrec.engine.onnx.CudaKernels;
import io.genrec.engine.onnx.Precision;
import io.genrec.engine.program.Program;
import io.genrec.engine.training.CopyCost;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The graph for devices, which cannot be run on one here. */
class ScoreLoopTest {
  private static final int ITEMS = 4_000;
  private static final int DIM = 128;

  static List<Encoders.Named> encoders() {
    return Encoders.all();
  }

  private static Graph graph(Scoring.Encoder encoder, int length, boolean loop) {
    Schema schema =
        new Schema(List.of(new Schema.Feature(Schema.ITEM, ITEMS, DIM)), length, length + 2);
    Scoring.Declared declared = Scoring.Declared.of(encoder, schema);
    CachedGraphs cached = declared.model().cached();
    return loop
        ? cached.scoreLoop(declared.head())
        : cached.score(declared.head(), CachedGraphs.Lengths.EQUAL);
  }

  @ParameterizedTest
  @MethodSource("encoders")
  void everyOperatorHasAKernelOnCuda(Encoders.Named encoder) {
    Program program = Program.of(graph(encoder.encoder(), 40, true));
    assertThat(CudaKernels.gaps(program, Precision.FLOAT32)).isEmpty();
    assertThat(program.toString()).contains("op=Scan");
  }

  /**
   * What docs/cuda.md says: keys and values of four layers, the values of the model, eight bytes
   * for each event's time, and for each candidate its row, whether it is there, and its two scores.
   */
  @ParameterizedTest
  @CsvSource({"1000, 1024", "1000, 16384", "4000, 1024", "4000, 16384"})
  void aRequestCopiesItsHistoryOnce(int n, int m) {
    int microBatch = 256;
    Scoring.Encoder hstu = Encoders.hstu("{\"blocks\": 4, \"heads\": 4}");
    int rounds = m / microBatch;
    Map<String, Integer> sizes =
        Map.of(
            "batch",
            1,
            "candidates",
            microBatch,
            "cached",
            n - 1,
            "length",
            1,
            "embedding/item.rows",
            ITEMS + 1,
            CachedGraphs.MICRO_BATCHES,
            rounds);
    Graph score = graph(hstu, n, false);
    long each = bytes(Program.of(score), sizes);
    long once = bytes(Program.of(graph(hstu, n, true)), sizes);
    long memory = 4L * 2 * n * DIM * Float.BYTES;
    long values =
        score.parameters().values().stream().mapToLong(Parameter::entries).sum() * Float.BYTES;
    System.out.printf(
        "n %d, m %d: copied %d bytes by rounds, %d at once; memory %d, values %d%n",
        n, m, each * rounds, once, memory, values);
    long times = 8L * n;
    assertThat(once - memory - values).isBetween(0L, times + 17L * m + 100);
    assertThat(each * rounds - once)
        .isBetween(
            (rounds - 1) * (memory + values), (rounds - 1) * (memory + values + times + 100));
  }

  private static long bytes(Program program, Map<String, Integer> sizes) {
    return new CopyCost(program, (name, steps) -> Objects.requireNonNull(sizes.get(name), name))
        .bytes(1);
  }

  @Test
  void candidatesAloneHaveAnAxisOfMicroBatches() {
    Program program = Program.of(graph(Encoders.hstu("{\"heads\": 2}"), 40, true));
    program
        .inputs()
        .forEach(
            (name, type) ->
                assertThat(type.shape().toString().contains(CachedGraphs.MICRO_BATCHES))
                    .as("%s %s", name, type.shape())
                    .isEqualTo(name.startsWith("candidates/")));
    assertThat(program.types().get("prediction/like")).isNotNull();
  }
}
