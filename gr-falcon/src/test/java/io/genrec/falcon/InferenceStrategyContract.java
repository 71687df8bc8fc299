package io.genrec.falcon;

import static org.assertj.core.api.Assertions.assertThat;

import io.genrec.api.inference.InferenceStrategy;
import io.genrec.api.inference.Scores;
import io.genrec.api.inference.ScoringRequest;
import io.genrec.engine.onnx.Precision;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What every inference strategy must do: give the scores of {@code full}, whatever came before.
 * {@code -Dgenrec.falcon.cases=100000} sets how many random requests the campaign makes.
 */
abstract class InferenceStrategyContract {
  private static final int CASES = 150;
  private static final int TOP = 100;

  /** Encoders that the strategy can score, by name. */
  abstract List<Scoring.Encoder> encoders();

  /** The strategy with settings drawn at random; opened in the scoring. */
  abstract InferenceStrategy strategy(Scoring scoring, Random random);

  @ParameterizedTest
  @EnumSource(Precision.class)
  void scoresAreThoseOfFull(Precision precision) throws Exception {
    compare(precision, 1, CASES);
  }

  @Test
  @Tag("slow")
  void campaign() throws Exception {
    int cases = Integer.getInteger("genrec.falcon.cases", 5_000);
    for (Precision precision : Precision.values()) {
      compare(precision, Long.getLong("genrec.seed", 2), cases / 2);
    }
  }

  private void compare(Precision precision, long seed, int cases) throws Exception {
    Random random = new Random(seed);
    int rounds = Math.max(1, cases / 500);
    for (Scoring.Encoder encoder : encoders()) {
      for (int round = 0; round < rounds; round++) {
        compare(encoder, precision, random.nextLong(), cases / encoders().size() / rounds);
      }
    }
  }

  private void compare(Scoring.Encoder encoder, Precision precision, long seed, int cases)
      throws Exception {
    Random random = new Random(seed);
    int delta = random.nextInt(2) * (1 + random.nextInt(5));
    try (Scoring scoring = new Scoring(encoder, precision, random.nextLong())) {
      InferenceStrategy full = scoring.full();
      InferenceStrategy tested = strategy(scoring, random);
      RandomRequests requests = new RandomRequests(random, new Anchor(Scoring.MAX_HISTORY, delta));
      for (int done = 0; done < cases; ) {
        List<ScoringRequest> asked = requests.next();
        List<Scores> expected = full.score(asked);
        List<Scores> found = tested.score(asked);
        for (int i = 0; i < asked.size(); i++, done++) {
          String what =
              "seed %d, request %d: %d events from %d, found %s"
                  .formatted(
                      seed,
                      done,
                      asked.get(i).history().size(),
                      asked.get(i).firstIndex(),
                      found.get(i).cache());
          requireEqual(what, precision, expected.get(i), found.get(i));
        }
        if (random.nextInt(20) == 0) {
          tested.invalidate("user" + random.nextInt(6));
        }
      }
    }
  }

  private static void requireEqual(
      String what, Precision precision, Scores expected, Scores found) {
    assertThat(found.names()).isEqualTo(expected.names());
    for (String name : expected.names()) {
      double[] a = expected.of(name);
      double[] b = found.of(name);
      assertThat(b).as(what).hasSameSizeAs(a);
      double largest =
          IntStream.range(0, a.length).mapToDouble(i -> Math.abs(a[i])).max().orElse(0);
      double tolerance = precision == Precision.FLOAT64 ? 1e-11 : 1e-5 * Math.max(1, largest);
      double off =
          IntStream.range(0, a.length).mapToDouble(i -> Math.abs(a[i] - b[i])).max().orElse(0);
      assertThat(off).as("%s: %s", what, name).isLessThanOrEqualTo(tolerance);
      if (precision == Precision.FLOAT64) {
        assertThat(best(b)).as("%s: best of %s", what, name).isEqualTo(best(a));
      }
    }
  }

  /** Candidates in the order of their scores; equal ones, as of duplicates, in their own order. */
  private static List<Integer> best(double[] scores) {
    List<Integer> order = new ArrayList<>();
    IntStream.range(0, scores.length).forEach(order::add);
    // Duplicates come out equal up to rounding.
    order.sort(Comparator.comparingDouble((Integer i) -> -Math.rint(scores[i] * 1e9)));
    return order.subList(0, Math.min(TOP, order.size()));
  }
}
