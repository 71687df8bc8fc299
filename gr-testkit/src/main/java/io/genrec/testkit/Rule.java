package io.genrec.testkit;

import org.opentest4j.TestAbortedException;

/**
 * Something that every plug-in of a kind must do, and how it is checked.
 *
 * @param <B> what it is checked on
 */
interface Rule<B> {
  /** Number and statement, for example {@code rule 2: padding changes nothing}. */
  String title();

  /**
   * Fails unless it is so.
   *
   * @throws TestAbortedException if the plug-in claims nothing that this rule could check
   */
  void check(B bench);

  /** Checks it; whatever goes wrong is reported under the rule's title. */
  default void verify(B bench) {
    try {
      check(bench);
    } catch (TestAbortedException e) {
      throw new TestAbortedException(title() + ": " + e.getMessage(), e);
    } catch (AssertionError | RuntimeException e) {
      String message = e instanceof AssertionError ? String.valueOf(e.getMessage()) : e.toString();
      throw new AssertionError(title() + ": " + message, e);
    }
  }
}
