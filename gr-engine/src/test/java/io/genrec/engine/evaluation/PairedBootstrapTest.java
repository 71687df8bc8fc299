package io.genrec.engine.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.genrec.api.GenRecException;
import java.util.List;
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
  void aUserCountsWithTheMeanOverRuns() {
    // User 0 is first or second, user 1 always first: over both runs 3/4 and 1 of 1 / rank.
    List<RankingMetrics> runs = List.of(metrics(0, 0), metrics(1, 0));
    List<RankingMetrics> other = List.of(metrics(3, 1));
    PairedBootstrap bootstrap = new PairedBootstrap(8, 500);

    assertThat(bootstrap.difference(runs, other, "mrr"))
        .isEqualTo(bootstrap.difference(new double[] {0.75, 1}, new double[] {0.25, 0.5}))
        .isEqualTo(new PairedBootstrap.Difference(0.5, 0.5, 0.5));
    assertThat(bootstrap.difference(runs, List.of(metrics(0, 3), metrics(0, 0)), "mrr"))
        .isEqualTo(bootstrap.difference(new double[] {0.75, 1}, new double[] {1, 0.625}));
  }

  /** Users 0, 1, ... with so many items above their targets. */
  private static RankingMetrics metrics(int... above) {
    RankingMetrics metrics = new RankingMetrics(RankingProtocol.full());
    for (int user = 0; user < above.length; user++) {
      metrics.add(user, new TargetRank(above[user], 1));
    }
    return metrics;
  }

  @Test
  void refusesWhatCannotBePaired() {
    PairedBootstrap bootstrap = new PairedBootstrap(7, 100);
    assertThatThrownBy(
            () ->
                bootstrap.difference(
                    List.of(metrics(0), metrics(0, 1)), List.of(metrics(0)), "mrr"))
        .isInstanceOf(GenRecException.class)
        .hasMessageContaining("[GR/DifferentUsers]");
    assertThatThrownBy(() -> bootstrap.difference(List.of(), List.of(metrics(0)), "mrr"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("at least one run");
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
