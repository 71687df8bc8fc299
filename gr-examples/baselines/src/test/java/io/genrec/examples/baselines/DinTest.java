package io.genrec.examples.baselines;

import static io.genrec.examples.baselines.Loops.concat;
import static io.genrec.examples.baselines.Loops.minus;
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

class DinTest {
  private static Probe probe(String options) {
    return Probe.of(new Din(), options, Role.EVENT, Role.CANDIDATE);
  }

  private static double[] slow(Probe probe, Sequence s, int query, int inner, boolean rated) {
    double[] q = probe.embedding(s, query, rated);
    double[] interest = new double[q.length];
    for (int key = 0; key < s.length(); key++) {
      if (s.sees(query, key)) {
        double[] k = probe.embedding(s, key, rated);
        double[] pair = concat(k, q, minus(k, q), product(k, q));
        double[] first =
            plus(times(pair, probe.weight("din/activation/w")), probe.weight("din/activation/b"));
        double[] active = Loops.each(first, Loops::silu);
        double weight = Loops.mlp(probe, "din/activation/rest", inner, active)[0];
        interest = plus(interest, scaled(k, weight));
      }
    }
    return Loops.mlp(probe, "din/output", 2, concat(interest, q, product(interest, q)));
  }

  @ParameterizedTest
  @CsvSource({
    "1, false, '{\"activation\": [5], \"hidden\": [7]}'",
    "2, true, '{\"activation\": [5, 3], \"hidden\": [4], \"inputFeatures\": [\"rating\"]}'"
  })
  void equalsTheFormulaInPlainLoops(int inner, boolean rated, String options) {
    Probe probe = probe(options);
    List<Sequence> sequences = Sequence.withCandidates();
    double[][][] actual = probe.encode(sequences, 9);
    for (int b = 0; b < sequences.size(); b++) {
      for (int i = 0; i < sequences.get(b).length(); i++) {
        assertThat(actual[b][i])
            .as("sequence %d, token %d", b, i)
            .containsExactly(slow(probe, sequences.get(b), i, inner, rated), offset(1e-11));
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
    probe("{\"activation\": [5, 3], \"hidden\": [4], \"inputFeatures\": [\"rating\"]}")
        .assertGradientsAreFiniteDifferences(Sequence.withCandidates());
  }

  @Test
  void everyGraphHasCudaKernels() {
    probe("{}").assertEveryGraphHasCudaKernels();
  }

  @ParameterizedTest
  @ValueSource(strings = {"{\"activation\": []}", "{\"activation\": [4, 0]}", "{\"hidden\": [-1]}"})
  void refusesWrongOptions(String options) {
    String key = options.substring(2, options.indexOf('"', 2));
    assertThatThrownBy(() -> probe(options))
        .isInstanceOf(GenRecException.class)
        .hasMessageContainingAll("[GR/InvalidValue]", "/" + key);
  }

  @Test
  void anUnknownFeatureIsNamed() {
    assertThatThrownBy(() -> probe("{\"inputFeatures\": [\"ratings\"]}"))
        .isInstanceOf(GenRecException.class)
        .hasMessageContainingAll("[GR/UnknownFeature]", "did you mean \"rating\"?");
  }
}
