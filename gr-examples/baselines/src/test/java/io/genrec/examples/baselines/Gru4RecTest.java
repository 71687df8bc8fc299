package io.genrec.examples.baselines;

import static io.genrec.examples.baselines.Loops.plus;
import static io.genrec.examples.baselines.Loops.times;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.genrec.api.encoder.Capabilities.CacheScope;
import java.util.List;
import org.junit.jupiter.api.Test;

class Gru4RecTest extends EncoderTest<Gru4RecConfig> {
  Gru4RecTest() {
    super(new Gru4Rec());
  }

  @Override
  boolean candidates() {
    return false;
  }

  @Override
  List<String> options() {
    return List.of("{}", "{\"hidden\": 4}", "{\"layers\": 3, \"hidden\": 7}");
  }

  @Override
  List<String> wrongOptions() {
    return List.of(
        "{\"layers\": 0}", "{\"hidden\": 0}", "{\"inputDropout\": 1}", "{\"hiddenDropout\": -0.1}");
  }

  @Override
  double[][] slow(Probe probe, Gru4RecConfig config, Sequence sequence) {
    Integer given = config.hidden();
    int hidden = given != null ? given : Probe.DIM;
    double[][] x = new double[sequence.length()][];
    for (int i = 0; i < x.length; i++) {
      x[i] = probe.embedding(sequence, i, false);
    }
    for (int layer = 0; layer < config.layers(); layer++) {
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

  @Test
  void nothingOfAStateCanBeCached() {
    Probe probe = probe("{}");
    assertThat(probe.model().encoder().capabilities().cacheScope()).isEqualTo(CacheScope.NONE);
    assertThatThrownBy(() -> probe.model().cached()).hasMessageContaining("[GR/NotCacheable]");
  }
}
