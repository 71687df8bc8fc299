package io.genrec.data.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.genrec.api.GenRecException;
import io.genrec.api.training.Sampler;
import io.genrec.api.training.Sampler.Sharing;
import io.genrec.api.training.SamplerContext;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class SamplerTest {
  private static final int DRAWS = 200_000;
  private static final int[] NO_TARGETS = {};

  private static Sampler uniform(int rows) {
    return new UniformFactory()
        .create(new UniformConfig(128, Sharing.POSITION), new SamplerContext(new long[rows + 1]));
  }

  private static Sampler inBatch() {
    return new InBatchFactory()
        .create(new InBatchConfig(5, Sharing.BATCH), new SamplerContext(new long[1000]));
  }

  private static Sampler popularity(double power, long... counts) {
    return new PopularityFactory()
        .create(new PopularityConfig(7, Sharing.SEQUENCE, power), new SamplerContext(counts));
  }

  /**
   * Pearson's statistic of many draws lies within six standard deviations of its mean (n - 1, with
   * variance 2(n - 1)), and rows without a chance never come.
   */
  private static void assertFrequencies(Sampler.Draw draw, double[] chances, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    assertFrequencies(LongStream.generate(() -> draw.next(random)).limit(DRAWS), chances);
    // Of an odd number at a time.
    LongStream.Builder many = LongStream.builder();
    long[] rows = new long[1001];
    for (int i = 0; i < DRAWS; i++) {
      if (i % rows.length == 0) {
        draw.fill(random, rows);
      }
      many.add(rows[i % rows.length]);
    }
    assertFrequencies(many.build(), chances);
  }

  private static void assertFrequencies(LongStream draws, double[] chances) {
    long[] seen = new long[chances.length];
    draws.forEach(row -> seen[(int) row]++);
    double statistic = 0;
    int possible = 0;
    for (int row = 0; row < chances.length; row++) {
      if (chances[row] == 0) {
        assertThat(seen[row]).as("row %d", row).isZero();
      } else {
        double expected = chances[row] * DRAWS;
        statistic += (seen[row] - expected) * (seen[row] - expected) / expected;
        possible++;
      }
    }
    double freedom = possible - 1;
    assertThat(statistic).isLessThan(freedom + 6 * Math.sqrt(2 * freedom));
    if (freedom >= 40) {
      assertThat(statistic).isGreaterThan(freedom - 6 * Math.sqrt(2 * freedom));
    }
  }

  private static void assertLogProbabilities(Sampler.Draw draw, double[] chances) {
    double sum = 0;
    for (int row = 0; row < chances.length; row++) {
      double chance = Math.exp(draw.logProbability(row));
      assertThat(chance).as("row %d", row).isCloseTo(chances[row], within(1e-14));
      sum += chance;
    }
    assertThat(sum).isCloseTo(1, within(1e-12));
    assertThat(draw.logProbability(chances.length)).isEqualTo(Double.NEGATIVE_INFINITY);
    assertThat(draw.logProbability(-1)).isEqualTo(Double.NEGATIVE_INFINITY);
    assertThat(draw.logProbability(0)).isEqualTo(Double.NEGATIVE_INFINITY);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void uniformDrawsAllRowsAlike(long seed) {
    double[] chances = new double[51];
    for (int row = 1; row <= 50; row++) {
      chances[row] = 0.02;
    }
    Sampler.Draw draw = uniform(50).draw(NO_TARGETS);
    assertFrequencies(draw, chances, seed);
    assertLogProbabilities(draw, chances);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void inBatchDrawsDistinctTargetsAlike(long seed) {
    double[] chances = new double[10];
    chances[2] = 0.25;
    chances[3] = 0.25;
    chances[7] = 0.25;
    chances[9] = 0.25;
    Sampler.Draw draw = inBatch().draw(new int[] {7, 7, 7, 9, 2, 3, 7, 0, 2});
    assertFrequencies(draw, chances, seed);
    assertLogProbabilities(draw, chances);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void popularityDrawsByNumberOfEvents(long seed) {
    Sampler.Draw draw = popularity(1, 99, 5, 0, 1, 10, 4).draw(NO_TARGETS);
    double[] chances = {0, 0.25, 0, 0.05, 0.5, 0.2};
    assertFrequencies(draw, chances, seed);
    assertLogProbabilities(draw, chances);
  }

  @Test
  void popularityRaisesToAPower() {
    // The powers 3/4 of 16, 81 and 1 are 8, 27 and 1.
    Sampler.Draw draw = popularity(0.75, 0, 16, 81, 1).draw(NO_TARGETS);
    double[] chances = {0, 8 / 36.0, 27 / 36.0, 1 / 36.0};
    assertFrequencies(draw, chances, 5);
    assertLogProbabilities(draw, chances);
  }

  @Test
  void popularityWithPowerZeroIsUniform() {
    Sampler.Draw draw = popularity(0, 0, 16, 0, 1, 3).draw(NO_TARGETS);
    double[] chances = {0, 0.25, 0.25, 0.25, 0.25};
    assertFrequencies(draw, chances, 6);
    assertLogProbabilities(draw, chances);
  }

  @Test
  void popularityTakesAnAbsentPowerAsOne() {
    assertThat(new PopularityConfig(1, Sharing.BATCH, null).exponent()).isEqualTo(1);
    assertThat(new PopularityConfig(1, Sharing.BATCH, 0.75).exponent()).isEqualTo(0.75);
  }

  @Test
  void popularityHasManyRows() {
    int rows = 2000;
    long[] counts = new long[rows + 1];
    double total = 0;
    for (int row = 1; row <= rows; row++) {
      counts[row] = 1 + 1_000_000L / row;
      total += counts[row];
    }
    double[] chances = new double[rows + 1];
    for (int row = 1; row <= rows; row++) {
      chances[row] = counts[row] / total;
    }
    Sampler.Draw draw = popularity(1, counts).draw(NO_TARGETS);
    assertFrequencies(draw, chances, 7);
    assertLogProbabilities(draw, chances);
  }

  @Test
  void sameSeedGivesSameDraws() {
    int[] targets = {4, 8, 15, 16, 23, 42};
    for (Sampler sampler :
        new Sampler[] {uniform(100), inBatch(), popularity(0.5, 0, 1, 2, 3, 4, 5)}) {
      int[] first = draws(sampler, targets, 11);
      assertThat(draws(sampler, targets, 11)).isEqualTo(first);
      assertThat(draws(sampler, targets, 12)).isNotEqualTo(first);
    }
  }

  @Test
  void sameSeedFillsAlike() {
    int[] targets = {4, 8, 15, 16, 23, 42};
    for (Sampler sampler :
        new Sampler[] {uniform(100), inBatch(), popularity(0.5, 0, 1, 2, 3, 4, 5)}) {
      long[] first = filled(sampler, targets, 11);
      assertThat(filled(sampler, targets, 11)).isEqualTo(first);
      assertThat(filled(sampler, targets, 12)).isNotEqualTo(first);
    }
  }

  private static long[] filled(Sampler sampler, int[] targets, long seed) {
    long[] rows = new long[100];
    sampler.draw(targets).fill(new SplittableRandom(seed), rows);
    return rows;
  }

  @Test
  void inBatchDoesNotDependOnTheOrderOfTargets() {
    assertThat(draws(inBatch(), new int[] {5, 1, 9, 1}, 3))
        .isEqualTo(draws(inBatch(), new int[] {9, 5, 5, 1}, 3));
  }

  private static int[] draws(Sampler sampler, int[] targets, long seed) {
    Sampler.Draw draw = sampler.draw(targets);
    SplittableRandom random = new SplittableRandom(seed);
    return IntStream.range(0, 100).map(i -> draw.next(random)).toArray();
  }

  @ParameterizedTest
  @EnumSource
  void samplersSayWhatIsConfigured(Sharing sharing) {
    SamplerContext context = new SamplerContext(new long[] {0, 1});
    Sampler[] samplers = {
      new UniformFactory().create(new UniformConfig(3, sharing), context),
      new InBatchFactory().create(new InBatchConfig(3, sharing), context),
      new PopularityFactory().create(new PopularityConfig(3, sharing, null), context)
    };
    for (Sampler sampler : samplers) {
      assertThat(sampler.sharing()).isEqualTo(sharing);
      assertThat(sampler.count()).isEqualTo(3);
    }
    assertThat(new UniformFactory().name()).isEqualTo("uniform");
    assertThat(new InBatchFactory().name()).isEqualTo("in-batch");
    assertThat(new PopularityFactory().name()).isEqualTo("popularity");
  }

  @Test
  void refusesCountsBelowOne() {
    assertThatThrownBy(() -> new UniformConfig(0, Sharing.BATCH))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("count must be at least 1 but is 0");
    assertThatThrownBy(() -> new InBatchConfig(-1, Sharing.BATCH))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("count");
    assertThatThrownBy(() -> new PopularityConfig(0, Sharing.BATCH, null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("count");
  }

  @ParameterizedTest
  @ValueSource(doubles = {-0.1, 4.5, Double.NaN, Double.POSITIVE_INFINITY})
  void refusesPowersOutOfRange(double power) {
    assertThatThrownBy(() -> new PopularityConfig(1, Sharing.BATCH, power))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("power must be from 0 to 4 but is " + power);
  }

  @Test
  void refusesToDrawFromNothing() {
    assertThatThrownBy(() -> uniform(0))
        .isInstanceOf(GenRecException.class)
        .hasMessageContaining("[GR/NothingToDraw] sampler \"uniform\"")
        .hasMessageContaining("vocabulary is empty");
    assertThatThrownBy(() -> popularity(1, 5, 0, 0))
        .isInstanceOf(GenRecException.class)
        .hasMessageContaining("[GR/NothingToDraw] sampler \"popularity\"")
        .hasMessageContaining("none of 2 rows");
    assertThatThrownBy(() -> inBatch().draw(new int[] {0, 0}))
        .isInstanceOf(GenRecException.class)
        .hasMessageContaining("[GR/NothingToDraw] sampler \"in-batch\"")
        .hasMessageContaining("larger batches");
  }
}
