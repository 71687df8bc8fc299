package io.genrec.falcon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.genrec.api.inference.Anchor;
import io.genrec.api.inference.CacheStatistics;
import io.genrec.api.inference.CacheUse;
import io.genrec.api.inference.Candidates;
import io.genrec.api.inference.InferenceStrategy;
import io.genrec.api.inference.Scores;
import io.genrec.api.inference.ScoringRequest;
import io.genrec.engine.onnx.Precision;
import io.genrec.falcon.Scoring.Events;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ScorerTest {
  private static final long LATER = 1L << 33;
  private static final ScorerConfig.UnknownItems REJECT = ScorerConfig.UnknownItems.REJECT;
  private static final ScorerConfig.UnknownItems SCORE = ScorerConfig.UnknownItems.SCORE;

  private final Scoring scoring =
      new Scoring(Encoders.hstu("{\"heads\": 2}"), Precision.FLOAT64, 3);
  private final Events events = Events.random(new Random(4), 40);

  @AfterEach
  void everythingIsGivenBack() throws Exception {
    scoring.close();
  }

  private Scorer scorer(InferenceStrategy strategy, ScorerConfig config) {
    return scoring.opened(new Scorer(scoring.model(), strategy, config));
  }

  private InferenceStrategy mFalcon() {
    MFalconConfig.Precision precision = MFalconConfig.Precision.FULL;
    return new MFalcon()
        .create(new MFalconConfig(4, 1, 1 << 20, precision, 64, 0), scoring.model());
  }

  private ScoringRequest request(int from, int to, int... candidates) {
    return new ScoringRequest(
        events.slice(from, to), from, LATER, Optional.of("a"), Candidates.items(candidates));
  }

  @Test
  void theModelIsShownTheMostRecentEvents() {
    Scorer scorer = scorer(mFalcon(), new ScorerConfig(8, 1, 4, 0, SCORE));
    double[] expected =
        scoring
            .full()
            .score(List.of(request(40 - Scoring.MAX_HISTORY, 40, 3, 4)))
            .get(0)
            .of("like");
    assertThat(scorer.score(request(0, 40, 3, 4)).of("like"))
        .containsExactly(expected, Offset.offset(1e-11));
    assertThat(scorer.score(request(20, 40, 3, 4)).cache()).isEqualTo(CacheUse.HIT);
  }

  @Test
  void anAnchorKeepsWhatIsKnownOfALongHistory() {
    Scorer scorer = scorer(mFalcon(), new ScorerConfig(8, 1, 4, 5, SCORE));
    List<CacheUse> uses = new ArrayList<>();
    for (int count = 12; count <= 23; count++) {
      // Complete, or from an event on that is still known to be the first one shown.
      Scores found = scorer.score(request(count % 2 == 0 ? 0 : 2, count, 3, 4));
      uses.add(found.cache());
      long start = new Anchor(Scoring.MAX_HISTORY, 5).start(count);
      double[] expected =
          scoring.full().score(List.of(request((int) start, count, 3, 4))).get(0).of("like");
      assertThat(found.of("like")).containsExactly(expected, Offset.offset(1e-11));
    }
    CacheUse e = CacheUse.EXTEND;
    CacheUse m = CacheUse.MOVED;
    assertThat(uses).containsExactly(CacheUse.MISS, m, e, e, e, e, m, e, e, e, e, m);
  }

  /** Answers when it is told to. */
  private static final class Slow implements InferenceStrategy {
    private final Semaphore permits = new Semaphore(0);
    private final CountDownLatch started = new CountDownLatch(1);
    private final List<Integer> groups = new ArrayList<>();

    @Override
    public List<Scores> score(List<ScoringRequest> requests) {
      started.countDown();
      permits.acquireUninterruptibly();
      groups.add(requests.size());
      if (requests.stream().anyMatch(request -> request.candidates().size() == 0)) {
        throw new IllegalArgumentException("bad request");
      }
      return requests.stream()
          .map(request -> new Scores(java.util.Map.of(), CacheUse.NONE))
          .toList();
    }

    @Override
    public CacheStatistics statistics() {
      return CacheStatistics.NONE;
    }

    @Override
    public void close() {}
  }

  @Test
  void moreThanTheQueueHoldsIsRefusedAtOnce() throws Exception {
    Slow slow = new Slow();
    Scorer scorer = scorer(slow, new ScorerConfig(2, 1, 4, 0, SCORE));
    Duration long1 = Duration.ofMinutes(5);
    List<CompletableFuture<Scores>> answers = new ArrayList<>();
    answers.add(scorer.submit(request(0, 3, 1), long1));
    slow.started.await();
    answers.add(scorer.submit(request(0, 3, 1), long1));
    answers.add(scorer.submit(request(0, 3, 1), long1));
    assertThatThrownBy(() -> scorer.submit(request(0, 3, 1), long1))
        .hasMessageContaining("[GR/TooManyRequests]")
        .hasMessageContaining("2 requests wait");
    assertThatThrownBy(() -> scorer.score(request(0, 3, 1)))
        .hasMessageContaining("[GR/TooManyRequests]");
    slow.permits.release(10);
    for (CompletableFuture<Scores> answer : answers) {
      assertThat(answer.get().cache()).isEqualTo(CacheUse.NONE);
    }
    assertThat(slow.groups).as("what waited was one group").containsExactly(1, 2);
  }

  @Test
  void aDeadlineThatPassedIsSaid() throws Exception {
    Slow slow = new Slow();
    Scorer scorer = scorer(slow, new ScorerConfig(8, 1, 4, 0, SCORE));
    CompletableFuture<Scores> running = scorer.submit(request(0, 3, 1), Duration.ofMinutes(5));
    slow.started.await();
    CompletableFuture<Scores> late = scorer.submit(request(0, 3, 1), Duration.ofMillis(1));
    assertThatThrownBy(late::get).hasMessageContaining("[GR/DeadlinePassed]");
    slow.permits.release(10);
    assertThat(running.get()).isNotNull();
    scorer.close();
    assertThat(slow.groups).as("nobody computes what is late").containsExactly(1);
    assertThatThrownBy(() -> scorer.score(request(0, 3, 1)))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void aBadRequestFailsAlone() throws Exception {
    Slow slow = new Slow();
    Scorer scorer = scorer(slow, new ScorerConfig(8, 1, 4, 0, SCORE));
    CompletableFuture<Scores> first = scorer.submit(request(0, 3, 1), Duration.ofMinutes(5));
    slow.started.await();
    CompletableFuture<Scores> bad = scorer.submit(request(0, 3), Duration.ofMinutes(5));
    CompletableFuture<Scores> good = scorer.submit(request(0, 3, 1), Duration.ofMinutes(5));
    slow.permits.release(10);
    assertThat(first.get()).isNotNull();
    assertThat(good.get()).isNotNull();
    assertThatThrownBy(bad::get).hasMessageContaining("bad request");
    assertThatThrownBy(() -> scorer.score(request(0, 3)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("bad request");
  }

  @Test
  void unknownItemsAreScoredOrRefused() {
    Scorer tolerant = scorer(mFalcon(), new ScorerConfig(8, 1, 4, 0, SCORE));
    assertThat(tolerant.score(request(0, 3, 0, 1)).of("like")).hasSize(2);
    assertThatThrownBy(() -> tolerant.score(request(0, 3, Scoring.ITEMS + 1)))
        .hasMessageContaining("[GR/NoSuchRow]")
        .hasMessageContaining("rows 1 to 40");
    Scorer strict = scorer(mFalcon(), new ScorerConfig(8, 1, 4, 0, REJECT));
    assertThatThrownBy(() -> strict.score(request(0, 3, 1, 0)))
        .hasMessageContaining("[GR/UnknownItem]")
        .hasMessageContaining("candidate 1");
  }
}
