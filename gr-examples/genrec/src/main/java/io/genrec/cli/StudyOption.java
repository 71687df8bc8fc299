package io.genrec.cli;

import io.genrec.data.SequenceDataset;
import io.genrec.engine.runtime.Device;
import io.genrec.engine.wiring.Plugins;
import io.genrec.engine.wiring.Registry;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options of commands that run a published study, cell by cell. */
final class StudyOption {
  @Option(
      names = {"-d", "--data"},
      required = true,
      paramLabel = "DIR",
      description = "The data set.")
  private Path data = Path.of("");

  @Option(
      names = {"-o", "--out"},
      required = true,
      paramLabel = "DIR",
      description = "The folder of the study's runs.")
  private Path out = Path.of("");

  @Option(
      names = "--results",
      paramLabel = "DIR",
      description = "Where results go (default: ${DEFAULT-VALUE}).")
  private Path results = Path.of("docs/results");

  @Option(
      names = "--max-cells",
      paramLabel = "N",
      description = "Make at most N runs now; 0 reports what is there.")
  private int maxCells = Integer.MAX_VALUE;

  @Mixin private DeviceOption device = new DeviceOption();
  @Mixin private PluginOption plugins = new PluginOption();

  Path data() {
    return data;
  }

  Path out() {
    return out;
  }

  GpsdResults results(GpsdStudy study) {
    return new GpsdResults(results.resolve(study.name()));
  }

  ExperimentResults results(ExperimentFile experiment) {
    return new ExperimentResults(experiment, results.resolve(experiment.name()));
  }

  /** Runs the cells of an experiment that are not finished; returns how many. */
  int run(ExperimentResults known, Reporter reporter) {
    Device where = device.require();
    List<ExperimentFile.Cell> cells = known.experiment().cells();
    // All configurations are read before the first cell runs for hours.
    cells.forEach(known::plan);
    try (Plugins loaded = plugins.load()) {
      return new ExperimentRun(known, out, false, Registry.of(loaded.list()), where, reporter)
          .cells(cells, maxCells);
    }
  }

  /** Opens the data and gives a study's cells to some work. */
  <T> T run(GpsdStudy study, Reporter reporter, Function<GpsdCells, T> work) {
    Device where = device.require();
    try (BufferAllocator memory = new RootAllocator();
        Plugins loaded = plugins.load();
        SequenceDataset open = SequenceDataset.open(data, memory, true)) {
      GpsdJob job =
          GpsdJob.of(
              data,
              GpsdOption.samples(open, study.protocol()),
              out,
              Registry.of(loaded.list()),
              where,
              reporter,
              memory);
      return work.apply(
          new GpsdCells(study, job, results(study), out, new GpsdCells.Budget(maxCells)));
    }
  }
}
