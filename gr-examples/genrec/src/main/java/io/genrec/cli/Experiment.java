package io.genrec.cli;

import io.genrec.api.GenRecException;
import io.genrec.api.config.StrictConfig;
import io.genrec.api.storage.AtomicDirectory;
import io.genrec.api.storage.AtomicFile;
import io.genrec.api.storage.Checksum;
import io.genrec.api.storage.IfExists;
import io.genrec.cli.ExperimentFile.Cell;
import io.genrec.data.DatasetInfo;
import io.genrec.data.Split;
import io.genrec.engine.run.EpochReport;
import io.genrec.engine.run.RunConfig;
import io.genrec.engine.runtime.Device;
import io.genrec.engine.wiring.Plugins;
import io.genrec.engine.wiring.Registry;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
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
          + " in docs/results/EXPERIMENT when it is finished, all or nothing; a cell that was killed"
          + " continues from its checkpoint. Under META a row takes the number of epochs that STRICT"
          + " chose for the same seed, unless it names metaEpochs.",
      ""
    },
    sortOptions = false,
    footer = {
      "",
      "Examples:",
      "  genrec experiment configs/experiments/ml-1m.json --list",
      "  genrec experiment configs/experiments/ml-1m.json",
      "  genrec experiment configs/experiments/ml-1m.json --only 'hstu-large-*' --max-cells 1",
      "",
      "A file (paths are relative to where the command runs):",
      "  {\"name\": \"ml-1m\", \"data\": \"data/ml-1m\",",
      "   \"rows\": [{\"name\": \"hstu\", \"config\": \"configs/ml-1m-hstu.json\",",
      "             \"protocols\": [\"strict\", \"meta\"], \"seeds\": [1, 2, 3],",
      "             \"set\": {\"encoder/blocks\": 4}}]}"
    })
final class Experiment extends Subcommand {
  private static final long STEPS_PER_CHECKPOINT = 200;

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
    ExperimentFile experiment = StrictConfig.read(file).as(ExperimentFile.class);
    List<Cell> cells = chosen(experiment);
    // All configurations are read before the first cell runs for hours.
    cells.forEach(cell -> config(cell, 1));
    if (list) {
      return listing(experiment, cells);
    }
    int ran = 0;
    for (Cell cell : cells) {
      if (ran == maxCells) {
        break;
      }
      if (!redo && isFinished(experiment, cell)) {
        reporter.say(cell.id() + ": finished before");
        continue;
      }
      runCell(experiment, cell, where, reporter);
      ran++;
    }
    return summary(experiment, ran);
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

  private Path resultFile(ExperimentFile experiment, Cell cell) {
    return results.resolve(experiment.name()).resolve(cell.id() + ".json");
  }

  /** Whether a cell has a result; one that was asked for something else is refused. */
  private boolean isFinished(ExperimentFile experiment, Cell cell) {
    Optional<CellResult> found = CellResult.read(resultFile(experiment, cell));
    if (found.isEmpty()) {
      return false;
    }
    if (!found.get().key().equals(key(experiment, cell))
        || isOfOtherData(experiment, cell, found.get())) {
      throw new GenRecException(
          "OtherRun",
          resultFile(experiment, cell)
              + " is the result of another configuration, data set or number of epochs; run it again"
              + " with --redo --only "
              + cell.id()
              + ", or give the row another name");
    }
    return true;
  }

  /**
   * Whether the data set was made anew since, if it is here; a random order of ties has a hash of
   * its own.
   */
  private static boolean isOfOtherData(ExperimentFile experiment, Cell cell, CellResult result) {
    Path folder = Path.of(experiment.dataOf(cell.row()));
    return cell.row().shuffleTies() == null
        && Files.isDirectory(folder)
        && !DatasetInfo.read(folder).contentHash().equals(result.contentHash());
  }

  private String key(ExperimentFile experiment, Cell cell) {
    String text =
        StrictConfig.toJson(config(cell, epochs(experiment, cell)))
            + experiment.dataOf(cell.row())
            + cell.protocol()
            + cell.row().shuffleTies();
    return Checksum.sha256(text);
  }

  /** How many epochs the cell takes; null for those of its configuration. */
  private @Nullable Integer epochs(ExperimentFile experiment, Cell cell) {
    if (!cell.takesEpochs()) {
      return cell.protocol() == Split.Protocol.META ? cell.row().metaEpochs() : null;
    }
    return CellResult.read(resultFile(experiment, cell.strict()))
        .map(CellResult::chosenEpoch)
        .orElseThrow(
            () ->
                new GenRecException(
                    "MissingCell",
                    "cell "
                        + cell.id()
                        + " takes its number of epochs from cell "
                        + cell.strict().id()
                        + ", which is not finished; run that one first, or give the row"
                        + " metaEpochs"));
  }

  private static RunConfig config(Cell cell, @Nullable Integer epochs) {
    Map<String, String> edits = new LinkedHashMap<>();
    cell.row().set().forEach((path, value) -> edits.put(path, value.toString()));
    edits.put("seed", String.valueOf(cell.seed()));
    if (epochs != null) {
      edits.put("epochs", epochs.toString());
    }
    return ConfigSource.read(cell.row().config(), edits);
  }

  private void runCell(ExperimentFile experiment, Cell cell, Device where, Reporter reporter) {
    String key = key(experiment, cell);
    RunConfig config = config(cell, epochs(experiment, cell));
    Path folder = runs.resolve(experiment.name()).resolve(cell.id());
    reporter.say(cell.id() + ": " + config.epochs() + " epochs at most");
    try (BufferAllocator memory = new RootAllocator();
        Plugins loaded = plugins.load();
        OpenData data = open(experiment, cell, memory)) {
      TrainingJob job =
          new TrainingJob(
              config,
              data,
              Registry.of(loaded.list()),
              folder,
              cell.row().watchTest(),
              STEPS_PER_CHECKPOINT,
              where);
      TrainingJob.Existing existing =
          redo ? TrainingJob.Existing.REPLACE : TrainingJob.Existing.RESUME;
      TrainingJob.Outcome outcome = job.run(existing, reporter, memory);
      TrainingJob.writeJson(resultFile(experiment, cell), result(cell, key, config, data, outcome));
      AtomicDirectory.delete(folder.resolve(TrainingJob.CHECKPOINTS));
    }
  }

  private static OpenData open(ExperimentFile experiment, Cell cell, BufferAllocator memory) {
    Path folder = Path.of(experiment.dataOf(cell.row()));
    Split split = new Split(cell.protocol(), 0);
    return OpenData.open(folder, split, cell.row().shuffleTies(), memory);
  }

  private static CellResult result(
      Cell cell, String key, RunConfig config, OpenData data, TrainingJob.Outcome outcome) {
    Measurement measured = outcome.measurement();
    List<EpochReport> history = outcome.result().history();
    return new CellResult(
        cell.id(),
        key,
        cell.row().name(),
        measured.protocol(),
        cell.seed(),
        measured.data(),
        data.data().contentHash(),
        measured.splitHash(),
        measured.catalogue(),
        outcome.result().epochs(),
        outcome.result().chosenEpoch(),
        outcome.secondsPerEpoch(),
        outcome.peakBytes().isPresent() ? outcome.peakBytes().getAsLong() : null,
        measured.rows(),
        history.stream()
            .filter(epoch -> !epoch.monitor().isEmpty())
            .max(Comparator.comparingDouble(epoch -> epoch.monitor().getOrDefault("ndcg@10", 0.0)))
            .map(epoch -> Measurement.named(epoch.monitor()))
            .orElse(null),
        history.stream().map(RunFile::epoch).toList(),
        StrictConfig.parse(config.name(), StrictConfig.toJson(config)),
        Versions.genrec(),
        System.getProperty("java.version"));
  }

  private Answer listing(ExperimentFile experiment, List<Cell> cells) {
    TextTable table = new TextTable(List.of("cell", "state"));
    List<Map<String, Object>> json = new ArrayList<>();
    for (Cell cell : cells) {
      boolean finished = CellResult.read(resultFile(experiment, cell)).isPresent();
      table.add(List.of(cell.id(), finished ? "finished" : "to do"));
      json.add(Map.of("cell", cell.id(), "finished", finished));
    }
    return new Answer(table.lines(), Map.of("experiment", experiment.name(), "cells", json));
  }

  private Answer summary(ExperimentFile experiment, int ran) {
    List<CellResult> finished = new ArrayList<>();
    for (Cell cell : experiment.cells()) {
      CellResult.read(resultFile(experiment, cell)).ifPresent(finished::add);
    }
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("experiment", experiment.name());
    json.put("cells", experiment.cells().size());
    json.put("finished", finished.size());
    json.put("ran", ran);
    json.put("results", finished.stream().map(Experiment::brief).toList());
    if (finished.isEmpty()) {
      return new Answer(List.of("no cell is finished"), json);
    }
    ExperimentTable table = new ExperimentTable(finished);
    writeTable(experiment, table);
    List<String> lines = new ArrayList<>(table.headline().lines());
    lines.add("");
    lines.add("HR@10 / NDCG@10:");
    lines.addAll(table.variants().lines());
    lines.add("");
    lines.add(
        finished.size()
            + " of "
            + experiment.cells().size()
            + " cells are finished; results: "
            + results.resolve(experiment.name()));
    return new Answer(lines, json);
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

  private void writeTable(ExperimentFile experiment, ExperimentTable table) {
    List<String> lines = new ArrayList<>();
    lines.add("# " + experiment.name());
    lines.add("");
    lines.add(
        "Request time: the target's. Removed: all earlier items; under META those of the model's"
            + " input, as published. Mean ± standard deviation over seeds.");
    lines.add("");
    lines.addAll(table.headline().markdown());
    lines.add("");
    lines.add("HR@10 / NDCG@10 otherwise:");
    lines.add("");
    lines.addAll(table.variants().markdown());
    AtomicFile.write(
        results.resolve(experiment.name()).resolve("table.md"),
        IfExists.REPLACE,
        out -> out.write((String.join("\n", lines) + "\n").getBytes(StandardCharsets.UTF_8)));
  }
}
