package io.genrec.falcon;

import static org.assertj.core.api.Assertions.assertThat;

import io.genrec.api.inference.CacheUse;
import io.genrec.api.inference.InferenceStrategy;
import io.genrec.engine.onnx.Precision;
import java.util.List;
import java.util.Random;
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
