package io.genrec.falcon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.genrec.api.inference.Candidates;
import io.genrec.api.inference.InferenceStrategy;
import io.genrec.api.inference.ScoringModel;
import io.genrec.api.inference.ScoringRequest;
import io.genrec.engine.onnx.Precision;
import io.genrec.falcon.Scoring.Events;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class MemoryPlanTest {
  private static MFalconConfig config(MFalconConfig.Precision precision, long budget) {
    return new MFalconConfig(8, 1, 1 << 20, precision, 64, budget);
  }

  private static MemoryPlan plan(ScoringModel model, MFalconConfig config, int tokens) {
    return MemoryPlan.of(model.memory(), model.valueBytes(), tokens, config);
  }

  /** Of the encoder without a time bias all tokens are kept. */
  @ParameterizedTest
  @EnumSource(MFalconConfig.Precision.class)
  void aKeptHistoryTakesWhatWasPlanned(MFalconConfig.Precision precision) throws Exception {
    String options = "{\"heads\": 2, \"timeBias\": false}";
    try (Scoring scoring = new Scoring(Encoders.hstu(options), Precision.FLOAT32, 1)) {
      MFalconConfig config = config(precision, 0);
      InferenceStrategy strategy = scoring.opened(new MFalcon().create(config, scoring.model()));
      Events events = Events.random(new Random(1), 12);
      strategy.score(
          List.of(new ScoringRequest(events, 0, 1L << 33, Optional.of("a"), Candidates.items(1))));
      assertThat(strategy.statistics().bytes())
          .isEqualTo(plan(scoring.model(), config, 12).historyBytes());
    }
  }

  @Test
  void aStartOverBudgetIsRefused() throws Exception {
    try (Scoring scoring = new Scoring(Encoders.hstu("{}"), Precision.FLOAT32, 1)) {
      MFalconConfig.Precision full = MFalconConfig.Precision.FULL;
      MemoryPlan plan = plan(scoring.model(), config(full, 0), Scoring.SCHEMA.maxLength());
      assertThat(plan.parts()).containsKeys("values", "cache", "requests", "runs", "sessions");
      assertThat(plan.parts().get("values"))
          .isEqualTo(
              4
                  * scoring.parameters().parameters().stream()
                      .mapToLong(parameter -> parameter.entries())
                      .sum());
      scoring.opened(new MFalcon().create(config(full, plan.total()), scoring.model()));
      assertThatThrownBy(
              () -> new MFalcon().create(config(full, plan.total() - 1), scoring.model()))
          .hasMessageContaining("[GR/OverBudget]")
          .hasMessageContaining("cache 1048576")
          .hasMessageContaining("lower cacheBytes");
    }
  }
}
