package io.genrec.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.genrec.testkit.SmallLoss.Fault;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Each fault of a loss fails the rule that is about it. */
class LossRulesTest {
  static Stream<Arguments> faults() {
    return Stream.of(
        Arguments.of(Fault.NONE, Set.of()),
        // A mean is no sum of weighted losses in either way.
        Arguments.of(Fault.TAKES_THE_MEAN, Set.of(1, 3)),
        Arguments.of(Fault.COMPARES_SEQUENCES, Set.of(1, 3)),
        // What padding adds is not weighted.
        Arguments.of(Fault.READS_PADDING, Set.of(2, 3)),
        Arguments.of(Fault.SQUARES_WEIGHTS, Set.of(3)),
        Arguments.of(Fault.STOPS_GRADIENT, Set.of(4)),
        Arguments.of(Fault.OVERFLOWS, Set.of(5)),
        Arguments.of(Fault.READS_POSITIONS, Set.of(6)),
        Arguments.of(Fault.COUNTS_COLLISIONS, Set.of(7)),
        Arguments.of(Fault.HIDES_ITS_NEGATIVES, Set.of(8)),
        Arguments.of(Fault.ASKS_FOR_NEGATIVES, Set.of(8)),
        Arguments.of(Fault.HIDES_THE_WHOLE_TABLE, Set.of(8)),
        Arguments.of(Fault.COUNTS_GRAPHS, Set.of(9)),
        Arguments.of(Fault.NEEDS_ANOTHER_KERNEL, Set.of(9)));
  }

  @ParameterizedTest(name = "{0} fails {1}")
  @MethodSource("faults")
  void aFaultFailsItsRule(Fault fault, Set<Integer> rules) {
    assertThat(failures(SmallLoss.subject(fault))).isEqualTo(rules);
  }

  static Stream<Arguments> faultsOfRanking() {
    return Stream.of(
        Arguments.of(SmallRankingLoss.Fault.NONE, Set.of()),
        Arguments.of(SmallRankingLoss.Fault.TAKES_THE_MEAN, Set.of(1, 3)),
        // What padding adds is not weighted, and it is made of the sequence's first token.
        Arguments.of(SmallRankingLoss.Fault.READS_PADDING, Set.of(2, 3, 6)),
        Arguments.of(SmallRankingLoss.Fault.READS_UNKNOWN_TRUTHS, Set.of(2)),
        Arguments.of(SmallRankingLoss.Fault.SQUARES_WEIGHTS, Set.of(3)),
        Arguments.of(SmallRankingLoss.Fault.STOPS_GRADIENT, Set.of(4)),
        Arguments.of(SmallRankingLoss.Fault.OVERFLOWS, Set.of(5)),
        Arguments.of(SmallRankingLoss.Fault.READS_POSITIONS, Set.of(3, 6)),
        Arguments.of(SmallRankingLoss.Fault.ASKS_FOR_NEGATIVES, Set.of(8)),
        Arguments.of(SmallRankingLoss.Fault.LEAVES_A_LABEL_OUT, Set.of(8)));
  }

  @ParameterizedTest(name = "{0} fails {1}")
  @MethodSource("faultsOfRanking")
  void aFaultOfARankingLossFailsItsRule(SmallRankingLoss.Fault fault, Set<Integer> rules) {
    assertThat(failures(SmallRankingLoss.subject(fault))).isEqualTo(rules);
  }

  @Test
  void countingCollisionsMayBeDeclared() {
    LossContract.Subject subject = SmallLoss.subject(Fault.COUNTS_COLLISIONS).countingCollisions();
    assertThat(failures(subject)).isEmpty();
  }

  private static Set<Integer> failures(LossContract.Subject subject) {
    try (LossBench bench = new LossBench(subject)) {
      return Failures.of(LossRules.ALL, bench);
    }
  }
}
