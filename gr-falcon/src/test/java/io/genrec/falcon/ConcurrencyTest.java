package io.genrec.falcon;

import static org.assertj.core.api.Assertions.assertThat;

import io.genrec.api.inference.CacheStatistics;
import io.genrec.api.inference.Candidates;
import io.genrec.api.inference.InferenceStrategy;
import io.genrec.api.inference.ScoringRequest;
import io.genrec.engine.onnx.Precision;
import io.genrec.falcon.Scoring.Events;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

/** Many threads, few users, too little room: no wrong score, no leak, bytes within the bound. */
class ConcurrencyTest {
  private static final int USERS = 12;
  private static final int EVENTS = 11;
  private static final int THREADS = 8;
  private static final long BOUND = 60_000;
  private static final long LATER = 1L << 33;

  private static ScoringRequest request(Events[] users, int user, int events) {
    return new ScoringRequest(
        users[user].slice(0, events),
        0,
        LATER + user,
        Optional.of("user" + user),
        Candidates.items(1 + user, 5, 9));
  }

  @Test
  void scoresStayRight() throws Exception {
    try (Scoring scoring = new Scoring(Encoders.hstu("{\"heads\": 2}"), Precision.FLOAT64, 6)) {
      Events[] users = new Events[USERS];
      for (int i = 0; i < USERS; i++) {
        users[i] = Events.random(new Random(i), EVENTS);
      }
      double[][][] expected = new double[USERS][EVENTS + 1][];
      InferenceStrategy full = scoring.full();
      for (int user = 0; user < USERS; user++) {
        for (int events = 0; events <= EVENTS; events++) {
          expected[user][events] =
              full.score(List.of(request(users, user, events))).get(0).of("watch");
        }
      }
      InferenceStrategy tested = scoring.mFalcon(2, BOUND, 4);
      ExecutorService threads = Executors.newFixedThreadPool(THREADS);
      List<Future<Integer>> runs = new ArrayList<>();
      for (int thread = 0; thread < THREADS; thread++) {
        Random random = new Random(thread);
        runs.add(threads.submit(() -> ask(tested, random, users, expected)));
      }
      int asked = 0;
      for (Future<Integer> run : runs) {
        asked += run.get();
      }
      threads.shutdown();
      CacheStatistics statistics = tested.statistics();
      assertThat(statistics.hits() + statistics.extensions() + statistics.misses())
          .isEqualTo(asked);
      assertThat(statistics.evictions()).isPositive();
      assertThat(statistics.hits()).isPositive();
      assertThat(statistics.extensions()).isPositive();
    }
  }

  /** Gives the number of requests. */
  private static int ask(
      InferenceStrategy tested, Random random, Events[] users, double[][][] expected) {
    int count = 0;
    for (int i = 0; i < 150; i++) {
      int together = 1 + random.nextInt(3);
      List<ScoringRequest> requests = new ArrayList<>();
      List<double[]> wanted = new ArrayList<>();
      for (int j = 0; j < together; j++) {
        int user = random.nextInt(USERS);
        int events = Math.min(EVENTS, i / 15 + random.nextInt(3));
        requests.add(request(users, user, events));
        wanted.add(expected[user][events]);
      }
      var found = tested.score(requests);
      for (int j = 0; j < together; j++) {
        assertThat(found.get(j).of("watch")).containsExactly(wanted.get(j), Offset.offset(1e-11));
      }
      assertThat(tested.statistics().bytes()).isLessThanOrEqualTo(BOUND);
      if (random.nextInt(20) == 0) {
        tested.invalidate("user" + random.nextInt(USERS));
      }
      count += together;
    }
    return count;
  }
}
