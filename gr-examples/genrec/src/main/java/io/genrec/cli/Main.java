package io.genrec.cli;

import org.apiguardian.api.API;

/** The entry of the application. */
@API(status = API.Status.STABLE, since = "0.1")
public final class Main {
  private Main() {}

  /**
   * Runs a command and ends the process with its exit status: 0, 1 for an error, 2 for a command
   * line that is not understood.
   */
  public static void main(String[] args) {
    System.exit(GenRec.run(Terminal.ofProcess(), args));
  }
}
