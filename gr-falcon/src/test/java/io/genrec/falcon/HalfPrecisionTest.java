package io.genrec.falcon;

import static org.assertj.core.api.Assertions.assertThat;

import io.genrec.api.inference.CacheUse;
import io.genrec.api.inference.Candidates;
import io.genrec.api.inference.InferenceStrategy;
import io.genrec.api.inference.Scores;
import io.genrec.api.inference.ScoringRequest;
import io.genrec.engine.onnx.Precision;
import io.genrec.falcon.Scoring.Events;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class HalfPrecisionTest {
  @Test
  void everyHalfComesBack() {
    for (int bits = 0; bits <= 0xffff; bits++) {
      float value = HalfPrecision.toFloat((short) bits);
      if (!Float.isNaN(value)) {
        assertThat(HalfPrecision.of(value)).isEqualTo((short) bits);
      }
    }
    assertThat(HalfPrecision.toFloat(HalfPrecision.of(Float.NaN))).isNaN();
  }

  @Test
  void knownValues() {
    assertThat(HalfPrecision.toFloat((short) 0x3c00)).isEqualTo(1);
    assertThat(HalfPrecision.toFloat((short) 0xc000)).isEqualTo(-2);
    assertThat(HalfPrecision.toFloat((short) 0x7bff)).isEqualTo(65504);
    assertThat(HalfPrecision.toFloat((short) 0x0001)).isEqualTo((float) Math.pow(2, -24));
    assertThat(HalfPrecision.of(1e6f)).isEqualTo((short) 0x7c00);
    assertThat(HalfPrecision.of(65519f)).isEqualTo((short) 0x7bff);
    assertThat(HalfPrecision.of(65520f)).isEqualTo((short) 0x7c00);
  }

  /** By search among all halves. */
  @Test
  void theNearestIsTaken() {
    Random random = new Random(1);
    for (int i = 0; i < 2_000; i++) {
      float value = (float) (random.nextGaussian() * Math.pow(2, random.nextInt(36) - 24));
      float found = HalfPrecision.toFloat(HalfPrecision.of(value));
      short bits = HalfPrecision.of(value);
      for (int step : new int[] {-1, 1}) {
        float other = HalfPrecision.toFloat((short) (bits + step));
        if (Float.isFinite(other)) {
          assertThat(Math.abs(value - found)).isLessThanOrEqualTo(Math.abs(value - other));
        }
      }
    }
  }

  @Test
  void keptInHalfPrecisionScoresAreNear() throws Exception {
    try (Scoring scoring = new Scoring(Encoders.hstu("{\"heads\": 2}"), Precision.FLOAT32, 3)) {
      InferenceStrategy full = scoring.full();
      InferenceStrategy whole = scoring.mFalcon(8, 1 << 20, 64);
      InferenceStrategy half =
          scoring.opened(
              new MFalcon()
                  .create(
                      new MFalconConfig(8, 1, 1 << 20, MFalconConfig.Precision.HALF, 64, 0),
                      scoring.model()));
      Events events = Events.random(new Random(4), 12);
      for (int length : new int[] {9, 9, 12, 5, 0}) {
        ScoringRequest request =
            new ScoringRequest(
                events.slice(0, length),
                0,
                1L << 33,
                Optional.of("a"),
                Candidates.items(1, 2, 3, 4, 5, 6, 7, 8, 9, 10));
        double[] expected = full.score(List.of(request)).get(0).of("watch");
        Scores found = half.score(List.of(request)).get(0);
        assertThat(found.cache()).isEqualTo(whole.score(List.of(request)).get(0).cache());
        // 2^-11 of each entry that is kept, through two layers.
        assertThat(found.of("watch")).containsExactly(expected, Offset.offset(2e-2));
        if (found.cache() == CacheUse.HIT && length == 9) {
          assertThat(found.of("watch")).as("it is kept in half").isNotEqualTo(expected);
        }
      }
      assertThat(half.statistics().bytes()).isLessThan(whole.statistics().bytes() / 2);
    }
  }
}
