package io.genrec.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.genrec.api.sequence.Schema;
import io.genrec.testkit.EncoderContract.Subject;
import io.genrec.testkit.SmallEncoder.Fault;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Each fault of an encoder fails the rule that is about it, and no other. */
class EncoderRulesTest {
  private static final String EXTENDABLE = "\"cacheScope\": \"extendable\"";
  private static final String ALL_BUT_LAST = "\"cacheScope\": \"all-but-last\"";
  private static final String WITHIN_REQUEST = "\"cacheScope\": \"within-request\"";
  private static final String BIDIRECTIONAL = "\"causality\": \"bidirectional\"";
  private static final String TARGETS_ONLY = "\"causality\": \"targets-only\"";
  private static final String GELU = "\"gelu\": true";

  static Stream<Arguments> faults() {
    return Stream.of(
        of(Fault.LOOKS_AHEAD, Set.of(1)),
        of(Fault.IS_BIDIRECTIONAL, Set.of(1)),
        of(Fault.CANDIDATES_CHANGE_HISTORY, Set.of(1), TARGETS_ONLY),
        of(Fault.CONTEXT_SEES_EVENTS, Set.of(1)),
        of(Fault.READS_PADDING, Set.of(2), BIDIRECTIONAL),
        of(Fault.READS_PADDED_LENGTH, Set.of(2)),
        of(Fault.READS_OTHER_ROWS, Set.of(3)),
        of(Fault.DIVIDES_BY_LENGTH, Set.of(4)),
        of(Fault.READS_RAW_TIMES, Set.of(4)),
        of(Fault.CLAIMS_MORE_POSITIONS, Set.of(4)),
        of(Fault.CLAIMS_FEWER_POSITIONS, Set.of(4)),
        of(Fault.STOPS_GRADIENT, Set.of(5)),
        of(Fault.NEVER_READS_A_PARAMETER, Set.of(6)),
        of(Fault.CANCELS_A_PARAMETER, Set.of(6)),
        // A bundle does not find again what has another name after a restart.
        of(Fault.RENAMES, Set.of(7, 8)),
        of(Fault.REORDERS, Set.of(7)),
        of(Fault.DRAWS_ITS_OWN_VALUES, Set.of(7)),
        of(Fault.HIDES_A_CONSTANT, Set.of(8)),
        of(Fault.NEEDS_ANOTHER_KERNEL, Set.of(9)),
        of(Fault.CACHES_REQUEST_TIME, Set.of(10), EXTENDABLE),
        of(Fault.CACHES_REQUEST_TIME, Set.of(10), ALL_BUT_LAST),
        of(Fault.CACHES_REQUEST_TIME, Set.of(10), EXTENDABLE, TARGETS_ONLY),
        of(Fault.CACHES_DISTANCE_FROM_END, Set.of(10), EXTENDABLE),
        of(Fault.CACHES_DISTANCE_FROM_END, Set.of(10), ALL_BUT_LAST),
        of(Fault.CACHES_LAST_PREDICTION_TIME, Set.of(10), EXTENDABLE),
        of(Fault.CACHES_WITHOUT_BLOCKS, Set.of(10), WITHIN_REQUEST),
        of(Fault.SEES_OTHER_CANDIDATES, Set.of(11)),
        of(Fault.SEES_ORDER_OF_CANDIDATES, Set.of(11)),
        of(Fault.GIVES_ONE_DIRECTION, Set.of(12)),
        of(Fault.SHARES_STATE, Set.of(13)),
        // The graph of a bundle that was opened is another one, too.
        of(Fault.COUNTS_GRAPHS, Set.of(8, 13)));
  }

  private static Arguments of(Fault fault, Set<Integer> rules, String... options) {
    return Arguments.of(fault, rules, SmallEncoder.subject(fault, options));
  }

  @ParameterizedTest(name = "{0} fails {1}")
  @MethodSource("faults")
  void aFaultFailsItsRule(Fault fault, Set<Integer> rules, Subject subject) {
    assertThat(failures(subject)).isEqualTo(rules);
  }

  /** Whatever is declared, as long as it is true, and no more than is true. */
  static Stream<Subject> correct() {
    Schema.Feature colour = new Schema.Feature("colour", 4, 6);
    String features = "\"inputFeatures\": [\"colour\"]";
    return Stream.of(
        SmallEncoder.subject(Fault.NONE),
        SmallEncoder.subject(Fault.NONE, WITHIN_REQUEST),
        SmallEncoder.subject(Fault.NONE, ALL_BUT_LAST),
        SmallEncoder.subject(Fault.NONE, BIDIRECTIONAL),
        SmallEncoder.subject(Fault.NONE, TARGETS_ONLY, ALL_BUT_LAST),
        SmallEncoder.subject(Fault.IS_BIDIRECTIONAL, TARGETS_ONLY),
        SmallEncoder.subject(Fault.LOOKS_AHEAD, BIDIRECTIONAL).withoutCandidates(),
        SmallEncoder.subject(Fault.CONTEXT_SEES_EVENTS, TARGETS_ONLY),
        SmallEncoder.subject(Fault.SEES_OTHER_CANDIDATES, "\"independentCandidates\": false"),
        SmallEncoder.subject(Fault.NONE, EXTENDABLE).withoutCandidates(),
        SmallEncoder.subject(Fault.NONE, EXTENDABLE, features).features(colour),
        SmallEncoder.subject(Fault.NONE, EXTENDABLE, GELU).only32Bits("GELU's Erf"),
        SmallEncoder.subject(Fault.CACHES_REQUEST_TIME, WITHIN_REQUEST),
        SmallEncoder.subject(Fault.CACHES_DISTANCE_FROM_END, WITHIN_REQUEST),
        SmallEncoder.subject(Fault.CACHES_LAST_PREDICTION_TIME, ALL_BUT_LAST));
  }

  @ParameterizedTest
  @MethodSource("correct")
  void whatIsTrueMayBeDeclared(Subject subject) {
    assertThat(failures(subject)).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("in32Bits")
  void faultsShowIn32BitsToo(Fault fault, int rule, String option) {
    Subject subject = SmallEncoder.subject(fault, GELU, option).only32Bits("GELU's Erf");
    assertThat(failures(subject)).containsExactly(rule);
  }

  static Stream<Arguments> in32Bits() {
    return Stream.of(
        Arguments.of(Fault.LOOKS_AHEAD, 1, "\"causality\": \"causal\""),
        Arguments.of(Fault.STOPS_GRADIENT, 5, WITHIN_REQUEST),
        Arguments.of(Fault.CACHES_REQUEST_TIME, 10, EXTENDABLE));
  }

  @Test
  void thatThereAreNo64BitKernelsIsChecked() {
    Subject subject = SmallEncoder.subject(Fault.NONE).only32Bits("no reason");
    assertThat(failures(subject)).containsExactly(9);
  }

  @Test
  void anUndeclaredParameterIsNamed() {
    try (EncoderBench bench =
        new EncoderBench(SmallEncoder.subject(Fault.READS_AN_UNDECLARED_PARAMETER))) {
      org.assertj.core.api.Assertions.assertThatThrownBy(() -> new NamesRule().verify(bench))
          .hasMessageContaining("rule 7: ")
          .hasMessageContaining("\"small/other\"");
    }
  }

  private static Set<Integer> failures(Subject subject) {
    try (EncoderBench bench = new EncoderBench(subject)) {
      return Failures.of(EncoderContract.RULES, bench);
    }
  }
}
