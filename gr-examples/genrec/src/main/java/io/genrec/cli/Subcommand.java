package io.genrec.cli;

import io.genrec.api.GenRecException;
import io.genrec.api.config.StrictConfig;
import java.util.concurrent.Callable;
import picocli.CommandLine.Option;

/** What all commands share: their general options, and where their answer goes. */
abstract class Subcommand implements Callable<Integer> {
  /** The option that asks for an answer to a program. */
  static final String JSON = "--json";

  private final Terminal terminal;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help and exit.")
  private boolean help;

  @Option(
      names = JSON,
      description =
          "Print exactly one JSON object on standard output; everything else goes to standard"
              + " error.")
  private boolean json;

  @Option(names = "--debug", description = "Show stack traces of errors.")
  private boolean debug;

  Subcommand(Terminal terminal) {
    this.terminal = terminal;
  }

  /** Does the work. */
  abstract Answer run(Reporter reporter) throws Exception;

  @Override
  public final Integer call() throws Exception {
    Answer answer = answer(new Reporter(terminal));
    if (json) {
      terminal.out().println(StrictConfig.toJson(answer.json()));
    } else {
      answer.lines().forEach(terminal.out()::println);
    }
    terminal.out().flush();
    return answer.status();
  }

  private Answer answer(Reporter reporter) throws Exception {
    try (reporter) {
      return run(reporter);
    } catch (OutOfMemoryError e) {
      throw new GenRecException(
          "OutOfMemory",
          "the Java heap is full ("
              + e.getMessage()
              + "); give it more with the environment variable GENREC_HEAP, for example"
              + " GENREC_HEAP=6g",
          e);
    } catch (LinkageError e) {
      throw new GenRecException(
          "BrokenInstallation",
          "a library cannot be used: " + e + "; run \"genrec doctor\" to see what is wrong",
          e);
    }
  }

  final Terminal terminal() {
    return terminal;
  }

  final boolean json() {
    return json;
  }

  final boolean debug() {
    return debug;
  }
}
