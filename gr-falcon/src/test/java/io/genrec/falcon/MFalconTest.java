package io.genrec.falcon;

import static org.assertj.core.api.Assertions.assertThat;

import io.genrec.api.inference.CacheUse;
import io.genrec.api.inference.Candidates;
import io.genrec.api.inference.InferenceStrategy;
import io.genrec.api.inference.ScoringModel.Stage;
import io.genrec.api.inference.ScoringRequest;
import io.genrec.engine.onnx.Precision;
import io.genrec.falcon.Scoring.Events;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** {@code -Dgenrec.falcon.cases=100000} sets how many random requests the campaign makes. */
class MFalconTest {
  private static final int CASES = 12;

  static List<Pair> pairs() {
    return Pair.all();
  }

  /** Room for none, a few or all users. */
  private static InferenceStrategy open(Scoring scoring, Random random) {
    long[] bytes = {0, 20_000, 60_000, 1L << 30};
    return scoring.mFalcon(
        1 + random.nextInt(30), bytes[random.nextInt(bytes.length)], 1 + random.nextInt(14));
  }

  @ParameterizedTest
  @MethodSource("pairs")
  void scoresAreThoseOfFull(Pair pair) throws Exception {
    new Comparison(MFalconTest::open).run(pair, Precision.FLOAT64, pair.hashCode(), CASES);
  }

  /** As where runs copy their inputs: one run for all micro-batches, the last one padded or not. */
  @ParameterizedTest
  @MethodSource("pairs")
  void microBatchesOfOneRunScoreAlike(Pair pair) throws Exception {
    Set<Stage> ran = ConcurrentHashMap.newKeySet();
    new Comparison(
            (scoring, random) ->
                scoring.mFalcon(
                    1 + random.nextInt(3), random.nextBoolean() ? 1L << 30 : 0, true, ran))
        .run(pair, Precision.FLOAT64, pair.hashCode() + 1L, CASES);
    assertThat(ran).contains(Stage.SCORE_LOOP);
  }

  /** Work is linear in the candidates: a run for each micro-batch, and the history no more. */
  @Test
  void aHitRunsOnceForEachMicroBatch() throws Exception {
    try (Scoring scoring = new Scoring(Encoders.hstu("{\"heads\": 2}"), Precision.FLOAT32, 1)) {
      Queue<Stage> ran = new ConcurrentLinkedQueue<>();
      InferenceStrategy strategy = scoring.mFalcon(4, 1L << 30, false, ran);
      Events events = Events.random(new Random(1), 12);
      for (int m : new int[] {4, 5, 10, 40, 400}) {
        int[] candidates = new Random(m).ints(m, 1, Scoring.ITEMS).toArray();
        ScoringRequest request =
            new ScoringRequest(
                events, 0, 1L << 33, Optional.of("user"), Candidates.items(candidates));
        strategy.score(List.of(request));
        ran.clear();
        assertThat(strategy.score(List.of(request)).get(0).cache()).isEqualTo(CacheUse.HIT);
        assertThat(ran).filteredOn(Stage.SCORE::equals).hasSize((m + 3) / 4);
        assertThat(ran).filteredOn(stage -> stage != Stage.SCORE).containsExactly(Stage.EXTEND);
      }
    }
  }

  @Test
  @Tag("slow")
  void campaign() throws Exception {
    Comparison comparison = new Comparison(MFalconTest::open);
    comparison.campaign(
        Integer.getInteger("genrec.falcon.cases", 5_000), Long.getLong("genrec.seed", 2));
    assertThat(comparison.uses()).containsKeys(CacheUse.values());
    System.out.println("found: " + comparison.uses());
  }
}
