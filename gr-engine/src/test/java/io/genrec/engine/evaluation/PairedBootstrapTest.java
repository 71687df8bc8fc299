package io.genrec.engine.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.genrec.api.GenRecException;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PairedBootstrapTest {
  @Test
  void findsAConstantDifferenceWithoutDoubt() {
    double[] first = {1, 2, 3, 4};
    double[] second = {0.5, 1.5, 2.5, 3.5};
    var difference = new PairedBootstrap(1, 1000).difference(first, second);
    assertThat(difference).isEqualTo(new PairedBootstrap.Difference(0.5, 0.5, 0.5));
    assertThat(difference.isSignificant()).isTrue();
  }

  @Test
  void coversWhatTwoUsersCanGive() {
    // Resampled means are 0, 1/2 and 1 with chances 1/4, 1/2 and 1/4.
    var difference =
        new PairedBootstrap(2, 1000).difference(new double[] {1, 1}, new double[] {1, 0});
    assertThat(difference).isEqualTo(new PairedBootstrap.Difference(0.5, 0, 1));
    assertThat(difference.isSignificant()).isFalse();
  }

  @Test
  void agreesWithTheNormalIntervalForManyUsers() {
    int users = 2000;
    Random random = new Random(9);
    double[] first = random.doubles(users).toArray();
    double[] second = new double[users];
    double sum = 0;
    double squares = 0;
    for (int user = 0; user < users; user++) {
      double gain = 0.05 + 0.5 * random.nextGaussian();
      second[user] = first[user] - gain;
      sum += gain;
      squares += gain * gain;
    }
    double mean = sum / users;
    double error = Math.sqrt((squares / users - mean * mean) / users);

    var difference = new PairedBootstrap(3, 4000).difference(first, second);

    assertThat(difference.mean()).isCloseTo(mean, within(1e-12));
    // A percentile of 4000 normal draws has a standard error of about 4 % of theirs.
    assertThat(difference.low()).isCloseTo(mean - 1.96 * error, within(0.2 * error));
    assertThat(difference.high()).isCloseTo(mean + 1.96 * error, within(0.2 * error));
  }

  @Test
  void dependsOnTheSeedOnly() {
    double[] first = new Random(1).doubles(50).toArray();
    double[] second = new Random(2).doubles(50).toArray();
    var once = new PairedBootstrap(4, 200).difference(first, second);
    assertThat(new PairedBootstrap(4, 200).difference(first, second)).isEqualTo(once);
    assertThat(new PairedBootstrap(5, 200).difference(first, second)).isNotEqualTo(once);
  }

  @Test
  void comparesModelsOnTheSameUsers() {
    RankingMetrics first = new RankingMetrics(RankingProtocol.full());
    RankingMetrics second = new RankingMetrics(RankingProtocol.full());
    first.add(3, new TargetRank(0, 1));
    first.add(1, new TargetRank(0, 1));
    second.add(1, new TargetRank(1, 1));
    PairedBootstrap bootstrap = new PairedBootstrap(6, 100);
    assertThatThrownBy(() -> bootstrap.difference(first, second, "mrr"))
        .isInstanceOf(GenRecException.class)
        .hasMessageContaining("[GR/DifferentUsers]")
        .hasMessageContaining("2 users");

    second.add(3, new TargetRank(1, 1));
    assertThat(bootstrap.difference(first, second, "mrr"))
        .isEqualTo(new PairedBootstrap.Difference(0.5, 0.5, 0.5));
  }

  @Test
  void refusesWhatCannotBePaired() {
    PairedBootstrap bootstrap = new PairedBootstrap(7, 100);
    assertThatThrownBy(() -> bootstrap.difference(new double[2], new double[3]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("2 and 3");
    assertThatThrownBy(() -> bootstrap.difference(new double[0], new double[0]))
        .isInstanceOf(GenRecException.class)
        .hasMessageContaining("[GR/NoUsers]");
    assertThatThrownBy(() -> new PairedBootstrap(7, 99))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("resamples must be at least 100 but is 99");
  }
}
