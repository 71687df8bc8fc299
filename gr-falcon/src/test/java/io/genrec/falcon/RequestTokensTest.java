package io.genrec.falcon;

import static org.assertj.core.api.Assertions.assertThat;

import io.genrec.api.inference.CacheUse;
import io.genrec.api.inference.InferenceStrategy;
import io.genrec.api.inference.ScoringRequest;
import io.genrec.api.sequence.Batch;
import io.genrec.api.sequence.History;
import io.genrec.engine.onnx.Precision;
import io.genrec.falcon.Rankings.Ranking;
import io.genrec.falcon.Scoring.Events;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.Test;

/** Which tokens of a history wait for the request's time. */
class RequestTokensTest {
  private static final long AT = 5_000;

  private static ScoringRequest request(long at, long... times) {
    int[] items = new int[times.length];
    Arrays.setAll(items, i -> i + 1);
    Events candidates = new Events(0, new int[] {3, 4}, new long[2]);
    return new ScoringRequest(new Events(1, items, times), 0, at, Optional.of("a"), candidates);
  }

  private static int pending(int ranking, long at, long... times) {
    Ranking way = Rankings.all().get(ranking);
    try (RootAllocator memory = new RootAllocator();
        Batch batch = new Batch(memory)) {
      var task = way.task().apply(way.schema());
      return new RequestTokens(task, request(at, times), batch).pending();
    }
  }

  /** Interleaved, the actions of one moment stand behind its items. */
  @Test
  void theActionsOfTheLastMoment() {
    assertThat(pending(0, AT, 1, 2, 3, 4)).isEqualTo(1);
    assertThat(pending(0, AT, 1, 3, 3, 3)).isEqualTo(3);
    assertThat(pending(1, AT, 1, 3, 3, 3)).as("one token").isEqualTo(1);
    assertThat(pending(1, 3, 1, 3, 3, 3)).as("asked at the last event's time").isEqualTo(4);
  }

  @Test
  void noTimeTellsNothing() {
    long none = History.NO_TIME;
    assertThat(pending(1, none, none, none, none)).isEqualTo(1);
  }

  @Test
  void withoutEventsTheFieldsOfTheUserAreLast() {
    assertThat(pending(0, AT)).isEqualTo(1);
    assertThat(pending(3, AT)).isZero();
  }

  /** So that a request at another time finds what is kept of the events before. */
  @Test
  void anotherTimeIsAHitAfterEventsOfOneMoment() throws Exception {
    Pair pair = new Pair(Encoders.all().get(0), Rankings.all().get(0));
    try (Scoring scoring = new Scoring(pair, Precision.FLOAT32, 1)) {
      InferenceStrategy strategy = scoring.mFalcon(8, 1 << 20, 64);
      for (long at : new long[] {AT, AT + 1, AT + 100}) {
        CacheUse use = strategy.score(List.of(request(at, 1, 2, 3, 3, 3))).get(0).cache();
        assertThat(use).isEqualTo(at == AT ? CacheUse.MISS : CacheUse.HIT);
      }
    }
  }
}
