package io.genrec.hstu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import io.genrec.api.GenRecException;
import io.genrec.api.config.StrictConfig;
import io.genrec.api.encoder.Capabilities.CacheScope;
import io.genrec.api.graph.Graph;
import io.genrec.api.graph.Parameter;
import io.genrec.api.sequence.Batch;
import io.genrec.api.sequence.History;
import io.genrec.api.sequence.Schema;
import io.genrec.api.sequence.TokenRow;
import io.genrec.api.training.Loss;
import io.genrec.api.training.Sampler.Sharing;
import io.genrec.engine.loss.FullSoftmax;
import io.genrec.engine.loss.SampledSoftmax;
import io.genrec.engine.model.Model;
import io.genrec.engine.onnx.CudaKernels;
import io.genrec.engine.onnx.Precision;
import io.genrec.engine.program.Program;
import io.genrec.engine.runtime.CompiledGraph;
import io.genrec.engine.runtime.SessionSettings;
import java.nio.DoubleBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HstuEncoderTest {
  private static final int ITEMS = 9;
  private static final int MAX_LENGTH = 11;
  private static final int DIM = 6;

  private static HstuConfig config(String options) {
    return StrictConfig.parse("test", options).as(HstuConfig.class);
  }

  private static Model model(HstuConfig config) {
    Schema schema =
        new Schema(
            List.of(new Schema.Feature(Schema.ITEM, ITEMS, DIM)), MAX_LENGTH - 1, MAX_LENGTH);
    return new Model("hstu", schema, scope -> new Hstu().create(config, scope, schema));
  }

  /** Values large enough that every term shows. */
  private static Map<String, double[]> weights(Model model, long seed) {
    Random random = new Random(seed);
    Map<String, double[]> weights = new HashMap<>();
    for (Parameter parameter : model.parameters().values()) {
      weights.put(parameter.name(), random.doubles(parameter.entries(), -0.7, 0.7).toArray());
    }
    return weights;
  }

  private static final class Sequences {
    private final int[][] items = {{3, 1, 4, 1, 5, 9, 2}, {6}, {5, 3, 5, 8}};
    private final Long[][] times = {
      {0L, 10L, 10L, 900L, 86_400L, 40_000_000L, 40_000_001L},
      {1_600_000_000L},
      {null, null, 7L, 8L}
    };
    private final Long[][] predictionTimes = {
      {10L, 10L, 900L, 86_400L, 40_000_000L, 40_000_001L, 50_000_000L},
      {1_600_000_300L},
      {null, 7L, 8L, null}
    };

    void write(Batch batch, int padded, int... which) {
      TokenRow row = new TokenRow(batch, which.length, padded, List.of(Schema.ITEM), List.of());
      for (int b = 0; b < which.length; b++) {
        row.at(b);
        for (int i = 0; i < items[which[b]].length; i++) {
          row.token(i, known(times[which[b]][i]), known(predictionTimes[which[b]][i]));
          row.feature(Schema.ITEM, i, items[which[b]][i]);
        }
      }
    }

    private static long known(Long time) {
      return time == null ? History.NO_TIME : time;
    }
  }

  private static double[][][] run(
      Model model, Map<String, double[]> weights, int padded, int... which) {
    return run(model, weights, new Sequences(), padded, which);
  }

  private static double[][][] run(
      Model model, Map<String, double[]> weights, Sequences sequences, int padded, int... which) {
    Graph graph =
        model.inspect("outputs", tokens -> Map.of("outputs", model.encoder().encode(tokens)));
    try (BufferAllocator memory = new RootAllocator();
        Batch inputs = new Batch(memory);
        Batch outputs = new Batch(memory);
        CompiledGraph compiled =
            CompiledGraph.of(graph, SessionSettings.cpu().precision(Precision.FLOAT64))) {
      sequences.write(inputs, padded, which);
      model
          .parameters()
          .values()
          .forEach(
              parameter ->
                  inputs
                      .doubles(
                          parameter.name(),
                          parameter.size().stream().mapToLong(Long::longValue).toArray())
                      .put(weights.get(parameter.name())));
      compiled.run(inputs::column, outputs);
      DoubleBuffer values = outputs.column("outputs").bytes().asDoubleBuffer();
      double[][][] result = new double[which.length][padded][DIM];
      for (double[][] sequence : result) {
        for (double[] row : sequence) {
          values.get(row);
        }
      }
      return result;
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{\"heads\": 2, \"dqk\": 3, \"dv\": 2}",
        "{\"heads\": 2, \"dqk\": 2, \"dv\": 4, \"concatUa\": true}",
        "{\"output\": \"layer-norm\"}",
        "{\"positionBias\": false}",
        "{\"timeBias\": false}",
        "{\"positionBias\": false, \"timeBias\": false}",
        "{\"attention\": \"softmax\", \"heads\": 2}",
        "{\"attention\": \"softmax\", \"positionBias\": false, \"concatUa\": true, \"output\": \"layer-norm\"}",
        "{\"blocks\": 3, \"heads\": 3, \"epsilon\": 1e-3}"
      })
  void equalsTheFormulaInPlainLoops(String options) {
    HstuConfig config = config(options);
    Model model = model(config);
    Map<String, double[]> weights = weights(model, 17);
    Integer dqk = config.dqk();
    Integer dv = config.dv();
    int standard = DIM / config.heads();
    SlowHstu slow =
        new SlowHstu(
            config,
            DIM,
            dqk == null ? standard : dqk,
            dv == null ? standard : dv,
            MAX_LENGTH,
            weights::get);
    double[][][] actual = run(model, weights, 8, 0, 1, 2);
    Sequences sequences = new Sequences();
    for (int b = 0; b < 3; b++) {
      double[][] expected =
          slow.encode(sequences.items[b], sequences.times[b], sequences.predictionTimes[b]);
      for (int i = 0; i < expected.length; i++) {
        assertThat(actual[b][i])
            .as("sequence %d, token %d", b, i)
            .containsExactly(expected[i], offset(1e-11));
      }
    }
  }

  @Test
  void neitherPaddingNorNeighboursChangeASequence() {
    Model model = model(config("{\"heads\": 2}"));
    Map<String, double[]> weights = weights(model, 3);
    double[][][] together = run(model, weights, 10, 2, 0, 1);
    double[][][] alone = run(model, weights, 7, 0);
    for (int i = 0; i < 7; i++) {
      assertThat(together[1][i]).containsExactly(alone[0][i], offset(1e-13));
    }
  }

  @Test
  void onlyTheLastRowDependsOnTheRequestsTime() {
    assertThat(changedRows("{}")).containsExactly(6);
    assertThat(model(config("{}")).encoder().capabilities().cacheScope())
        .isEqualTo(CacheScope.ALL_BUT_LAST);
    assertThat(changedRows("{\"timeBias\": false}")).isEmpty();
    assertThat(model(config("{\"timeBias\": false}")).encoder().capabilities().cacheScope())
        .isEqualTo(CacheScope.EXTENDABLE);
  }

  /** The rows of the first sequence that are others when the request comes a year later. */
  private static List<Integer> changedRows(String options) {
    Model model = model(config(options));
    Map<String, double[]> weights = weights(model, 23);
    Sequences later = new Sequences();
    later.predictionTimes[0][6] += 31_536_000L;
    double[][] before = run(model, weights, new Sequences(), 7, 0)[0];
    double[][] after = run(model, weights, later, 7, 0)[0];
    return IntStream.range(0, 7).filter(i -> !Arrays.equals(before[i], after[i])).boxed().toList();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"heads\": 2}",
        "{\"concatUa\": true, \"output\": \"layer-norm\"}",
        "{\"attention\": \"softmax\"}"
      })
  void everyGraphHasCudaKernels(String options) {
    Model model = model(config(options));
    List<Graph> graphs = new ArrayList<>(List.of(model.users(), model.scores(), model.recommend()));
    Loss sampled = new SampledSoftmax().create(new SampledSoftmax.Config(0.05, 1e-6, true));
    Loss full = new FullSoftmax().create(new FullSoftmax.Config(true, 0.05, 1e-6));
    for (Sharing sharing : Sharing.values()) {
      graphs.add(model.training(sampled, sharing, true));
    }
    graphs.add(model.training(full, Sharing.POSITION, true));
    for (Graph graph : graphs) {
      assertThat(CudaKernels.gaps(Program.of(graph), Precision.FLOAT32)).as(graph.name()).isEmpty();
    }
  }

  @Test
  void refusesWrongOptions() {
    assertThatThrownBy(() -> config("{\"hedas\": 2}"))
        .isInstanceOf(GenRecException.class)
        .hasMessageContaining("[GR/UnknownKey]")
        .hasMessageContaining("heads");
    assertThatThrownBy(() -> config("{\"heads\": 0}"))
        .isInstanceOf(GenRecException.class)
        .hasMessageContaining("[GR/InvalidValue]")
        .hasMessageContaining("/heads");
    assertThatThrownBy(() -> config("{\"inputDropout\": 1}"))
        .isInstanceOf(GenRecException.class)
        .hasMessageContaining("/inputDropout");
  }
}
