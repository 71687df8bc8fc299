package io.genrec.hstu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import io.genrec.api.GenRecException;
import io.genrec.api.encoder.Capabilities.CacheScope;
import io.genrec.api.encoder.Capabilities.Causality;
import io.genrec.api.graph.Graph;
import io.genrec.api.sequence.Schema;
import io.genrec.api.training.Loss;
import io.genrec.api.training.Sampler.Sharing;
import io.genrec.engine.model.Model;
import java.nio.DoubleBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class StuEncoderTest {
  private static final String SMALL = "\"blocks\": 2, \"heads\": 2";

  private static StuConfig config(String options) {
    return StuRun.config("{" + SMALL + (options.isEmpty() ? "" : ", " + options) + "}");
  }

  private static SlowStu slow(StuConfig config, Map<String, double[]> weights) {
    return new SlowStu(
        config,
        StuRun.DIM,
        StuRun.MAX_HISTORY,
        StuRun.MAX_LENGTH,
        name -> Objects.requireNonNull(weights.get(name), name));
  }

  private static double[] table(Map<String, double[]> weights) {
    return Objects.requireNonNull(weights.get("embedding/item"));
  }

  private static double[][] slow(
      StuConfig config, Map<String, double[]> weights, StuSequence sequence, double... depth) {
    return slow(config, weights).encode(sequence, table(weights), depth);
  }

  private static void assertRows(double[][] actual, double[][] expected, String what) {
    for (int i = 0; i < expected.length; i++) {
      assertThat(actual[i]).as("%s, token %d", what, i).containsExactly(expected[i], offset(1e-11));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "\"dqk\": 2, \"dv\": 5, \"attentionAlpha\": 1.5",
        "\"groupNorm\": true, \"dv\": 4",
        "\"contextSeesHistory\": true",
        "\"maxAttention\": 3",
        "\"maxAttention\": 2, \"contextSeesHistory\": true",
        "\"maxAttention\": 2, \"minFullAttention\": 2, \"contextSeesHistory\": true",
        "\"maxAttention\": 1, \"minFullAttention\": 3",
        "\"time\": \"log\", \"timeBuckets\": 7",
        "\"timeBuckets\": 20, \"positionBuckets\": 4",
        "\"position\": \"absolute\", \"time\": \"none\"",
        "\"position\": \"none\", \"output\": \"l2\"",
        "\"output\": \"timestamp-layer-norm\"",
        "\"lastLayers\": 1, \"lastTokens\": 3",
        "\"lastLayers\": 1, \"lastTokens\": 3, \"maxAttention\": 2, \"contextSeesHistory\": true",
        "\"lastLayers\": 1, \"lastTokens\": 4, \"maxAttention\": 1, \"minFullAttention\": 2",
        "\"lastLayers\": 1, \"lastTokens\": 9",
        "\"epsilon\": 1e-3"
      })
  void equalsTheFormulaInPlainLoops(String options) {
    StuConfig config = config(options);
    Model model = StuRun.model(config);
    Map<String, double[]> weights = StuRun.weights(model);
    List<StuSequence> sequences = StuSequence.samples();
    double[][][] actual = StuRun.encode(model, weights, sequences, 13);
    for (int b = 0; b < sequences.size(); b++) {
      assertRows(actual[b], slow(config, weights, sequences.get(b)), "sequence " + b);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "\"contextSeesHistory\": true", "\"lastLayers\": 1, \"lastTokens\": 3"})
  void neitherPaddingNorNeighboursChangeASequence(String options) {
    Model model = StuRun.model(config(options));
    Map<String, double[]> weights = StuRun.weights(model);
    List<StuSequence> samples = StuSequence.samples();
    double[][][] together = StuRun.encode(model, weights, samples, 15);
    for (int b = 0; b < samples.size(); b++) {
      StuSequence sample = samples.get(b);
      double[][][] alone = StuRun.encode(model, weights, List.of(sample), sample.length());
      for (int i = 0; i < sample.length(); i++) {
        assertThat(together[b][i]).containsExactly(alone[0][i], offset(1e-13));
      }
    }
  }

  /** Rows that a longer history leaves as they are may be kept for it. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "                                                    | EXTENDABLE     | CAUSAL",
        "\"maxAttention\": 2                                 | EXTENDABLE     | CAUSAL",
        "\"position\": \"absolute\"                          | EXTENDABLE     | CAUSAL",
        "\"position\": \"from-end\"                          | WITHIN_REQUEST | CAUSAL",
        "\"time\": \"sqrt\"                                  | WITHIN_REQUEST | CAUSAL",
        "\"time\": \"log\"                                   | WITHIN_REQUEST | CAUSAL",
        "\"maxAttention\": 1, \"minFullAttention\": 1        | WITHIN_REQUEST | CAUSAL",
        "\"lastLayers\": 1, \"lastTokens\": 2                | WITHIN_REQUEST | CAUSAL",
        "\"contextSeesHistory\": true                        | WITHIN_REQUEST | TARGETS_ONLY"
      })
  void saysWhatFollowingEventsChange(String options, CacheScope scope, Causality causality) {
    String given = options == null ? "" : options;
    for (String key : List.of("position", "time")) {
      if (!given.contains(key)) {
        given = "\"" + key + "\": \"none\"" + (given.isEmpty() ? "" : ", ") + given;
      }
    }
    Model model = StuRun.model(config(given));
    Map<String, double[]> weights = StuRun.weights(model);
    StuSequence whole = StuSequence.samples().get(0).first(9);
    double[][] after = StuRun.encode(model, weights, List.of(whole), 9)[0];
    double[][] before = StuRun.encode(model, weights, List.of(whole.first(6)), 6)[0];
    boolean same = true;
    for (int i = 0; i < 6; i++) {
      for (int d = 0; d < StuRun.DIM; d++) {
        same &= Math.abs(after[i][d] - before[i][d]) < 1e-11;
      }
    }
    assertThat(model.encoder().capabilities().cacheScope()).isEqualTo(scope);
    assertThat(model.encoder().capabilities().causality()).isEqualTo(causality);
    assertThat(same).isEqualTo(scope == CacheScope.EXTENDABLE);
  }

  @Test
  void candidatesDoNotSeeEachOther() {
    Model model = StuRun.model(config("\"contextSeesHistory\": true"));
    Map<String, double[]> weights = StuRun.weights(model);
    StuSequence sequence = StuSequence.samples().get(0);
    double[][] before = StuRun.encode(model, weights, List.of(sequence), 12)[0];
    sequence.items()[10] = 29;
    double[][] after = StuRun.encode(model, weights, List.of(sequence), 12)[0];
    for (int i = 0; i < 12; i++) {
      assertThat(Arrays.equals(before[i], after[i])).as("token " + i).isEqualTo(i != 10);
    }
  }

  /** The sum of all outputs, which become outputs of the training graph too. */
  private static final Loss OUTPUTS =
      context -> {
        context.outputs().graph().output("out", context.outputs());
        return context.outputs().square().sumAll();
      };

  private static Graph training(Model model) {
    return model.training(OUTPUTS, Sharing.POSITION, true);
  }

  /** Stochastic Length: whoever stays keeps its place, and sees none of those who do not. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "\"contextSeesHistory\": true, \"maxAttention\": 3",
        "\"lastLayers\": 1, \"lastTokens\": 3",
        "\"lastLayers\": 1, \"lastTokens\": 6",
        "\"lastLayers\": 1, \"lastTokens\": 4, \"maxAttention\": 2, \"contextSeesHistory\": true"
      })
  void tokensThatAreLeftOutAreSeenByNone(String options) {
    StuConfig config = config(options);
    Model model = StuRun.model(config);
    Map<String, double[]> weights = StuRun.weights(model);
    List<StuSequence> sequences = StuSequence.samples();
    // Context, some events (of 7, of 1, of 4), candidates; padding to two more slots.
    int[][] kept = {{0, 1, 3, 4, 6, 8, 9, 10, 11}, {0, 1, 2}, {1, 3, 4, 5}};
    List<Set<Integer>> leftOut = List.of(Set.of(2, 5, 7), Set.of(), Set.of(0, 2));
    Graph graph = model.training(OUTPUTS, Sharing.POSITION, false, model.roles(), true);
    try (StuRun run = new StuRun(graph, weights)) {
      double[][][] actual = run.only(sequences, kept, kept[0].length + 2).run().get("out");
      for (int b = 0; b < kept.length; b++) {
        SlowStu slow = slow(config, weights).without(leftOut.get(b));
        double[][] expected = slow.encode(sequences.get(b), table(weights));
        for (int i = 0; i < kept[b].length; i++) {
          assertThat(actual[b][i])
              .as("sequence %d, token %d", b, kept[b][i])
              .containsExactly(expected[kept[b][i]], offset(1e-11));
        }
      }
    }
  }

  @Test
  void stochasticDepthSkipsALayerForSomeSequences() {
    StuConfig config =
        config("\"stochasticDepth\": 0.5, \"inputDropout\": 0, \"linearDropout\": 0");
    Model model = StuRun.model(config);
    Map<String, double[]> weights = StuRun.weights(model);
    List<StuSequence> sequences = StuSequence.samples();
    double[][] kept = {{2, 0, 2}, {0, 0, 2}};
    try (StuRun run = new StuRun(training(model), weights)) {
      for (int layer = 0; layer < 2; layer++) {
        run.inputs().doubles("dropout/stu/layer" + layer + "/depth", 3, 1, 1).put(kept[layer]);
      }
      run.whole(sequences, 12).run();
      double[][][] actual = run.get("out");
      for (int b = 0; b < 3; b++) {
        double[][] expected = slow(config, weights, sequences.get(b), kept[0][b], kept[1][b]);
        assertRows(actual[b], expected, "sequence " + b);
      }
    }
  }

  @Test
  void gradientsOfLastLayersAreThoseOfDifferences() {
    StuConfig config =
        config("\"lastLayers\": 1, \"lastTokens\": 3, \"inputDropout\": 0, \"linearDropout\": 0.5");
    Model model = StuRun.model(config);
    Map<String, double[]> weights = StuRun.weights(model);
    Map<String, double[]> gradients = new HashMap<>();
    try (StuRun run = new StuRun(training(model), weights)) {
      // Masks are made for all tokens, also where only some enter a layer.
      for (int layer = 0; layer < 2; layer++) {
        DoubleBuffer mask = run.inputs().doubles("dropout/stu/layer" + layer + "/o", 3, 12, 18);
        while (mask.hasRemaining()) {
          mask.put(1);
        }
      }
      run.whole(StuSequence.samples(), 12).run();
      for (String name : weights.keySet()) {
        gradients.put(name, run.all(Model.GRADIENT + name));
      }
    }
    Graph graph =
        model.inspect("loss", t -> Map.of("loss", model.encoder().encode(t).square().sumAll()));
    double step = 1e-5;
    gradients.forEach(
        (name, gradient) -> {
          double[] values = Objects.requireNonNull(weights.get(name));
          for (int entry = values.length / 3; entry < values.length; entry += values.length) {
            double kept = values[entry];
            double[] loss = new double[2];
            for (int side = 0; side < 2; side++) {
              values[entry] = kept + (side == 0 ? step : -step);
              try (StuRun run = new StuRun(graph, weights)) {
                run.whole(StuSequence.samples(), 12).run();
                loss[side] = run.all("loss")[0];
              }
            }
            values[entry] = kept;
            double difference = (loss[0] - loss[1]) / (2 * step);
            assertThat(gradient[entry])
                .as("%s[%d]", name, entry)
                .isCloseTo(difference, offset(1e-6 * Math.max(1, Math.abs(difference))));
          }
        });
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "UnknownKey   | \"contextSeesHistry\": true            | did you mean \"contextSeesHistory\"?",
        "InvalidValue | \"heads\": 0                           | /heads",
        "InvalidValue | \"dqk\": 0                             | /dqk",
        "InvalidValue | \"dv\": -1                             | /dv",
        "InvalidValue | \"attentionAlpha\": 0                  | attentionAlpha must be above 0",
        "InvalidValue | \"stochasticDepth\": 1                 | below 1 but is 1.0",
        "InvalidValue | \"linearDropout\": -0.1                | /linearDropout",
        "InvalidValue | \"inputDropout\": 1                    | /inputDropout",
        "InvalidValue | \"epsilon\": 0                         | /epsilon",
        "InvalidValue | \"maxAttention\": -1                   | must be at least 0 but is -1",
        "InvalidValue | \"minFullAttention\": 3                | set maxAttention too",
        "InvalidValue | \"positionBuckets\": 0                 | /positionBuckets",
        "InvalidValue | \"timeBuckets\": 0                     | /timeBuckets",
        "InvalidValue | \"time\": \"sqr\"                      | did you mean \"sqrt\"?",
        "InvalidValue | \"lastLayers\": 2, \"lastTokens\": 3   | below the number of blocks, 2",
        "InvalidValue | \"lastLayers\": 1                      | give both or neither",
        "InvalidValue | \"lastTokens\": 4                      | give both or neither",
        "InvalidValue | \"lastLayers\": 1, \"lastTokens\": 10  | lastTokens must be below the longest history, 10"
      })
  void refusesWrongOptions(String id, String options, String part) {
    assertThatThrownBy(() -> StuRun.model(StuRun.config("{\"blocks\": 2, " + options + "}")))
        .isInstanceOf(GenRecException.class)
        .hasMessageContaining("[GR/" + id + "]")
        .hasMessageContaining(part);
  }

  @Test
  void theDefaultsArePublished() {
    StuConfig config = StuRun.config("{}");
    assertThat(config.blocks()).isEqualTo(5);
    assertThat(config.heads()).isEqualTo(4);
    assertThat(config.timeBuckets()).isEqualTo(2048);
    Schema schema = new Schema(List.of(new Schema.Feature(Schema.ITEM, 30, 8)), 10, 16);
    Model model = new Model("stu", schema, scope -> new Stu().create(config, scope, schema));
    assertThat(Objects.requireNonNull(model.parameters().get("stu/layer4/uvqk")).size())
        .containsExactly(8L, 32L);
  }
}
