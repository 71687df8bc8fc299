package io.genrec.cli;

import java.io.PrintWriter;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Option;

/** The command above all others; it does nothing by itself. */
@Command(
    name = "genrec",
    header = "Generative recommenders: train, transfer, evaluate and serve.",
    versionProvider = Versions.class,
    synopsisSubcommandLabel = "COMMAND",
    sortOptions = false,
    footer = {
      "",
      "Examples:",
      "  genrec quickstart",
      "  genrec prepare ml-1m ~/Downloads/ml-1m.zip --out data/ml-1m",
      "  genrec train configs/ml-1m-hstu.json --data data/ml-1m --out runs/ml-1m",
      "  genrec recommend runs/ml-1m --data data/ml-1m --user 42",
      "",
      "Each command explains itself: genrec COMMAND --help",
      "Exit status: 0 done, 1 error, 2 command line not understood."
    })
final class GenRec {
  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help and exit.")
  private boolean help;

  @Option(
      names = {"-V", "--version"},
      versionHelp = true,
      description = "Show the version and exit.")
  private boolean version;

  private static final int WIDTH = 100;

  private GenRec() {}

  /** Runs a command line and gives its exit status. */
  static int run(Terminal terminal, String... args) {
    return commandLine(terminal).execute(args);
  }

  static CommandLine commandLine(Terminal terminal) {
    CommandLine line = new CommandLine(new GenRec());
    List.of(
            new Quickstart(terminal),
            new Prepare(terminal),
            new Train(terminal),
            new Prequential(terminal),
            new Evaluate(terminal),
            new Recommend(terminal),
            new Rank(terminal),
            new Plan(terminal),
            new Export(terminal),
            new Experiment(terminal),
            new Pretrain(terminal),
            new TransferCommand(terminal),
            new Scaling(terminal),
            new Reproduce(terminal),
            new Doctor(terminal))
        .forEach(line::addSubcommand);
    line.addSubcommand(
        new CommandLine(new Bench())
            .addSubcommand(new BenchTrain(terminal))
            .addSubcommand(new BenchRank(terminal))
            .addSubcommand(new BenchReplay(terminal))
            .addSubcommand(new BenchEncoders(terminal)));
    PrintWriter out = new PrintWriter(terminal.out(), true);
    PrintWriter err = new PrintWriter(terminal.err(), true);
    return line.setOut(out)
        .setErr(err)
        .setColorScheme(
            CommandLine.Help.defaultColorScheme(terminal.interactive() ? Ansi.AUTO : Ansi.OFF))
        .setUsageHelpWidth(WIDTH)
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setExecutionExceptionHandler(new Failures(terminal))
        .setParameterExceptionHandler(new Misunderstandings(terminal));
  }
}
