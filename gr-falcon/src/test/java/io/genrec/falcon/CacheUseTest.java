package io.genrec.falcon;

import static org.assertj.core.api.Assertions.assertThat;

import io.genrec.api.inference.CacheUse;
import io.genrec.api.inference.Candidates;
import io.genrec.api.inference.InferenceStrategy;
import io.genrec.api.inference.ScoringRequest;
import io.genrec.engine.onnx.Precision;
import io.genrec.falcon.Scoring.Events;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a request finds of its history, and what leaves to make room. */
class CacheUseTest {
  private static final long LATER = 1L << 33;

  private final Scoring scoring =
      new Scoring(Encoders.hstu("{\"heads\": 2}"), Precision.FLOAT32, 3);
  private final Events events = Events.random(new Random(4), 12);

  @AfterEach
  void everythingIsGivenBack() throws Exception {
    scoring.close();
  }

  private CacheUse use(
      InferenceStrategy strategy, Events shown, int from, int to, @Nullable String user) {
    return strategy
        .score(
            List.of(
                new ScoringRequest(
                    shown.slice(from, to),
                    from,
                    LATER,
                    Optional.ofNullable(user),
                    Candidates.items(1, 2))))
        .get(0)
        .cache();
  }

  @Test
  void appendedEventsExtendAndChangedOnesDoNot() {
    InferenceStrategy strategy = scoring.mFalcon(8, 1 << 20, 64);
    assertThat(use(strategy, events, 0, 8, "a")).isEqualTo(CacheUse.MISS);
    assertThat(use(strategy, events, 0, 8, "a")).isEqualTo(CacheUse.HIT);
    assertThat(use(strategy, events, 0, 8, "b")).isEqualTo(CacheUse.MISS);
    assertThat(use(strategy, events, 0, 10, "a")).isEqualTo(CacheUse.EXTEND);
    assertThat(use(strategy, events, 0, 7, "a")).as("a beginning").isEqualTo(CacheUse.HIT);
    assertThat(use(strategy, events, 0, 10, "a")).isEqualTo(CacheUse.HIT);
    Events other = new Events(0, events.items().clone(), events.times());
    other.items()[3]++;
    assertThat(use(strategy, other, 0, 10, "a")).isEqualTo(CacheUse.MISS);
    assertThat(use(strategy, events, 1, 10, "a")).isEqualTo(CacheUse.MOVED);
    assertThat(use(strategy, events, 0, 8, null)).isEqualTo(CacheUse.NONE);
    strategy.invalidate("b");
    assertThat(use(strategy, events, 0, 8, "b")).isEqualTo(CacheUse.MISS);
    assertThat(strategy.statistics().hits()).isEqualTo(3);
    assertThat(strategy.statistics().extensions()).isEqualTo(1);
    assertThat(strategy.statistics().misses()).isEqualTo(4);
    assertThat(strategy.statistics().moved()).isEqualTo(1);
    assertThat(strategy.statistics().entries()).isEqualTo(2);
    assertThat(strategy.statistics().evictions()).isZero();
  }

  @Test
  void anotherRequestTimeIsAHit() {
    InferenceStrategy strategy = scoring.mFalcon(8, 1 << 20, 64);
    for (long at : new long[] {LATER, LATER + 1, LATER * 2}) {
      ScoringRequest request =
          new ScoringRequest(events, 0, at, Optional.of("a"), Candidates.items(1));
      assertThat(strategy.score(List.of(request)).get(0).cache())
          .isEqualTo(at == LATER ? CacheUse.MISS : CacheUse.HIT);
    }
  }

  @Test
  void theLeastRecentlyUsedLeaves() {
    InferenceStrategy probe = scoring.mFalcon(8, 1 << 20, 64);
    use(probe, events, 0, 12, "a");
    long one = probe.statistics().bytes();
    InferenceStrategy strategy = scoring.mFalcon(8, 2 * one + one / 2, 64);
    use(strategy, events, 0, 12, "a");
    use(strategy, events, 0, 12, "b");
    use(strategy, events, 0, 12, "a");
    use(strategy, events, 0, 12, "c");
    assertThat(strategy.statistics().evictions()).isEqualTo(1);
    assertThat(strategy.statistics().bytes()).isEqualTo(2 * one);
    assertThat(use(strategy, events, 0, 12, "a")).isEqualTo(CacheUse.HIT);
    assertThat(use(strategy, events, 0, 12, "b")).isEqualTo(CacheUse.MISS);
  }

  @Test
  void whatDoesNotFitIsNotKept() {
    InferenceStrategy strategy = scoring.mFalcon(8, 100, 64);
    assertThat(use(strategy, events, 0, 12, "a")).isEqualTo(CacheUse.MISS);
    assertThat(use(strategy, events, 0, 12, "a")).isEqualTo(CacheUse.MISS);
    assertThat(strategy.statistics().bytes()).isZero();
    assertThat(strategy.statistics().entries()).isZero();
  }

  @Test
  void requestsOfOneUserTogetherComputeItOnce() {
    InferenceStrategy strategy = scoring.mFalcon(8, 1 << 20, 64);
    ScoringRequest request =
        new ScoringRequest(events, 0, LATER, Optional.of("a"), Candidates.items(1));
    strategy.score(List.of(request, request, request));
    assertThat(strategy.statistics().misses()).isEqualTo(1);
    assertThat(strategy.statistics().hits()).isEqualTo(2);
  }

  @Test
  void memoryIsTakenOnce() {
    InferenceStrategy strategy = scoring.mFalcon(8, 0, 64);
    use(strategy, events, 0, 12, null);
    long before = scoring.memory().getAllocatedMemory();
    for (int i = 0; i < 50; i++) {
      use(strategy, events, 0, 12, null);
    }
    assertThat(scoring.memory().getAllocatedMemory()).isEqualTo(before);
  }
}
