package io.genrec.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.genrec.testkit.SmallSampler.Fault;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Each fault of a sampler fails the rule that is about it. */
class SamplerRulesTest {
  static Stream<Arguments> faults() {
    return Stream.of(
        Arguments.of(Fault.NONE, Set.of()),
        // Its own randomness is nobody's series: not that of a seed, nor of a thread.
        Arguments.of(Fault.DRAWS_BY_ITSELF, Set.of(1, 8)),
        Arguments.of(Fault.IGNORES_THE_SEED, Set.of(1, 5)),
        Arguments.of(Fault.DRAWS_NONE_AT_TIMES, Set.of(2)),
        Arguments.of(Fault.DRAWS_WHAT_HAS_NO_CHANCE, Set.of(2, 5)),
        Arguments.of(Fault.DOUBLES_THE_COUNT, Set.of(3)),
        Arguments.of(Fault.SHARES_OTHERWISE, Set.of(3)),
        // The sum of one row, too.
        Arguments.of(Fault.ADDS_UP_TO_MORE, Set.of(4, 6)),
        Arguments.of(Fault.GIVES_ROW_0_A_CHANCE, Set.of(4)),
        Arguments.of(Fault.PREFERS_LOW_ROWS, Set.of(5)),
        Arguments.of(Fault.BREAKS_ON_ONE_ROW, Set.of(6)),
        Arguments.of(Fault.INVENTS_A_ROW, Set.of(7)),
        Arguments.of(Fault.COUNTS_DRAWS, Set.of(8)),
        Arguments.of(Fault.FILLS_BY_ITSELF, Set.of(1, 8)),
        // The only row of a vocabulary, too.
        Arguments.of(Fault.LEAVES_ONE_OUT, Set.of(2, 6)),
        Arguments.of(Fault.FILLS_WITH_LOW_ROWS, Set.of(5)));
  }

  @ParameterizedTest(name = "{0} fails {1}")
  @MethodSource("faults")
  void aFaultFailsItsRule(Fault fault, Set<Integer> rules) {
    SamplerBench bench = new SamplerBench(SmallSampler.subject(fault));
    assertThat(Failures.of(SamplerRules.ALL, bench)).isEqualTo(rules);
  }
}
