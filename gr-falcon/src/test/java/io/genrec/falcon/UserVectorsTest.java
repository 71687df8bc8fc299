package io.genrec.falcon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.genrec.api.inference.Anchor;
import io.genrec.api.inference.CacheUse;
import io.genrec.api.inference.Candidates;
import io.genrec.api.inference.InferenceStrategy;
import io.genrec.api.inference.ScoringRequest;
import io.genrec.api.inference.UserVector;
import io.genrec.engine.onnx.Precision;
import io.genrec.falcon.Encoders.Named;
import io.genrec.falcon.Scoring.Events;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Users' vectors by what is kept are those of whole histories. {@code -Dgenrec.falcon.cases=100000}
 * sets how many random requests the campaign makes.
 */
class UserVectorsTest {
  private static final int CASES = 60;

  private final Map<CacheUse, Integer> uses = new EnumMap<>(CacheUse.class);

  static List<Named> encoders() {
    return Encoders.whoseRowsStay();
  }

  /** Room for none, a few or all users; any chunk of a first computation. */
  private static MFalconConfig config(Random random) {
    long[] bytes = {0, 9_000, 30_000, 1L << 30};
    return new MFalconConfig(
        0,
        2,
        bytes[random.nextInt(bytes.length)],
        MFalconConfig.Precision.FULL,
        1 + random.nextInt(14),
        0);
  }

  private int run(Named encoder, Precision precision, long seed, int requests) throws Exception {
    Random random = new Random(seed);
    int delta = random.nextInt(2) * (1 + random.nextInt(5));
    int done = 0;
    try (Finding finding = new Finding(encoder.encoder(), precision, random.nextLong())) {
      InferenceStrategy tested = finding.mFalcon(config(random));
      RandomRequests source = new RandomRequests(random, new Anchor(Scoring.MAX_HISTORY, delta));
      while (done < requests) {
        List<ScoringRequest> asked =
            source.next().stream().filter(request -> request.history().size() > 0).toList();
        List<UserVector> found = tested.users(asked);
        for (int i = 0; i < asked.size(); i++, done++) {
          double[] expected = finding.truth(asked.get(i));
          double largest = Math.max(1, Arrays.stream(expected).map(Math::abs).max().orElse(0));
          double tolerance = (precision == Precision.FLOAT64 ? 1e-11 : 1e-5) * largest;
          assertThat(found.get(i).values())
              .as(
                  "%s, seed %d, request %d: %d events, found %s",
                  encoder, seed, done, asked.get(i).history().size(), found.get(i).cache())
              .containsExactly(expected, Offset.offset(tolerance));
          uses.merge(found.get(i).cache(), 1, Integer::sum);
        }
        if (random.nextInt(20) == 0) {
          tested.invalidate("user" + random.nextInt(6));
        }
      }
    }
    return done;
  }

  @ParameterizedTest
  @MethodSource("encoders")
  void vectorsAreThoseOfWholeHistories(Named encoder) throws Exception {
    run(encoder, Precision.FLOAT64, encoder.hashCode(), CASES);
    run(encoder, Precision.FLOAT32, encoder.hashCode() + 1L, CASES / 4);
  }

  @Test
  @Tag("slow")
  void campaign() throws Exception {
    int requests = Integer.getInteger("genrec.falcon.cases", 5_000);
    Random random = new Random(Long.getLong("genrec.seed", 2));
    int done = 0;
    while (done < requests) {
      for (Named encoder : encoders()) {
        for (Precision precision : List.of(Precision.FLOAT64, Precision.FLOAT32)) {
          done += run(encoder, precision, random.nextLong(), Math.min(400, requests / 16 + 1));
        }
      }
    }
    assertThat(uses).containsKeys(CacheUse.values());
    System.out.println(done + " requests, found: " + uses);
  }

  private static ScoringRequest request(Events events, int size, long at) {
    return new ScoringRequest(events.slice(0, size), 0, at, Optional.of("a"), Candidates.items());
  }

  /** A user who comes back later, with more events, and from another first one. */
  @Test
  void whatIsKeptIsFound() throws Exception {
    try (Finding finding = new Finding(Encoders.hstu("{}"), Precision.FLOAT64, 1)) {
      MFalconConfig config = new MFalconConfig(0, 1, 1 << 20, MFalconConfig.Precision.FULL, 64, 0);
      InferenceStrategy strategy = finding.mFalcon(config);
      Events events = Events.random(new Random(2), 12);
      long at = 1L << 33;
      List<ScoringRequest> requests =
          List.of(
              request(events, 6, at),
              request(events, 6, at + 1),
              request(events, 9, at + 2),
              new ScoringRequest(events.slice(2, 9), 2, at, Optional.of("a"), Candidates.items()),
              new ScoringRequest(events, 0, at, Optional.empty(), Candidates.items()));
      assertThat(requests)
          .extracting(request -> strategy.users(List.of(request)).get(0).cache())
          .containsExactly(
              CacheUse.MISS, CacheUse.HIT, CacheUse.EXTEND, CacheUse.MOVED, CacheUse.NONE);
      assertThat(strategy.users(List.of(request(events, 1, at))).get(0).values())
          .as("nothing is kept of one event, whose vector is computed each time")
          .containsExactly(finding.truth(request(events, 1, at)), Offset.offset(1e-11));
    }
  }

  @Test
  void onlyTheOrderOfTokensIsKept() throws Exception {
    try (Finding finding = new Finding(Encoders.hstu("{}"), Precision.FLOAT32, 1);
        Scoring scoring = new Scoring(Encoders.hstu("{}"), Precision.FLOAT32, 1)) {
      MFalconConfig config = new MFalconConfig(0, 1, 1 << 20, MFalconConfig.Precision.FULL, 64, 0);
      Events events = Events.random(new Random(2), 12);
      ScoringRequest request =
          new ScoringRequest(events, 0, 1L << 33, Optional.of("a"), Candidates.items(1));
      InferenceStrategy finds = finding.mFalcon(config);
      InferenceStrategy scores = scoring.mFalcon(0, 1 << 20, 64);
      finds.users(List.of(request(events, 12, 1L << 33)));
      scores.score(List.of(request));
      assertThat(finds.statistics().bytes()).isLessThan(scores.statistics().bytes());
    }
  }

  @Test
  void whoAsksForTheWrongThingIsTold() throws Exception {
    MFalconConfig config = new MFalconConfig(0, 1, 1 << 20, MFalconConfig.Precision.FULL, 64, 0);
    ScoringRequest none =
        new ScoringRequest(Candidates.items(), 0, 0, Optional.empty(), Candidates.items());
    ScoringRequest candidates =
        new ScoringRequest(
            Events.random(new Random(2), 3), 0, 1L << 33, Optional.empty(), Candidates.items(1));
    try (Finding finding = new Finding(Encoders.hstu("{}"), Precision.FLOAT32, 1);
        Scoring scoring = new Scoring(Encoders.hstu("{}"), Precision.FLOAT32, 1)) {
      InferenceStrategy finds = finding.mFalcon(config);
      assertThat(finds.users(List.of())).isEmpty();
      assertThatThrownBy(() -> finds.users(List.of(none)))
          .hasMessageContaining("[GR/InvalidRequest]")
          .hasMessageContaining("has none");
      assertThatThrownBy(() -> finds.score(List.of(candidates)))
          .hasMessageContaining("[GR/NotARanker]")
          .hasMessageContaining("model test");
      assertThatThrownBy(() -> scoring.mFalcon(0, 1 << 20, 64).users(List.of()))
          .hasMessageContaining("[GR/NotARetriever]");
      assertThatThrownBy(() -> scoring.full().users(List.of()))
          .hasMessageContaining("[GR/NoUserVectors]")
          .hasMessageContaining("m-falcon");
    }
  }

  static List<Named> othersEncoders() {
    List<Named> stay = Encoders.whoseRowsStay();
    return Encoders.all().stream()
        .filter(named -> stay.stream().noneMatch(other -> other.name().equals(named.name())))
        .toList();
  }

  @ParameterizedTest
  @MethodSource("othersEncoders")
  void anEncoderWhoseRowsChangeIsRefused(Named encoder) throws Exception {
    MFalconConfig config = new MFalconConfig(0, 1, 1 << 20, MFalconConfig.Precision.FULL, 64, 0);
    try (Finding finding = new Finding(encoder.encoder(), Precision.FLOAT32, 1)) {
      assertThatThrownBy(() -> finding.mFalcon(config))
          .hasMessageContaining("[GR/NotCacheable]")
          .hasMessageContaining("name no strategy");
    }
  }
}
