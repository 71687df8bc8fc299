package io.genrec.falcon;

import static org.assertj.core.api.Assertions.assertThat;

import io.genrec.api.inference.Candidates;
import io.genrec.api.inference.InferenceStrategy;
import io.genrec.api.inference.ScoringRequest;
import io.genrec.api.sequence.Schema;
import io.genrec.engine.onnx.Precision;
import io.genrec.falcon.Scoring.Events;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What the operating system says of this process. */
class ResidentMemoryTest {
  private static final String HSTU = "{\"heads\": 2}";

  @BeforeEach
  void linux() {
    Process.assumeLinux();
  }

  private static ScoringRequest request(Events events, int length, int user, int... candidates) {
    return new ScoringRequest(
        events.slice(0, length),
        0,
        1L << 33,
        Optional.of("user" + user),
        Candidates.items(candidates));
  }

  /**
   * A table of 60 MiB and 72 MiB that products read, and the five sessions that prefill, extend,
   * arrange and score in two ways.
   */
  @Test
  void sessionsShareOneCopyOfTheWeights() throws Exception {
    int dim = 512;
    int items = 60 * (1 << 20) / Float.BYTES / dim;
    Schema schema = new Schema(List.of(new Schema.Feature(Schema.ITEM, items, dim)), 12, 14);
    Scoring.Encoder wide =
        Encoders.hstu("{\"heads\": 2, \"blocks\": 4, \"dqk\": 1024, \"dv\": 768}");
    try (Scoring scoring = new Scoring(wide, schema, Precision.FLOAT32, 1)) {
      long values = scoring.model().valueBytes();
      assertThat(values).isGreaterThan(120L << 20);
      InferenceStrategy strategy = scoring.mFalcon(4, 1 << 20, 3);
      long before = Process.residentKib();
      Events events = Events.random(new Random(1), 12);
      strategy.score(List.of(request(events, 0, 0, 1, 2), request(events, 12, 1, 1, 2)));
      strategy.score(List.of(request(events, 12, 1, 1, 2, 3, 4, 5, 6)));
      // Code and arenas of the sessions take a few.
      assertThat(Process.residentKib() - before).as("growth in KiB").isLessThan(40 * 1024);
    }
  }

  /**
   * Values, a full cache, histories of a thousand events and wide runs, beside what the Java heap
   * takes meanwhile.
   */
  @Test
  void theProcessGrowsByWhatIsPlanned() throws Exception {
    int tokens = 1_000;
    int values = 60 * (1 << 20) / 4 / 8;
    Schema schema =
        new Schema(List.of(new Schema.Feature(Schema.ITEM, values, 8)), tokens, tokens + 2);
    long before = Process.residentKib();
    try (Scoring scoring = new Scoring(Encoders.hstu(HSTU), schema, Precision.FLOAT32, 1)) {
      InferenceStrategy strategy = scoring.mFalcon(256, 48 << 20, 512);
      Random random = new Random(3);
      int[] candidates = random.ints(512, 1, Scoring.ITEMS).toArray();
      for (int user = 0; strategy.statistics().evictions() == 0; user++) {
        strategy.score(List.of(request(Events.random(random, tokens), tokens, user, candidates)));
      }
      MFalconConfig config =
          new MFalconConfig(256, 2, 48 << 20, MFalconConfig.Precision.FULL, 512, 0);
      long planned = MemoryPlan.of(scoring.model(), config).total() / 1024;
      assertThat(Process.residentKib() - before)
          .as("growth in KiB, planned " + planned)
          .isBetween(planned / 3, planned + planned / 2);
    }
  }

  private static long growth(int requests) throws Exception {
    try (Scoring scoring = new Scoring(Encoders.hstu(HSTU), Precision.FLOAT32, 1)) {
      InferenceStrategy strategy = scoring.mFalcon(4, 100_000, 8);
      Random random = new Random(2);
      Events events = Events.random(random, 12);
      long half = 0;
      long arrow = 0;
      for (int i = 0; i < requests; i++) {
        if (i == requests / 2) {
          half = Process.residentKib();
          arrow = scoring.memory().getAllocatedMemory();
        }
        int[] candidates = random.ints(1 + random.nextInt(20), 1, Scoring.ITEMS).toArray();
        int length = random.nextInt(13);
        strategy.score(List.of(request(events, length, random.nextInt(200), candidates)));
      }
      assertThat(strategy.statistics().evictions()).isPositive();
      assertThat(scoring.memory().getAllocatedMemory() - arrow).isLessThan(200_000);
      return Process.residentKib() - half;
    }
  }

  @Test
  void manyRequestsTakeNoMoreMemory() throws Exception {
    assertThat(growth(2_000)).as("growth in KiB").isLessThan(20 * 1024);
  }

  @Test
  @Tag("slow")
  void aHundredThousandRequestsTakeNoMoreMemory() throws Exception {
    assertThat(growth(100_000)).as("growth in KiB").isLessThan(20 * 1024);
  }
}
