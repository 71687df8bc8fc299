package io.genrec.examples.baselines;

import static io.genrec.examples.baselines.Loops.concat;
import static io.genrec.examples.baselines.Loops.plus;
import static io.genrec.examples.baselines.Loops.product;
import static io.genrec.examples.baselines.Loops.scaled;
import static io.genrec.examples.baselines.Loops.times;

import java.util.List;
import org.junit.jupiter.api.Test;

class DcnV2Test extends EncoderTest<DcnV2Config> {
  DcnV2Test() {
    super(new DcnV2());
  }

  @Override
  List<String> options() {
    return List.of(
        "{\"crosses\": 1, \"hidden\": []}",
        "{\"crosses\": 2, \"hidden\": [4], \"lastTokens\": 2}",
        "{\"crosses\": 3, \"hidden\": [4], \"inputFeatures\": [\"rating\"]}");
  }

  @Override
  List<String> wrongOptions() {
    return List.of(
        "{\"crosses\": 0}", "{\"hidden\": [0]}", "{\"inputDropout\": -1}", "{\"lastTokens\": -1}");
  }

  @Override
  double[][] slow(Probe probe, DcnV2Config config, Sequence sequence) {
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
      double[] sum = new double[q.length];
      int seen = 0;
      for (int key = 0; key < y.length; key++) {
        if (sequence.sees(query, key)) {
          sum = plus(sum, probe.embedding(sequence, key, rated));
          seen++;
        }
      }
      double[] x0 = concat(q, scaled(sum, 1.0 / Math.max(1, seen)));
      double[] x = x0;
      for (int layer = 0; layer < config.crosses(); layer++) {
        String scope = "dcn-v2/cross/layer" + layer;
        double[] mixed = plus(times(x, probe.weight(scope + "/w")), probe.weight(scope + "/b"));
        x = plus(product(x0, mixed), x);
      }
      y[query] = Loops.mlp(probe, "dcn-v2/deep", config.hidden().size() + 1, x);
    }
    return y;
  }

  @Test
  void allCandidatesOfARequestAskHoweverFewDoInTraining() {
    String options = "{\"crosses\": 2, \"hidden\": [4], \"lastTokens\": 2}";
    assertCandidatesAreScoredAsEachAlone(options);
    assertTheLastTokensAreTrained(options, 2);
  }
}
