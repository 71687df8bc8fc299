package io.genrec.transformer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.withinPercentage;
import static org.assertj.core.data.Offset.offset;

import io.genrec.api.GenRecException;
import io.genrec.api.encoder.Capabilities;
import io.genrec.api.encoder.Capabilities.CacheScope;
import io.genrec.api.encoder.Capabilities.Causality;
import io.genrec.api.encoder.SequenceEncoder;
import io.genrec.api.graph.Parameter;
import io.genrec.api.graph.TensorType;
import io.genrec.engine.onnx.Precision;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LlamaEncoderTest {
  private static SlowLlama slow(Subject subject, String options) {
    return new SlowLlama(Subject.config(new Llama(), options), subject::weights);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{\"heads\": 4}",
        "{\"heads\": 4, \"keyValueHeads\": 2, \"hidden\": 5}",
        "{\"heads\": 4, \"keyValueHeads\": 1, \"blocks\": 3, \"output\": \"l2\"}",
        "{\"ropeTheta\": 7.5, \"epsilon\": 1e-2, \"inputFeatures\": [\"colour\"]}",
        "{\"causal\": false, \"heads\": 2}"
      })
  void equalsTheFormulaInPlainLoops(String options) {
    Subject subject = Subject.llama(options);
    subject.assertEqualsPlainLoops(slow(subject, options), Precision.FLOAT64, 1e-11);
  }

  @Test
  void dropsBeforeEachSumWithTheResidual() {
    String options = "{\"heads\": 2, \"inputDropout\": 0.3, \"residualDropout\": 0.4}";
    Subject subject = Subject.llama(options);
    try (Training training = new Training(subject, Precision.FLOAT64)) {
      assertThat(training.sites())
          .containsExactlyInAnyOrder(
              "llama/input",
              "llama/layer0/attention",
              "llama/layer0/feed_forward",
              "llama/layer1/attention",
              "llama/layer1/feed_forward");
      assertThat(training.loss()).isCloseTo(training.loss(slow(subject, options)), offset(1e-11));
    }
  }

  @Test
  void groupedQueriesEqualRepeatedHeads() {
    Subject grouped = Subject.llama("{\"heads\": 4, \"keyValueHeads\": 2}");
    Subject full = Subject.llama("{\"heads\": 4}");
    grouped
        .model()
        .parameters()
        .keySet()
        .forEach(
            name -> {
              double[] given = grouped.weights(name);
              double[] repeated = name.endsWith("/qkv") ? repeated(given) : given;
              System.arraycopy(repeated, 0, full.weights(name), 0, repeated.length);
            });
    double[][][] expected = full.outputs(7, Subject.HISTORIES[0]);
    double[][][] actual = grouped.outputs(7, Subject.HISTORIES[0]);
    for (int i = 0; i < 7; i++) {
      assertThat(actual[0][i]).containsExactly(expected[0][i], offset(1e-13));
    }
  }

  /** Four heads of queries, two of keys, two of values, 2 wide; the latter each twice. */
  private static double[] repeated(double[] qkv) {
    int[] heads = {0, 1, 2, 3, 4, 4, 5, 5, 6, 6, 7, 7};
    double[] repeated = new double[Subject.DIM * 24];
    for (int i = 0; i < repeated.length; i++) {
      int column = i % 24;
      repeated[i] = qkv[i / 24 * 16 + 2 * heads[column / 2] + column % 2];
    }
    return repeated;
  }

  /** A cache of grouped queries holds as many heads as keys and values have. */
  @Test
  void theMemoryHoldsSharedHeadsOnce() {
    Subject subject = Subject.llama("{\"heads\": 4, \"keyValueHeads\": 2, \"blocks\": 1}");
    Map<String, TensorType> memory = subject.model().cached().memory();
    assertThat(memory).containsOnlyKeys("layer0/key", "layer0/value");
    assertThat(memory.values())
        .extracting(type -> type.shape().toString())
        .containsOnly("[batch, length, 2, 2]");
  }

  @Test
  void bidirectionalRowsSeeAllEventsAndNothingIsCached() {
    Subject subject = Subject.llama("{\"causal\": false, \"blocks\": 1}");
    int[] history = Subject.HISTORIES[0];
    int[] other = history.clone();
    other[6] = 7;
    double[][] before = subject.outputs(7, history)[0];
    double[][] after = subject.outputs(7, other)[0];
    for (int i = 0; i < 7; i++) {
      assertThat(Arrays.equals(before[i], after[i])).as("row " + i).isFalse();
    }
    SequenceEncoder encoder = subject.model().encoder();
    assertThat(encoder.blocks()).isEmpty();
    assertThatThrownBy(() -> subject.model().cached()).hasMessageContaining("[GR/NotCacheable]");
    assertThat(encoder.capabilities())
        .isEqualTo(new Capabilities(Causality.BIDIRECTIONAL, CacheScope.NONE, Subject.MAX_LENGTH));
  }

  /** The sizes of GPSD's scaling study, which counts the layers with their normalisations. */
  @ParameterizedTest
  @CsvSource({"1, 32, 13376", "4, 32, 53504", "4, 64, 213504", "4, 128, 803840", "4, 256, 3213312"})
  void layersHaveTheParametersOfThePaper(int blocks, int dim, long expected) {
    String options = "{\"blocks\": " + blocks + ", \"heads\": 4}";
    Map<String, Parameter> parameters = Subject.of(new Llama(), options, dim).model().parameters();
    long counted =
        parameters.values().stream()
            .filter(parameter -> parameter.name().startsWith("llama/layer"))
            .mapToLong(Parameter::entries)
            .sum();
    assertThat(counted).isEqualTo(expected);
  }

  @Test
  void firstValuesAreSpreadAsInTheReference() {
    Subject subject = Subject.of(new Llama(), "{\"heads\": 4}", 64);
    for (String matrix : List.of("qkv", "o", "gate_up", "down")) {
      assertThat(subject.initial("llama/layer1/" + matrix).deviation())
          .as(matrix)
          .isCloseTo(0.02, withinPercentage(5));
    }
    for (String norm : List.of("layer0/attention_norm", "layer1/feed_forward_norm", "norm")) {
      assertThat(subject.initial("llama/" + norm)).isEqualTo(new Subject.Spread(1, 1));
    }
  }

  @Test
  void refusesWrongOptions() {
    refused("{\"kvHeads\": 2}", "[GR/UnknownKey]", "keyValueHeads");
    refused("{\"blocks\": 0}", "[GR/InvalidValue]", "/blocks", "at least 1 but is 0");
    refused("{\"heads\": 0}", "/heads", "at least 1");
    refused("{\"keyValueHeads\": 0}", "/keyValueHeads", "at least 1");
    refused("{\"heads\": 4, \"keyValueHeads\": 3}", "/keyValueHeads", "divide heads, 4");
    refused("{\"hidden\": 0}", "/hidden", "at least 1");
    refused("{\"ropeTheta\": 0}", "/ropeTheta", "above 0");
    refused("{\"inputDropout\": 1}", "/inputDropout", "below 1");
    refused("{\"residualDropout\": -1}", "/residualDropout", "below 1");
    refused("{\"output\": \"none\"}", "/output", "l2, rms-norm");
    refused("{\"epsilon\": 0}", "/epsilon", "above 0");
  }

  private static void refused(String options, String... words) {
    assertThatThrownBy(() -> Subject.config(new Llama(), options))
        .isInstanceOf(GenRecException.class)
        .hasMessageContainingAll(words);
  }

  @Test
  void refusesWidthsThatDoNotFit() {
    assertThatThrownBy(() -> Subject.llama("{\"heads\": 3}"))
        .hasMessage("heads must divide the model's width, 8, but is 3");
    assertThatThrownBy(() -> Subject.llama("{\"heads\": 8}"))
        .hasMessageContaining("heads must have an even width")
        .hasMessageContaining("8 heads of a model of width 8 have 1");
    assertThatThrownBy(() -> Subject.llama("{\"inputFeatures\": [\"narrow\"]}"))
        .hasMessageContaining("its width, 8, but \"narrow\" has 3");
    assertThatThrownBy(() -> Subject.llama("{\"inputFeatures\": [\"color\"]}"))
        .hasMessageContaining("[GR/UnknownFeature]")
        .hasMessageContaining("did you mean \"colour\"?");
  }
}
