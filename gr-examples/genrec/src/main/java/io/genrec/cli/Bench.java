package io.genrec.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code genrec bench}: measurements, each a command of its own. */
@Command(
    name = "bench",
    header = "Measure how fast this machine trains and scores.",
    synopsisSubcommandLabel = "MEASUREMENT",
    sortOptions = false,
    footer = {
      "",
      "Examples:",
      "  genrec bench train",
      "  genrec bench train --length 50 --layers 8 --json",
      "  genrec bench rank --history 200,1000 --candidates 1024",
      "  genrec bench replay runs/kuairand --data data/kuairand --cache-bytes 256000000",
      "  genrec bench encoders --lengths 256,1024 --png encoders.png"
    })
final class Bench {
  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help and exit.")
  private boolean help;
}
