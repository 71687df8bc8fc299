package io.genrec.cli;

import java.io.InputStream;
import java.io.PrintStream;

/**
 * Where a command reads and writes.
 *
 * @param out results
 * @param err progress and errors
 * @param in events, if a command is told to read them here
 * @param interactive whether somebody watches standard error, so that progress bars make sense
 */
record Terminal(PrintStream out, PrintStream err, InputStream in, boolean interactive) {
  /** The process's own; the launcher says whether standard error is a terminal. */
  static Terminal ofProcess() {
    return new Terminal(System.out, System.err, System.in, Boolean.getBoolean("genrec.terminal"));
  }
}
