package io.genrec.testkit;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/**
 * Rules that share one bench: it is made for the first of them and closed after the last.
 *
 * @param <B> what the rules are checked on
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@Execution(ExecutionMode.SAME_THREAD)
abstract class Contract<B extends AutoCloseable> {
  private final List<Rule<B>> rules;
  private @Nullable B bench;

  Contract(List<Rule<B>> rules) {
    this.rules = rules;
  }

  /** Makes the bench of the subject. */
  abstract B bench();

  /** Checks a rule by its number, from 1. */
  final void verify(int number) {
    if (bench == null) {
      bench = bench();
    }
    rules.get(number - 1).verify(bench);
  }

  @AfterAll
  final void close() throws Exception {
    if (bench != null) {
      bench.close();
      bench = null;
    }
  }
}
