package io.genrec.examples.baselines;

import static io.genrec.examples.baselines.Loops.concat;
import static io.genrec.examples.baselines.Loops.minus;
import static io.genrec.examples.baselines.Loops.plus;
import static io.genrec.examples.baselines.Loops.product;
import static io.genrec.examples.baselines.Loops.scaled;
import static io.genrec.examples.baselines.Loops.times;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.genrec.api.GenRecException;
import java.util.List;
import org.junit.jupiter.api.Test;

class DinTest extends EncoderTest<DinConfig> {
  DinTest() {
    super(new Din());
  }

  @Override
  List<String> options() {
    return List.of(
        "{\"activation\": [5], \"hidden\": []}",
        "{\"activation\": [5], \"hidden\": [4], \"lastTokens\": 2}",
        "{\"activation\": [5, 3], \"hidden\": [4], \"inputFeatures\": [\"rating\"]}");
  }

  @Override
  List<String> wrongOptions() {
    return List.of(
        "{\"activation\": []}",
        "{\"activation\": [4, 0]}",
        "{\"hidden\": [-1]}",
        "{\"inputDropout\": 1}",
        "{\"lastTokens\": -1}");
  }

  @Override
  double[][] slow(Probe probe, DinConfig config, Sequence sequence) {
    boolean rated = !config.inputFeatures().isEmpty();
    double[][] y = new double[sequence.length()][];
    int asking = Math.max(config.lastTokens(), sequence.candidates());
    int silent = config.lastTokens() == 0 ? 0 : Math.max(0, y.length - asking);
    for (int query = 0; query < y.length; query++) {
      if (query < silent) {
        y[query] = new double[Probe.DIM];
        continue;
      }
      double[] q = probe.embedding(sequence, query, rated);
      double[] interest = new double[q.length];
      for (int key = 0; key < y.length; key++) {
        if (sequence.sees(query, key)) {
          double[] k = probe.embedding(sequence, key, rated);
          interest = plus(interest, scaled(k, weight(probe, config.activation().size(), k, q)));
        }
      }
      double[] all = concat(interest, q, product(interest, q));
      y[query] = Loops.mlp(probe, "din/output", config.hidden().size() + 1, all);
    }
    return y;
  }

  private static double weight(Probe probe, int layers, double[] k, double[] q) {
    double[] pair = concat(k, q, minus(k, q), product(k, q));
    double[] first =
        plus(times(pair, probe.weight("din/activation/w")), probe.weight("din/activation/b"));
    double[] active = Loops.each(first, Loops::silu);
    return Loops.mlp(probe, "din/activation/rest", layers, active)[0];
  }

  @Test
  void allCandidatesOfARequestAskHoweverFewDoInTraining() {
    String options = "{\"activation\": [5], \"hidden\": [4], \"lastTokens\": 2}";
    assertCandidatesAreScoredAsEachAlone(options);
    assertTheLastTokensAreTrained(options, 2);
  }

  @Test
  void anUnknownFeatureIsNamed() {
    assertThatThrownBy(() -> probe("{\"inputFeatures\": [\"ratings\"]}"))
        .isInstanceOf(GenRecException.class)
        .hasMessageContainingAll("[GR/UnknownFeature]", "did you mean \"rating\"?");
  }
}
