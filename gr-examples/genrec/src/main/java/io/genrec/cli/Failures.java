package io.genrec.cli;

import io.genrec.api.GenRecException;
import io.genrec.api.config.StrictConfig;
import io.genrec.api.graph.ShapeException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.ParseResult;

/** Turns what a command threw into one message and the exit status 1. */
record Failures(Terminal terminal) implements IExecutionExceptionHandler {
  static final int STATUS = 1;

  @Override
  public int handleExecutionException(Exception e, CommandLine line, ParseResult result) {
    boolean json = line.getCommand() instanceof Subcommand command && command.json();
    print(terminal, named(e), json);
    boolean debug = line.getCommand() instanceof Subcommand command && command.debug();
    if (debug) {
      e.printStackTrace(terminal.err());
    }
    return STATUS;
  }

  /**
   * Tells people what went wrong on standard error, and programs on standard output.
   *
   * @param json whether a program asks
   */
  static void print(Terminal terminal, GenRecException failure, boolean json) {
    terminal.err().println(failure.getMessage());
    if (json) {
      Map<String, Object> error = new LinkedHashMap<>();
      error.put("id", failure.id());
      error.put("message", text(failure));
      terminal.out().println(StrictConfig.toJson(Map.of("error", error)));
    }
  }

  private static String text(GenRecException failure) {
    return String.valueOf(failure.getMessage())
        .substring("[GR/] ".length() + failure.id().length());
  }

  /** What nobody expected is an error of this program, and is said to be one. */
  private static GenRecException named(Exception e) {
    if (e instanceof GenRecException failure) {
      return failure;
    }
    if (e instanceof UncheckedIOException || e instanceof IOException) {
      return new GenRecException(
          "InputOutput", "cannot read or write: " + (e.getCause() == null ? e : e.getCause()), e);
    }
    if (e instanceof ShapeException) {
      return new GenRecException(
          "ShapeMismatch",
          "a graph cannot be built, which is an error in the code of the encoder, loss or task, not in"
              + " the data: "
              + e.getMessage(),
          e);
    }
    return new GenRecException(
        "Internal",
        "this should not have happened: "
            + e
            + "; add --debug to see where, and please report it with the command that you ran",
        e);
  }
}
