package io.genrec.examples.baselines;

import static io.genrec.examples.baselines.Loops.plus;
import static io.genrec.examples.baselines.Loops.times;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import io.genrec.api.GenRecException;
import io.genrec.api.encoder.Capabilities.CacheScope;
import io.genrec.api.sequence.Role;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class Gru4RecTest {
  private static Probe probe(String options) {
    return Probe.of(new Gru4Rec(), options, Role.EVENT);
  }

  /** The outputs of one sequence, token by token. */
  private static double[][] slow(Probe probe, Sequence sequence, int layers, int hidden) {
    double[][] x = new double[sequence.length()][];
    for (int i = 0; i < x.length; i++) {
      x[i] = probe.embedding(sequence, i, false);
    }
    for (int layer = 0; layer < layers; layer++) {
      String scope = "gru4rec/layer" + layer + "/";
      double[] h = new double[hidden];
      for (int i = 0; i < x.length; i++) {
        double[] in = plus(times(x[i], probe.weight(scope + "w")), probe.weight(scope + "b"));
        double[] state = times(h, probe.weight(scope + "u"));
        double[] next = new double[hidden];
        for (int d = 0; d < hidden; d++) {
          double reset = Loops.sigmoid(in[d] + state[d]);
          double keep = Loops.sigmoid(in[hidden + d] + state[hidden + d]);
          double shifted = state[2 * hidden + d] + probe.weight(scope + "c")[d];
          double fresh = Math.tanh(in[2 * hidden + d] + reset * shifted);
          next[d] = (1 - keep) * fresh + keep * h[d];
        }
        h = next;
        x[i] = h;
      }
    }
    double[] o = probe.weight("gru4rec/o");
    double[] bias = probe.weight("gru4rec/o_bias");
    for (int i = 0; i < x.length; i++) {
      x[i] = Loops.l2Norm(plus(times(x[i], o), bias), 1e-6);
    }
    return x;
  }

  @ParameterizedTest
  @CsvSource({"1, 6, '{}'", "1, 4, '{\"hidden\": 4}'", "3, 7, '{\"layers\": 3, \"hidden\": 7}'"})
  void equalsTheFormulaInPlainLoops(int layers, int hidden, String options) {
    Probe probe = probe(options);
    List<Sequence> sequences = Sequence.events();
    double[][][] actual = probe.encode(sequences, 8);
    for (int b = 0; b < sequences.size(); b++) {
      double[][] expected = slow(probe, sequences.get(b), layers, hidden);
      for (int i = 0; i < expected.length; i++) {
        assertThat(actual[b][i])
            .as("sequence %d, token %d", b, i)
            .containsExactly(expected[i], offset(1e-11));
      }
    }
  }

  @Test
  void neitherPaddingNorNeighboursChangeASequence() {
    probe("{\"layers\": 2}").assertNeitherPaddingNorNeighboursChangeASequence(Sequence.events());
  }

  @Test
  void aTokenKnowsNothingOfTheFuture() {
    probe("{}").assertOnlyWhoSeesATokenKnowsIt(Sequence.events().get(0));
  }

  @Test
  void gradientsAreFiniteDifferences() {
    probe("{\"layers\": 2, \"hidden\": 5}").assertGradientsAreFiniteDifferences(Sequence.events());
  }

  @Test
  void everyGraphHasCudaKernels() {
    probe("{\"layers\": 2}").assertEveryGraphHasCudaKernels();
  }

  @Test
  void nothingOfAStateCanBeCached() {
    Probe probe = probe("{}");
    assertThat(probe.model().encoder().capabilities().cacheScope()).isEqualTo(CacheScope.NONE);
    assertThatThrownBy(() -> probe.model().cached()).hasMessageContaining("[GR/NotCacheable]");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"layers\": 0}",
        "{\"hidden\": 0}",
        "{\"inputDropout\": 1}",
        "{\"hiddenDropout\": -0.1}"
      })
  void refusesWrongOptions(String options) {
    String key = options.substring(2, options.indexOf('"', 2));
    assertThatThrownBy(() -> probe(options))
        .isInstanceOf(GenRecException.class)
        .hasMessageContainingAll("[GR/InvalidValue]", "/" + key);
  }

  @Test
  void anUnknownOptionIsNamed() {
    assertThatThrownBy(() -> probe("{\"layer\": 2}"))
        .isInstanceOf(GenRecException.class)
        .hasMessageContainingAll("[GR/UnknownKey]", "did you mean \"layers\"?");
  }
}
