package io.genrec.cli;

import java.util.Optional;
import java.util.concurrent.TimeUnit;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/**
 * Tells on standard error how far a command is: a progress bar if somebody watches, otherwise plain
 * lines, not too many of them. One task at a time.
 */
final class Reporter implements AutoCloseable {
  private static final long QUIET_NANOS = TimeUnit.SECONDS.toNanos(15);
  private static final int WIDTH = 100;
  private static final int REFRESH_MILLIS = 200;

  private final Terminal terminal;
  private Optional<ProgressBar> bar = Optional.empty();
  private String task = "";
  private long total;
  private long spoke;

  Reporter(Terminal terminal) {
    this.terminal = terminal;
  }

  /** Prints a line, ending the task. */
  void say(String line) {
    close();
    terminal.err().println(line);
  }

  /** Begins a task, ending the one before. */
  void begin(String name, long steps) {
    close();
    task = name;
    total = steps;
    spoke = System.nanoTime();
    if (terminal.interactive()) {
      bar =
          Optional.of(
              new ProgressBarBuilder()
                  .setTaskName(name)
                  .setInitialMax(steps)
                  .setStyle(ProgressBarStyle.ASCII)
                  .setUpdateIntervalMillis(REFRESH_MILLIS)
                  .setConsumer(new ConsoleProgressBarConsumer(terminal.err(), WIDTH))
                  .clearDisplayOnFinish()
                  .build());
    }
  }

  /** How many steps of the task are done, where their number may have become known late. */
  void steps(long done, long steps, String note) {
    total = steps;
    bar.ifPresent(shown -> shown.maxHint(steps));
    done(done, note);
  }

  /** How many steps of the task are done, and a few words on it. */
  void done(long steps, String note) {
    bar.ifPresent(shown -> shown.setExtraMessage(" " + note).stepTo(steps));
    if (bar.isEmpty() && System.nanoTime() - spoke > QUIET_NANOS) {
      spoke = System.nanoTime();
      terminal
          .err()
          .println(
              task + ": " + steps + " of " + total + (note.isEmpty() ? "" : " (" + note + ")"));
    }
  }

  /** Ends the task. */
  @Override
  public void close() {
    bar.ifPresent(ProgressBar::close);
    bar = Optional.empty();
  }
}
