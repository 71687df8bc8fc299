package io.genrec.falcon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.genrec.api.inference.Candidates;
import io.genrec.api.inference.InferenceStrategy;
import io.genrec.api.inference.ScoringModel;
import io.genrec.api.inference.ScoringRequest;
import io.genrec.api.sequence.Schema;
import io.genrec.engine.onnx.Precision;
import io.genrec.falcon.MemoryPlan.Load;
import io.genrec.falcon.Scoring.Events;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class MemoryPlanTest {
  private static MFalconConfig config(MFalconConfig.Precision precision, long budget) {
    return new MFalconConfig(8, 1, 1 << 20, precision, 64, budget);
  }

  private static MemoryPlan plan(ScoringModel model, MFalconConfig config, int tokens) {
    return MemoryPlan.of(model.memory(), model.valueBytes(), Load.of(tokens), config);
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
      assertThat(plan.parts().get("values")).isEqualTo(scoring.memory().getAllocatedMemory());
      scoring.opened(new MFalcon().create(config(full, plan.total()), scoring.model()));
      assertThatThrownBy(
              () -> new MFalcon().create(config(full, plan.total() - 1), scoring.model()))
          .hasMessageContaining("[GR/OverBudget]")
          .hasMessageContaining("cache 1048576")
          .hasMessageContaining("lower cacheBytes to 1048575,");
      long least = plan.total() - (1 << 20);
      assertThatThrownBy(() -> plan.requireWithin(least - 1))
          .hasMessageContaining("even without a cache it would take " + least + ": lower workers");
    }
  }

  /** What is being written to the disk has left the cache, and still takes memory. */
  @Test
  void aTierOnTheDiskIsPlannedFor() throws Exception {
    try (Scoring scoring = new Scoring(Encoders.hstu("{}"), Precision.FLOAT32, 1)) {
      MFalconConfig config = config(MFalconConfig.Precision.FULL, 0);
      MemoryPlan without = plan(scoring.model(), config, 12);
      MemoryPlan with = plan(scoring.model(), config.withDisk("any", 1 << 30), 12);
      assertThat(with.total() - without.total())
          .as("two histories for the one worker")
          .isEqualTo(2 * with.historyBytes());
      assertThat(with.parts()).containsKey("spills");
      assertThat(with.users()).isEqualTo(without.users());
    }
  }

  /**
   * Arrow counts every byte of values, cache and requests. What is planned is never less, and not
   * many times as much.
   */
  @ParameterizedTest
  @EnumSource(MFalconConfig.Precision.class)
  void whatArrowGivesIsWithinThePlan(MFalconConfig.Precision precision) throws Exception {
    int tokens = 200;
    Schema schema = new Schema(List.of(new Schema.Feature(Schema.ITEM, 9_000, 8)), tokens, 202);
    String options = "{\"heads\": 2, \"timeBias\": false}";
    try (Scoring scoring = new Scoring(Encoders.hstu(options), schema, Precision.FLOAT32, 1)) {
      MFalconConfig config = new MFalconConfig(32, 2, 1 << 19, precision, 64, 0);
      InferenceStrategy strategy = scoring.opened(new MFalcon().create(config, scoring.model()));
      Random random = new Random(5);
      int[] candidates = random.ints(100, 1, Scoring.ITEMS).toArray();
      for (int user = 0; strategy.statistics().evictions() == 0; user++) {
        Events events = Events.random(random, tokens);
        strategy.score(
            List.of(
                new ScoringRequest(
                    events, 0, 1L << 33, Optional.of("u" + user), Candidates.items(candidates))));
      }
      Load load = Load.of(tokens).candidates(100).requests(1);
      MemoryPlan plan =
          MemoryPlan.of(scoring.model().memory(), scoring.model().valueBytes(), load, config);
      long planned =
          Stream.of("values", "cache", "requests")
              .mapToLong(part -> plan.parts().getOrDefault(part, 0L))
              .sum();
      long taken = scoring.memory().getPeakMemoryAllocation();
      assertThat(taken).isBetween(planned / 2, planned);
      assertThat(strategy.statistics().entries()).isEqualTo(plan.users());
    }
  }
}
