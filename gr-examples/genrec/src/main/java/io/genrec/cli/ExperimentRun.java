package io.genrec.cli;

import io.genrec.api.GenRecException;
import io.genrec.api.config.StrictConfig;
import io.genrec.api.storage.AtomicDirectory;
import io.genrec.cli.ExperimentFile.Cell;
import io.genrec.data.Split;
import io.genrec.engine.run.RunConfig;
import io.genrec.engine.runtime.Device;
import io.genrec.engine.wiring.Registry;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;

/**
 * Runs cells of an experiment.
 *
 * @param known where their results go
 * @param runs where they keep models and checkpoints
 * @param redo whether finished ones run again, too
 * @param registry the plug-ins
 * @param device where graphs run
 * @param reporter is told of progress
 */
record ExperimentRun(
    ExperimentResults known,
    Path runs,
    boolean redo,
    Registry registry,
    Device device,
    Reporter reporter) {
  private static final long STEPS_PER_CHECKPOINT = 200;

  /**
   * Runs those cells that are not finished.
   *
   * @param most how many at most
   * @return how many
   */
  int cells(List<Cell> cells, int most) {
    requireRunnable(cells);
    int ran = 0;
    for (Cell cell : cells) {
      if (ran == most) {
        break;
      }
      if (!redo && known.isFinished(cell)) {
        reporter.say(cell.id() + ": finished before");
        continue;
      }
      run(cell);
      ran++;
    }
    return ran;
  }

  /** What would stop a later cell is better known before the first one runs. */
  private void requireRunnable(List<Cell> cells) {
    Set<Cell> before = new HashSet<>();
    for (Cell cell : cells) {
      boolean waits = known.experiment().needed(cell).stream().anyMatch(before::contains);
      if (waits || redo || !known.isFinished(cell)) {
        RunConfig config = waits ? known.plan(cell) : known.config(cell);
        registry.encoderFactory(config.encoder().at("/name").as(String.class));
        before.add(cell);
      }
    }
  }

  private void run(Cell cell) {
    ExperimentFile experiment = known.experiment();
    RunConfig config = known.config(cell);
    Path folder = runs.resolve(experiment.name()).resolve(cell.id());
    reporter.say(cell.id() + ": " + config.epochs() + " epochs at most");
    Memory.restartPeak();
    double before = ProcessorTime.seconds();
    try (BufferAllocator memory = new RootAllocator();
        OpenData data = open(experiment, cell, config, memory)) {
      TrainingJob job =
          new TrainingJob(
              config, data, registry, folder, cell.row().watchTest(), STEPS_PER_CHECKPOINT, device);
      RunFolder.Existing existing = redo ? RunFolder.Existing.REPLACE : RunFolder.Existing.RESUME;
      TrainingJob.Outcome outcome =
          cell.chooses()
              ? job.validate(existing, reporter, memory)
              : job.run(existing, reporter, memory);
      CellResult result = result(cell, config, data, outcome, ProcessorTime.seconds() - before);
      known.write(cell, result, outcome.measurement());
      AtomicDirectory.delete(cell.chooses() ? folder : folder.resolve(RunFolder.CHECKPOINTS));
    }
  }

  private static OpenData open(
      ExperimentFile experiment, Cell cell, RunConfig config, BufferAllocator memory) {
    Path folder = Path.of(experiment.dataOf(cell.row()));
    Split split =
        cell.protocol().hasCut() ? DataOption.splitOf(config) : new Split(cell.protocol(), 0);
    if (split.protocol() != cell.protocol()) {
      String protocol = cell.protocol().word();
      throw new GenRecException(
          "InvalidValue",
          "cell "
              + cell.id()
              + " has the protocol "
              + protocol
              + ", but its configuration's split is "
              + split.protocol()
              + "; give the configuration a split with the protocol \""
              + protocol
              + "\"");
    }
    return OpenData.open(folder, split, cell.row().shuffleTies(), memory);
  }

  private static CellResult result(
      Cell cell, RunConfig config, OpenData data, TrainingJob.Outcome outcome, double cpuSeconds) {
    Measurement measured = outcome.measurement();
    return new CellResult(
        cell.id(),
        cell.row().name(),
        measured.protocol(),
        cell.seed(),
        cell.row().shuffleTies(),
        measured.data(),
        data.data().contentHash(),
        measured.splitHash(),
        measured.catalogue(),
        outcome.result().epochs(),
        outcome.result().chosenEpoch(),
        outcome.secondsPerEpoch(),
        cpuSeconds,
        outcome.epochFlops(),
        outcome.peakBytes().isPresent() ? outcome.peakBytes().getAsLong() : null,
        outcome.parameters(),
        outcome.machine(),
        measured.rows(),
        outcome.bestOnTest().orElse(null),
        outcome.result().history().stream().map(RunFile::epoch).toList(),
        StrictConfig.parse(config.name(), StrictConfig.toJson(config)),
        Versions.genrec(),
        System.getProperty("java.version"));
  }
}
