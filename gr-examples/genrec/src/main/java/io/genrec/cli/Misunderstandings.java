package io.genrec.cli;

import io.genrec.api.GenRecException;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** Turns a command line that is not understood into one message and the exit status 2. */
record Misunderstandings(Terminal terminal) implements IParameterExceptionHandler {
  static final int STATUS = 2;

  @Override
  public int handleParseException(ParameterException e, String[] args) {
    CommandLine line = e.getCommandLine();
    CommandSpec spec = line.getCommandSpec();
    String help = "run \"" + spec.qualifiedName() + " --help\" to see how it is used";
    GenRecException failure = new GenRecException("Usage", reason(e, spec) + "; " + help);
    // Options that were understood may be lost with those that were not.
    Failures.print(terminal, failure, List.of(args).contains(Subcommand.JSON));
    return STATUS;
  }

  private static String reason(ParameterException e, CommandSpec spec) {
    // A mistyped option is why a required one is missing, so it is named first.
    List<String> unmatched =
        e instanceof UnmatchedArgumentException found
            ? found.getUnmatched()
            : e.getCommandLine().getUnmatchedArguments();
    if (!unmatched.isEmpty()) {
      String given = unmatched.get(0);
      boolean option = given.startsWith("-");
      List<String> known = new ArrayList<>(option ? options(spec) : spec.subcommands().keySet());
      String name = option ? given.replaceFirst("=.*", "") : given;
      boolean command = !option && !known.isEmpty();
      String what = option ? "option" : command ? "command" : "argument";
      return "unknown "
          + what
          + " \""
          + name
          + "\""
          + (known.isEmpty() ? "" : "; " + GenRecException.knownNames(name, known));
    }
    return String.valueOf(e.getMessage());
  }

  private static List<String> options(CommandSpec spec) {
    return spec.options().stream().map(option -> option.longestName()).toList();
  }
}
