package io.genrec.falcon;

import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;

/**
 * Work with files that an interrupt does not cut short. Java closes a channel under a thread that
 * is interrupted, before its work or in the middle, which says nothing of the file: the work is
 * done again, and the thread is interrupted when it has ended.
 */
final class Uninterrupted {
  private Uninterrupted() {}

  /** Work that opens its channels itself, so that it can be done again. */
  @FunctionalInterface
  interface Work<T> {
    T run() throws IOException;
  }

  static <T> T run(Work<T> work) throws IOException {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return work.run();
        } catch (ClosedByInterruptException e) {
          interrupted |= Thread.interrupted();
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
