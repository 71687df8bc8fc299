package io.genrec.examples.baselines;

import static io.genrec.examples.baselines.Loops.concat;
import static io.genrec.examples.baselines.Loops.plus;
import static io.genrec.examples.baselines.Loops.product;
import static io.genrec.examples.baselines.Loops.scaled;
import static io.genrec.examples.baselines.Loops.times;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import io.genrec.api.GenRecException;
import io.genrec.api.sequence.Role;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DcnV2Test {
  private static Probe probe(String options) {
    return Probe.of(new DcnV2(), options, Role.EVENT, Role.CANDIDATE);
  }

  private static double[] slow(Probe probe, Sequence s, int query, int crosses, boolean rated) {
    double[] q = probe.embedding(s, query, rated);
    double[] sum = new double[q.length];
    int seen = 0;
    for (int key = 0; key < s.length(); key++) {
      if (s.sees(query, key)) {
        sum = plus(sum, probe.embedding(s, key, rated));
        seen++;
      }
    }
    double[] x0 = concat(q, scaled(sum, 1.0 / Math.max(1, seen)));
    double[] x = x0;
    for (int layer = 0; layer < crosses; layer++) {
      String scope = "dcn-v2/cross/layer" + layer;
      double[] mixed = plus(times(x, probe.weight(scope + "/w")), probe.weight(scope + "/b"));
      x = plus(product(x0, mixed), x);
    }
    return Loops.mlp(probe, "dcn-v2/deep", 2, x);
  }

  @ParameterizedTest
  @CsvSource({
    "1, false, '{\"crosses\": 1, \"hidden\": [7]}'",
    "3, true, '{\"crosses\": 3, \"hidden\": [4], \"inputFeatures\": [\"rating\"]}'"
  })
  void equalsTheFormulaInPlainLoops(int crosses, boolean rated, String options) {
    Probe probe = probe(options);
    List<Sequence> sequences = Sequence.withCandidates();
    double[][][] actual = probe.encode(sequences, 9);
    for (int b = 0; b < sequences.size(); b++) {
      for (int i = 0; i < sequences.get(b).length(); i++) {
        assertThat(actual[b][i])
            .as("sequence %d, token %d", b, i)
            .containsExactly(slow(probe, sequences.get(b), i, crosses, rated), offset(1e-11));
      }
    }
  }

  @Test
  void neitherPaddingNorNeighboursChangeASequence() {
    probe("{}").assertNeitherPaddingNorNeighboursChangeASequence(Sequence.withCandidates());
  }

  @Test
  void candidatesSeeTheHistoryAndThemselves() {
    probe("{}").assertOnlyWhoSeesATokenKnowsIt(Sequence.withCandidates().get(0));
  }

  @Test
  void gradientsAreFiniteDifferences() {
    probe("{\"crosses\": 2, \"hidden\": [4], \"inputFeatures\": [\"rating\"]}")
        .assertGradientsAreFiniteDifferences(Sequence.withCandidates());
  }

  @Test
  void everyGraphHasCudaKernels() {
    probe("{}").assertEveryGraphHasCudaKernels();
  }

  @ParameterizedTest
  @ValueSource(strings = {"{\"crosses\": 0}", "{\"hidden\": [0]}"})
  void refusesWrongOptions(String options) {
    String key = options.substring(2, options.indexOf('"', 2));
    assertThatThrownBy(() -> probe(options))
        .isInstanceOf(GenRecException.class)
        .hasMessageContainingAll("[GR/InvalidValue]", "/" + key);
  }
}
