package io.genrec.engine.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.genrec.api.GenRecException;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RankingMetricsTest {
  private static final RankingProtocol PROTOCOL = new RankingProtocol(List.of(1, 2), null);

  private static RankingMetrics three() {
    RankingMetrics metrics = new RankingMetrics(PROTOCOL);
    metrics.add(7, new TargetRank(0, 1));
    metrics.add(2, new TargetRank(1, 1));
    metrics.add(5, new TargetRank(0, 4));
    return metrics;
  }

  @Test
  void keepsValuesByUser() {
    assertThat(three().size()).isEqualTo(3);
    assertThat(three().users()).containsExactly(2, 5, 7);
    assertThat(three().ranks())
        .containsExactly(new TargetRank(1, 1), new TargetRank(0, 4), new TargetRank(0, 1));
    assertThat(three().perUser("hr@1")).containsExactly(0, 0.25, 1);
    assertThat(three().perUser("hr@2")).containsExactly(1, 0.5, 1);
    // (1 + 1/2 + 1/3 + 1/4) / 4 = 25/48
    assertThat(three().perUser("mrr"))
        .containsExactly(new double[] {0.5, 25 / 48.0, 1}, within(1e-15));
  }

  @Test
  void givesMeansOfAllMetrics() {
    double second = 1 / 1.584962500721156;
    assertThat(three().means().keySet()).containsExactly("hr@1", "hr@2", "ndcg@1", "ndcg@2", "mrr");
    assertThat(three().mean("hr@1")).isCloseTo(1.25 / 3, within(1e-15));
    assertThat(three().mean("hr@2")).isCloseTo(2.5 / 3, within(1e-15));
    assertThat(three().mean("ndcg@1")).isCloseTo(1.25 / 3, within(1e-15));
    assertThat(three().mean("ndcg@2"))
        .isCloseTo((second + (1 + second) / 4 + 1) / 3, within(1e-15));
    assertThat(three().mean("mrr")).isCloseTo((0.5 + 25 / 48.0 + 1) / 3, within(1e-15));
  }

  @Test
  void cutsOffWhereTheProtocolSays() {
    RankingMetrics metrics = new RankingMetrics(RankingProtocol.published());
    metrics.add(0, TargetRank.ABSENT);
    metrics.add(1, new TargetRank(2599, 1));
    assertThat(metrics.perUser("mrr")).containsExactly(1 / 2501.0, 1 / 2501.0);
    assertThat(metrics.mean("hr@1000")).isZero();

    RankingMetrics full = new RankingMetrics(RankingProtocol.full());
    full.add(0, TargetRank.ABSENT);
    full.add(1, new TargetRank(2599, 1));
    assertThat(full.perUser("mrr")).containsExactly(new double[] {0, 1 / 2600.0}, within(1e-18));
  }

  @Test
  void hasTheSameBitsHoweverItIsPutTogether() {
    Random random = new Random(3);
    List<TargetRank> ranks =
        random
            .ints(500, 0, 300)
            .mapToObj(above -> new TargetRank(above, 1 + random.nextInt(20)))
            .toList();
    RankingMetrics whole = new RankingMetrics(RankingProtocol.full());
    IntStream.range(0, 500).forEach(user -> whole.add(user, ranks.get(user)));
    RankingMetrics even = new RankingMetrics(RankingProtocol.full());
    RankingMetrics odd = new RankingMetrics(RankingProtocol.full());
    IntStream.range(0, 500)
        .map(i -> 499 - i)
        .forEach(user -> (user % 2 == 0 ? even : odd).add(user, ranks.get(user)));
    odd.merge(even);

    assertThat(odd.means()).isEqualTo(whole.means());
    assertThat(odd.perUser("ndcg@20")).isEqualTo(whole.perUser("ndcg@20"));
    assertThat(whole.subset((user, rank) -> user % 2 == 0).means()).isEqualTo(even.means());
  }

  @Test
  void showsSubsets() {
    RankingMetrics untied = three().subset((user, rank) -> !rank.isTied());
    assertThat(untied.users()).containsExactly(2, 7);
    assertThat(untied.mean("hr@1")).isEqualTo(0.5);
    assertThat(three().subset((user, rank) -> user == 5).users()).containsExactly(5);
  }

  @Test
  void refusesAUserTwice() {
    RankingMetrics metrics = three();
    assertThatThrownBy(() -> metrics.add(5, TargetRank.ABSENT))
        .isInstanceOf(GenRecException.class)
        .hasMessageContaining("[GR/DuplicateUser] user 5");
    assertThatThrownBy(() -> metrics.merge(three()))
        .isInstanceOf(GenRecException.class)
        .hasMessageContaining("[GR/DuplicateUser] user 2");
  }

  @Test
  void refusesToMergeDifferentMeasures() {
    assertThatThrownBy(() -> three().merge(new RankingMetrics(RankingProtocol.full())))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("cannot merge");
  }

  @Test
  void refusesUnknownMetrics() {
    assertThatThrownBy(() -> three().mean("hr@3"))
        .isInstanceOf(GenRecException.class)
        .hasMessageContaining("[GR/UnknownMetric] metric \"hr@3\"")
        .hasMessageContaining("known: hr@1, hr@2, mrr, ndcg@1, ndcg@2")
        .hasMessageContaining("did you mean \"hr@1\"?");
  }

  @Test
  void hasNoMeanOfNobody() {
    RankingMetrics nobody = three().subset((user, rank) -> false);
    assertThat(nobody.size()).isZero();
    assertThatThrownBy(() -> nobody.mean("mrr"))
        .isInstanceOf(GenRecException.class)
        .hasMessageContaining("[GR/NoUsers]")
        .hasMessageContaining("mrr");
  }

  @Test
  void refusesImpossibleProtocols() {
    assertThatThrownBy(() -> new RankingProtocol(List.of(), null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("k must");
    assertThatThrownBy(() -> new RankingProtocol(List.of(0, 1), null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("k must ascend from at least 1 but is [0, 1]");
    assertThatThrownBy(() -> new RankingProtocol(List.of(10, 5), null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("[10, 5]");
    assertThatThrownBy(() -> new RankingProtocol(List.of(10, 50), 20))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("cutoff must be at least the largest k, 50, but is 20");
  }
}
