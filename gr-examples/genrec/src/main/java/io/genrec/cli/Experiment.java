package io.genrec.cli;

import io.genrec.api.GenRecException;
import io.genrec.api.config.StrictConfig;
import io.genrec.api.storage.AtomicFile;
import io.genrec.api.storage.IfExists;
import io.genrec.cli.ExperimentFile.Cell;
import io.genrec.data.Split;
import io.genrec.engine.runtime.Device;
import io.genrec.engine.wiring.Plugins;
import io.genrec.engine.wiring.Registry;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code genrec experiment}: a table of training runs, resumable. */
@Command(
    name = "experiment",
    header = "Run a table of trainings; finished cells are skipped.",
    description = {
      "Each cell (row, protocol, seed) is one training run. Its result appears as a small JSON file"
          + " in docs/results/EXPERIMENT when it is finished, all or nothing, with the ranks of all"
          + " targets beside it, and table.md there is written anew; a cell that was killed continues"
          + " from its checkpoint. Under META a row takes the number of epochs that STRICT chose for"
          + " the same seed, unless it names metaEpochs. A row that ranks impressions (protocol"
          + " impressions) can be tuned: trials at points of one grid come first, each with a result"
          + " in trials/, and the best by validation entropy is what all its seeds run. With"
          + " \"halving\" trials are short, and only the best of them train as long as a run.",
      ""
    },
    sortOptions = false,
    footer = {
      "",
      "Examples:",
      "  genrec experiment configs/experiments/ml-1m.json --list",
      "  genrec experiment configs/experiments/ml-1m.json",
      "  genrec experiment configs/experiments/ml-1m.json --only 'hstu-large-*' --max-cells 1",
      "  genrec experiment configs/experiments/kuairand.json --compare-with dcn-v2 --max-cells 0",
      "",
      "A file (paths are relative to where the command runs):",
      "  {\"name\": \"ml-1m\", \"data\": \"data/ml-1m\", \"compareWith\": \"hstu\",",
      "   \"rows\": [{\"name\": \"hstu\", \"config\": \"configs/ml-1m-hstu.json\",",
      "             \"protocols\": [\"strict\", \"meta\"], \"seeds\": [1, 2, 3], \"metaSeeds\": [1]},",
      "            {\"name\": \"hstu-no-time\", \"config\": \"configs/ml-1m-hstu.json\",",
      "             \"seeds\": [1, 2, 3], \"set\": {\"encoder/timeBias\": false}}]}"
    })
final class Experiment extends Subcommand {
  /** The name of an experiment's table among its results. */
  static final String TABLE = "table.md";

  @Parameters(index = "0", paramLabel = "FILE", description = "The experiment's file.")
  private Path file = Path.of("");

  @Option(names = "--list", description = "Show the cells and which are finished; run nothing.")
  private boolean list;

  @Option(
      names = "--only",
      paramLabel = "NAMES",
      split = ",",
      description = "Only cells or rows of these names; * is any text.")
  private List<String> only = List.of();

  @Option(names = "--max-cells", paramLabel = "N", description = "Run at most N cells.")
  private int maxCells = Integer.MAX_VALUE;

  @Option(names = "--redo", description = "Run finished cells again, too.")
  private boolean redo;

  @Option(
      names = "--compare-with",
      paramLabel = "ROW",
      description =
          "Compare all rows with this one, not with the one that the file names; their table is"
              + " table-against-ROW.md.")
  private @Nullable String compareWith;

  @Option(
      names = "--results",
      paramLabel = "DIR",
      description = "Where results go (default: ${DEFAULT-VALUE}).")
  private Path results = Path.of("docs/results");

  @Option(
      names = "--runs",
      paramLabel = "DIR",
      description = "Where runs keep models and checkpoints (default: ${DEFAULT-VALUE}).")
  private Path runs = Path.of("runs");

  @Mixin private DeviceOption device = new DeviceOption();
  @Mixin private PluginOption plugins = new PluginOption();

  Experiment(Terminal terminal) {
    super(terminal);
  }

  @Override
  Answer run(Reporter reporter) {
    Device where = device.require();
    ExperimentFile written = StrictConfig.read(file).as(ExperimentFile.class);
    ExperimentFile experiment = compareWith == null ? written : written.against(compareWith);
    ExperimentResults known = new ExperimentResults(experiment, results.resolve(experiment.name()));
    List<Cell> cells = chosen(experiment);
    // All configurations are read before the first cell runs for hours.
    cells.forEach(known::plan);
    if (list) {
      return listing(known, cells);
    }
    try (Plugins loaded = plugins.load()) {
      Registry registry = Registry.of(loaded.list());
      ExperimentRun run = new ExperimentRun(known, runs, redo, registry, where, reporter);
      String table = compareWith == null ? TABLE : "table-against-" + compareWith + ".md";
      return summary(known, table, run.cells(cells, maxCells), List.of());
    }
  }

  private List<Cell> chosen(ExperimentFile experiment) {
    List<Cell> all = experiment.cells();
    for (String name : only) {
      if (all.stream().noneMatch(cell -> matches(cell, name))) {
        List<String> known = new ArrayList<>();
        all.forEach(cell -> known.add(cell.id()));
        throw new GenRecException(
            "UnknownCell",
            "--only "
                + name
                + " is no cell or row of "
                + file
                + "; "
                + GenRecException.knownNames(name, known));
      }
    }
    return all.stream()
        .filter(cell -> only.isEmpty() || only.stream().anyMatch(name -> matches(cell, name)))
        .toList();
  }

  private static boolean matches(Cell cell, String name) {
    String pattern = ("\\Q" + name + "\\E").replace("*", "\\E.*\\Q");
    return cell.id().matches(pattern) || cell.row().name().matches(pattern);
  }

  private static Answer listing(ExperimentResults known, List<Cell> cells) {
    TextTable table = new TextTable(List.of("cell", "state"));
    List<Map<String, Object>> json = new ArrayList<>();
    for (Cell cell : cells) {
      boolean finished = known.result(cell).isPresent();
      boolean ranks = finished && Files.exists(known.ranksFile(cell));
      String without =
          ranks || cell.protocol() == Split.Protocol.IMPRESSIONS ? "" : ", without ranks";
      String state = finished ? "finished" + without : "to do";
      table.add(List.of(cell.id(), state));
      json.add(Map.of("cell", cell.id(), "finished", finished, "ranks", ranks));
    }
    return new Answer(
        table.lines(), Map.of("experiment", known.experiment().name(), "cells", json));
  }

  /**
   * Tells what is known and writes the table.
   *
   * @param file the table's name in the folder of results
   * @param ran how many cells ran just now
   * @param more Markdown for the end of the table
   */
  static Answer summary(ExperimentResults known, String file, int ran, List<String> more) {
    ExperimentTable table = ExperimentTable.of(known);
    List<CellResult> finished = table.finished();
    List<Cell> cells = known.experiment().cells();
    List<String> missing =
        cells.stream().filter(cell -> known.result(cell).isEmpty()).map(Cell::id).toList();
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("experiment", known.experiment().name());
    json.put("cells", cells.size());
    json.put("finished", cells.size() - missing.size());
    json.put("ran", ran);
    json.put("missing", missing);
    json.put("table", table.json());
    json.put("results", finished.stream().map(Experiment::brief).toList());
    List<String> lines = new ArrayList<>();
    if (missing.size() < cells.size()) {
      ExperimentReport report = new ExperimentReport(table);
      AtomicFile.write(
          known.folder().resolve(file),
          IfExists.REPLACE,
          out -> {
            out.write(text(report.markdown()).getBytes(StandardCharsets.UTF_8));
            out.write(text(more).getBytes(StandardCharsets.UTF_8));
          });
      lines.addAll(report.lines());
      lines.addAll(more);
    }
    lines.add(
        cells.size()
            - missing.size()
            + " of "
            + cells.size()
            + " cells are finished; results: "
            + known.folder());
    if (!missing.isEmpty()) {
      lines.add("missing: " + String.join(", ", missing));
    }
    return new Answer(lines, json);
  }

  private static String text(List<String> lines) {
    return lines.isEmpty() ? "" : String.join("\n", lines) + "\n";
  }

  private static Map<String, Object> brief(CellResult cell) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("cell", cell.cell());
    json.put("protocol", cell.protocol());
    json.put("seed", cell.seed());
    json.put("splitHash", cell.splitHash());
    json.put("chosenEpoch", cell.chosenEpoch());
    json.put("secondsPerEpoch", cell.secondsPerEpoch());
    json.putAll(cell.results().get(0).metrics());
    return json;
  }
}
