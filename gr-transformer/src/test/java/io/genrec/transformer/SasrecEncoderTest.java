package io.genrec.transformer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.withinPercentage;
import static org.assertj.core.data.Offset.offset;

import io.genrec.api.GenRecException;
import io.genrec.engine.onnx.Precision;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SasrecEncoderTest {
  private static final String GELU = "{\"activation\": \"gelu\", \"heads\": 2}";

  private static SlowSasrec slow(Subject subject, String options) {
    return new SlowSasrec(Subject.config(new Sasrec(), options), subject::weights);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{\"heads\": 2, \"hidden\": 5}",
        "{\"heads\": 8, \"blocks\": 1}",
        "{\"heads\": 4, \"blocks\": 3, \"hidden\": 20, \"epsilon\": 1e-3}"
      })
  void equalsTheFormulaInPlainLoops(String options) {
    Subject subject = Subject.sasrec(options);
    subject.assertEqualsPlainLoops(slow(subject, options), Precision.FLOAT64, 1e-11);
  }

  @Test
  void dropsWhereTheReferenceDrops() {
    String options = "{\"heads\": 2, \"hidden\": 5, \"inputDropout\": 0.3, \"blockDropout\": 0.4}";
    Subject subject = Subject.sasrec(options);
    Training training = new Training(subject, Precision.FLOAT64);
    assertThat(training.sites())
        .containsExactlyInAnyOrder(
            "sasrec/input",
            "sasrec/layer0/attention",
            "sasrec/layer0/inner",
            "sasrec/layer0/outer",
            "sasrec/layer1/attention",
            "sasrec/layer1/inner",
            "sasrec/layer1/outer");
    assertThat(training.loss()).isCloseTo(training.loss(slow(subject, options)), offset(1e-11));
  }

  /** The graph runs in 32 bits, since the CPU has no wider error function; the loops in 64. */
  @Test
  void geluEqualsPlainLoopsWithinSinglePrecision() {
    Subject subject = Subject.sasrec(GELU);
    subject.assertEqualsPlainLoops(slow(subject, GELU), Precision.FLOAT32, 2e-6);
  }

  @Test
  void gradientsThroughGeluAreFiniteDifferencesOfPlainLoops() {
    Subject subject = Subject.sasrec(GELU);
    SlowSasrec slow = slow(subject, GELU);
    try (Training training = new Training(subject, Precision.FLOAT32)) {
      assertThat(training.loss()).isCloseTo(training.loss(slow), offset(2e-5));
      training
          .gradients()
          .forEach(
              (name, gradient) ->
                  subject.assertDifferences(name, gradient, () -> training.loss(slow), 2e-5));
    }
  }

  @Test
  void firstValuesAreSpreadAsInTheReference() {
    int dim = 64;
    int hidden = 100;
    Subject subject = Subject.of(new Sasrec(), "{\"hidden\": 100}", dim);
    String layer = "sasrec/layer1/";
    // Glorot's normal: 2 / (rows + columns), with queries, keys and values as one matrix.
    deviation(subject, layer + "qkv", Math.sqrt(2.0 / (dim + 3 * dim)));
    deviation(subject, layer + "o", Math.sqrt(2.0 / (dim + dim)));
    deviation(subject, layer + "inner", Math.sqrt(2.0 / (dim + hidden)));
    deviation(subject, layer + "outer", Math.sqrt(2.0 / (dim + hidden)));
    assertThat(subject.initial(layer + "qkv_bias").largest()).isZero();
    assertThat(subject.initial(layer + "o_bias").largest()).isZero();
    assertThat(subject.initial(layer + "inner_bias").largest())
        .isBetween(0.9 / Math.sqrt(dim), 1 / Math.sqrt(dim));
    assertThat(subject.initial(layer + "outer_bias").largest())
        .isBetween(0.9 / Math.sqrt(hidden), 1 / Math.sqrt(hidden));
    // A normal cut at two deviations has 0.8796 of its deviation left.
    deviation(subject, "sasrec/position", 0.8796 * Math.sqrt(1.0 / dim));
    assertThat(subject.initial("sasrec/position").largest()).isLessThan(2 * Math.sqrt(1.0 / dim));
  }

  private static void deviation(Subject subject, String parameter, double expected) {
    assertThat(subject.initial(parameter).deviation())
        .as(parameter)
        .isCloseTo(expected, withinPercentage(5));
  }

  @Test
  void refusesWrongOptions() {
    refused("{\"hedas\": 2}", "[GR/UnknownKey]", "heads");
    refused("{\"heads\": 0}", "[GR/InvalidValue]", "/heads", "at least 1 but is 0");
    refused("{\"blocks\": 0}", "/blocks", "at least 1");
    refused("{\"hidden\": -1}", "/hidden", "at least 1");
    refused("{\"activation\": \"swish\"}", "/activation", "gelu, relu");
    refused("{\"inputDropout\": 1}", "/inputDropout", "below 1");
    refused("{\"blockDropout\": -0.1}", "/blockDropout", "below 1");
    refused("{\"epsilon\": 0}", "/epsilon", "above 0");
    assertThatThrownBy(() -> Subject.sasrec("{\"heads\": 3}"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("heads must divide the model's width, 8, but is 3");
  }

  private static void refused(String options, String... words) {
    assertThatThrownBy(() -> Subject.config(new Sasrec(), options))
        .isInstanceOf(GenRecException.class)
        .hasMessageContainingAll(words);
  }
}
