package io.genrec.falcon;

import static org.assertj.core.api.Assertions.assertThat;

import io.genrec.api.inference.Anchor;
import io.genrec.api.inference.CacheUse;
import io.genrec.api.inference.InferenceStrategy;
import io.genrec.api.inference.Scores;
import io.genrec.api.inference.ScoringRequest;
import io.genrec.engine.onnx.Precision;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;

/** A strategy beside {@code full} on random requests: the same scores, whatever came before. */
final class Comparison {
  private static final int TOP = 100;

  private final Strategy strategy;
  private final Map<CacheUse, Integer> uses = new EnumMap<>(CacheUse.class);

  /** Opens a strategy with settings drawn at random. */
  @FunctionalInterface
  interface Strategy {
    InferenceStrategy open(Scoring scoring, Random random);
  }

  Comparison(Strategy strategy) {
    this.strategy = strategy;
  }

  /** How often the strategy knew how much of a history. */
  Map<CacheUse, Integer> uses() {
    return uses;
  }

  /** Random requests to all pairs of encoders and tasks, some models each. */
  void campaign(int requests, long seed) throws Exception {
    Random random = new Random(seed);
    List<Pair> pairs = Pair.all();
    for (int done = 0; done < requests; ) {
      for (Pair pair : pairs) {
        for (Precision precision : List.of(Precision.FLOAT32, Precision.FLOAT64)) {
          int share = Math.min(400, requests / pairs.size() / 2 + 1);
          done += run(pair, precision, random.nextLong(), share);
        }
      }
    }
  }

  /** At least so many random requests to one model. */
  int run(Pair pair, Precision precision, long seed, int requests) throws Exception {
    Random random = new Random(seed);
    int delta = random.nextInt(2) * (1 + random.nextInt(5));
    int done = 0;
    try (Scoring scoring = new Scoring(pair, precision, random.nextLong())) {
      InferenceStrategy full = scoring.full();
      InferenceStrategy tested = strategy.open(scoring, random);
      RandomRequests source = new RandomRequests(random, new Anchor(Scoring.MAX_HISTORY, delta));
      while (done < requests) {
        List<ScoringRequest> asked = source.next();
        List<Scores> expected = full.score(asked);
        List<Scores> found = tested.score(asked);
        for (int i = 0; i < asked.size(); i++, done++) {
          String what =
              "%s, seed %d, request %d: %d events from %d, found %s"
                  .formatted(
                      pair,
                      seed,
                      done,
                      asked.get(i).history().size(),
                      asked.get(i).firstIndex(),
                      found.get(i).cache());
          requireEqual(what, precision, expected.get(i), found.get(i));
          uses.merge(found.get(i).cache(), 1, Integer::sum);
        }
        if (random.nextInt(20) == 0) {
          tested.invalidate("user" + random.nextInt(6));
        }
      }
    }
    return done;
  }

  private static void requireEqual(
      String what, Precision precision, Scores expected, Scores found) {
    assertThat(found.names()).isEqualTo(expected.names());
    for (String name : expected.names()) {
      double[] a = expected.of(name);
      double[] b = found.of(name);
      assertThat(b).as(what).hasSameSizeAs(a);
      double largest = Math.max(1, Arrays.stream(a).map(Math::abs).max().orElse(0));
      double tolerance = (precision == Precision.FLOAT64 ? 1e-11 : 1e-5) * largest;
      double off =
          IntStream.range(0, a.length).mapToDouble(i -> Math.abs(a[i] - b[i])).max().orElse(0);
      assertThat(off).as("%s: %s", what, name).isLessThanOrEqualTo(tolerance);
      int[] best = best(a);
      int[] foundBest = best(b);
      for (int place = 0; place < best.length; place++) {
        // Duplicates come out equal up to rounding, in any order.
        assertThat(a[foundBest[place]])
            .as("%s: %s of place %d", what, name, place)
            .isBetween(a[best[place]] - 2 * tolerance, a[best[place]] + 2 * tolerance);
      }
    }
  }

  /** The best candidates in the order of their scores. */
  private static int[] best(double[] scores) {
    return IntStream.range(0, scores.length)
        .boxed()
        .sorted(Comparator.comparingDouble((Integer i) -> -scores[i]))
        .limit(TOP)
        .mapToInt(Integer::intValue)
        .toArray();
  }
}
