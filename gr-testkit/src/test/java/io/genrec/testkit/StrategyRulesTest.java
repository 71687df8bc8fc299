package io.genrec.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.genrec.testkit.SmallStrategy.Fault;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Each fault of a strategy fails the rule that is about it. */
class StrategyRulesTest {
  static Stream<Arguments> faults() {
    return Stream.of(
        Arguments.of(Fault.NONE, Set.of()),
        Arguments.of(Fault.KEEPS_NOTHING, Set.of()),
        // It does not see that the last event's item is none, either.
        Arguments.of(Fault.SKIPS_THE_LAST_EVENT, Set.of(1, 7)),
        // The truth has one candidate.
        Arguments.of(Fault.COUNTS_CANDIDATES, Set.of(1, 2)),
        Arguments.of(Fault.GIVES_ONE_SCORE_TOO_FEW, Set.of(1)),
        // An old answer tells an old use of the cache, and is no failure.
        Arguments.of(Fault.ANSWERS_FROM_AN_EARLIER_REQUEST, Set.of(3, 6, 7, 9)),
        // Groups and threads make one user ask more than once, too.
        Arguments.of(Fault.KEEPS_THE_REQUEST_TIME, Set.of(3, 4, 9)),
        Arguments.of(Fault.TAKES_ONE_TIME_FOR_ALL, Set.of(4)),
        Arguments.of(Fault.ANSWERS_IN_REVERSE, Set.of(4)),
        Arguments.of(Fault.FORGETS_NOBODY, Set.of(5)),
        Arguments.of(Fault.FORGETS_ALL, Set.of(5)),
        Arguments.of(Fault.COUNTS_TWICE, Set.of(6)),
        Arguments.of(Fault.KEEPS_WITHOUT_A_USER, Set.of(6)),
        Arguments.of(Fault.IS_SPOILT_BY_A_FAILURE, Set.of(7)),
        Arguments.of(Fault.SWALLOWS_FAILURES, Set.of(7, 8)),
        Arguments.of(Fault.HIDES_WHAT_IS_NO_NUMBER, Set.of(8)),
        Arguments.of(Fault.SHARES_A_FIELD, Set.of(9)),
        Arguments.of(Fault.LEAKS, Set.of(10)),
        Arguments.of(Fault.GIVES_ZERO_VECTORS, Set.of(11)),
        Arguments.of(Fault.FINDS_NOBODY, Set.of(11)));
  }

  @ParameterizedTest(name = "{0} fails {1}")
  @MethodSource("faults")
  void aFaultFailsItsRule(Fault fault, Set<Integer> rules) {
    try (StrategyBench bench = new StrategyBench(SmallStrategy.subject(fault))) {
      assertThat(Failures.of(StrategyRules.ALL, bench)).isEqualTo(rules);
    }
  }
}
