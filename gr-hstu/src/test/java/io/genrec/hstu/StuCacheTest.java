package io.genrec.hstu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import io.genrec.api.GenRecException;
import io.genrec.api.encoder.Capabilities.CacheScope;
import io.genrec.engine.model.CachedGraphs;
import io.genrec.engine.model.Model;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A sequence in stages comes out as in one pass, in 64 bits. */
class StuCacheTest {
  private static final int PADDED = 10;
  private static final int CANDIDATES = 3;

  private final List<StuSequence> sequences = StuSequence.samples();
  private final int count = sequences.size();
  private final int[] histories = sequences.stream().mapToInt(StuSequence::history).toArray();

  private Map<String, double[][][]> prefilled(
      Model model, Map<String, double[]> weights, int[] to) {
    CachedGraphs graphs = model.cached();
    Map<String, double[][][]> memory = new HashMap<>();
    try (StuRun run = new StuRun(graphs.prefill(), weights)) {
      run.tokens(sequences, new int[count], to, PADDED).run();
      graphs.memory().keySet().forEach(name -> memory.put(name, run.get("memory/" + name)));
    }
    return memory;
  }

  /** The memory of histories of which a part came first. */
  private Map<String, double[][][]> extended(Model model, Map<String, double[]> weights) {
    int[] first = {5, 1, 3};
    Map<String, double[][][]> memory = prefilled(model, weights, first);
    try (StuRun run = new StuRun(model.cached().extend(), weights)) {
      run.cached(memory, first, PADDED).tokens(sequences, first, histories, 4).run();
      memory.forEach(
          (name, rows) -> {
            double[][][] appended = run.get("memory/" + name);
            for (int b = 0; b < count; b++) {
              System.arraycopy(appended[b], 0, rows[b], first[b], histories[b] - first[b]);
            }
          });
    }
    return memory;
  }

  private void assertStagesEqualOnePass(
      Model model, Map<String, double[]> weights, Map<String, double[][][]> memory) {
    double[][][] expected = StuRun.encode(model, weights, sequences, 12);
    try (StuRun run = new StuRun(model.cached().score(), weights)) {
      run.cached(memory, histories, PADDED).candidates(sequences, CANDIDATES).run();
      double[][][] found = run.get(CachedGraphs.OUTPUTS);
      for (int b = 0; b < count; b++) {
        for (int c = 0; c < sequences.get(b).candidates(); c++) {
          assertThat(found[b][c])
              .as("sequence %d, candidate %d", b, c)
              .containsExactly(expected[b][histories[b] + c], offset(1e-11));
        }
      }
    }
  }

  private static Model model(String options) {
    return StuRun.model(StuRun.config("{\"blocks\": 3, \"heads\": 2, " + options + "}"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"position\": \"from-end\"",
        "\"dqk\": 2, \"dv\": 5, \"groupNorm\": true, \"time\": \"log\"",
        "\"output\": \"timestamp-layer-norm\"",
        "\"contextSeesHistory\": true",
        "\"maxAttention\": 2, \"contextSeesHistory\": true",
        "\"maxAttention\": 2, \"minFullAttention\": 3",
        "\"lastLayers\": 2, \"lastTokens\": 3",
        "\"lastLayers\": 1, \"lastTokens\": 4, \"maxAttention\": 2, \"contextSeesHistory\": true",
        "\"lastLayers\": 1, \"lastTokens\": 4, \"maxAttention\": 1, \"minFullAttention\": 2"
      })
  void historiesOfARequest(String options) {
    Model model = model(options);
    Map<String, double[]> weights = StuRun.weights(model);
    assertThat(model.encoder().capabilities().cacheScope()).isEqualTo(CacheScope.WITHIN_REQUEST);
    assertStagesEqualOnePass(model, weights, prefilled(model, weights, histories));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"position\": \"absolute\", \"time\": \"none\"",
        "\"position\": \"none\", \"time\": \"none\", \"groupNorm\": true",
        "\"position\": \"absolute\", \"time\": \"none\", \"maxAttention\": 3"
      })
  void historiesThatGrow(String options) {
    Model model = model(options);
    Map<String, double[]> weights = StuRun.weights(model);
    assertThat(model.encoder().capabilities().cacheScope()).isEqualTo(CacheScope.EXTENDABLE);
    assertStagesEqualOnePass(model, weights, extended(model, weights));
  }

  @ParameterizedTest
  @ValueSource(strings = {"\"contextSeesHistory\": true", "\"lastLayers\": 1, \"lastTokens\": 3"})
  void cachedRowsThatFollowingTokensChangeAreNotExtended(String options) {
    CachedGraphs graphs = model(options).cached();
    assertThatThrownBy(graphs::extend)
        .isInstanceOf(GenRecException.class)
        .hasMessageContaining("[GR/NotExtendable]")
        .hasMessageContaining("prefill");
  }
}
