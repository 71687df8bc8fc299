package io.genrec.gpsd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import io.genrec.api.GenRecException;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PowerLawTest {
  /** The published sizes of transformer blocks. */
  private static final double[] SIZES = {13_376, 53_504, 213_504, 803_840, 3_213_312};

  private static double[] values(PowerLaw law) {
    return Arrays.stream(SIZES).map(law::at).toArray();
  }

  /** The two laws of the paper's figure, a steep and a shallow one. */
  @ParameterizedTest
  @CsvSource({"0.7097,-0.7553,0.2364", "0.3695,0.1420,0.1915", "1,40,0.9", "0,2,0.05"})
  void findsTheLawThatMadeTheValues(double bound, double factor, double exponent) {
    PowerLaw fit = PowerLaw.fit(SIZES, values(new PowerLaw(bound, factor, exponent)));
    assertThat(fit.exponent()).isCloseTo(exponent, offset(1e-5));
    assertThat(fit.bound()).isCloseTo(bound, offset(1e-4));
    assertThat(fit.factor()).isCloseTo(factor, offset(1e-3 * Math.abs(factor)));
  }

  @Test
  void reproducesThePublishedTableFromItsFit() {
    PowerLaw auc = new PowerLaw(0.7097, -0.7553, 0.2364);
    double[] published = {0.6298, 0.6521, 0.6682, 0.6794, 0.6878};
    for (int i = 0; i < SIZES.length; i++) {
      assertThat(auc.at(SIZES[i])).isCloseTo(published[i], offset(1e-4));
    }
  }

  private static double[][] noisy(PowerLaw law, double deviation, Random random) {
    double[][] values = new double[SIZES.length][];
    for (int i = 0; i < SIZES.length; i++) {
      double mean = law.at(SIZES[i]);
      values[i] = random.doubles(5).map(u -> mean + deviation * (2 * u - 1)).toArray();
    }
    return values;
  }

  /** Of many noisy curves the interval holds the true exponent about as often as it says. */
  @Test
  void intervalsHoldTheTruthAsOftenAsTheySay() {
    PowerLaw law = new PowerLaw(0.37, 0.5, 0.3);
    Random random = new Random(7);
    int held = 0;
    int curves = 60;
    for (int i = 0; i < curves; i++) {
      PowerLaw.Fit fit = PowerLaw.bootstrap(SIZES, noisy(law, 0.001, random), 100, 0.95, i);
      assertThat(fit.exponent().low()).isLessThan(fit.exponent().high());
      held += fit.exponent().contains(0.3) ? 1 : 0;
    }
    // Five values a size make a percentile interval somewhat too narrow; far from nothing or all.
    assertThat(held).isBetween(38, curves);
  }

  @Test
  void moreNoiseGivesWiderIntervals() {
    PowerLaw law = new PowerLaw(0.37, 0.5, 0.3);
    PowerLaw.Fit sure = PowerLaw.bootstrap(SIZES, noisy(law, 1e-4, new Random(1)), 200, 0.95, 1);
    PowerLaw.Fit unsure = PowerLaw.bootstrap(SIZES, noisy(law, 1e-3, new Random(1)), 200, 0.95, 1);
    assertThat(unsure.exponent().high() - unsure.exponent().low())
        .isGreaterThan(3 * (sure.exponent().high() - sure.exponent().low()));
    assertThat(sure.exponent().contains(sure.law().exponent())).isTrue();
  }

  @Test
  void refusesWhatNoPowerLawDescribes() {
    double[] bent = {0.63, 0.65, 0.64, 0.67, 0.68};
    assertThatThrownBy(() -> PowerLaw.fit(SIZES, bent))
        .isInstanceOf(GenRecException.class)
        .hasMessageContaining("[GR/NotMonotone]")
        .hasMessageContaining("213504.0 is 0.64 after 0.65")
        .hasMessageContaining("rises");
    assertThatThrownBy(() -> PowerLaw.fit(SIZES, new double[] {1, 1, 1, 1, 1}))
        .hasMessageContaining("does not move");
    assertThatThrownBy(() -> PowerLaw.fit(SIZES, new double[] {5, 4, Double.NaN, 2, 1}))
        .hasMessageContaining("[GR/NotMonotone]");
    assertThatThrownBy(() -> PowerLaw.fit(new double[] {1, 2, 3}, new double[] {3, 2, 1}))
        .hasMessageContaining("[GR/TooFewSizes]");
  }
}
