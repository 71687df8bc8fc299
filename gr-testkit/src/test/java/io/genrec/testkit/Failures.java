package io.genrec.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.opentest4j.TestAbortedException;

/** Checks all rules of a contract, whatever fails. */
final class Failures {
  private Failures() {}

  /** The numbers of the rules that fail; each message begins with its rule's title. */
  static <B> Set<Integer> of(List<? extends Rule<B>> rules, B bench) {
    Set<Integer> failures = new TreeSet<>();
    for (int number = 1; number <= rules.size(); number++) {
      Rule<B> rule = rules.get(number - 1);
      assertThat(rule.title()).startsWith("rule " + number + ": ");
      try {
        rule.verify(bench);
      } catch (TestAbortedException e) {
        assertThat(e).hasMessageStartingWith(rule.title() + ": nothing to check: ");
      } catch (AssertionError e) {
        assertThat(e).hasMessageStartingWith(rule.title() + ": ");
        failures.add(number);
      }
    }
    return failures;
  }
}
