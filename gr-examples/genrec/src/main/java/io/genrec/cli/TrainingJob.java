package io.genrec.cli;

import io.genrec.api.GenRecException;
import io.genrec.api.config.StrictConfig;
import io.genrec.api.graph.Graph;
import io.genrec.api.sequence.Histories;
import io.genrec.api.storage.AtomicFile;
import io.genrec.api.storage.IfExists;
import io.genrec.api.training.Sampler;
import io.genrec.engine.run.EpochReport;
import io.genrec.engine.run.RunConfig;
import io.genrec.engine.run.RunResult;
import io.genrec.engine.run.TrainingData;
import io.genrec.engine.run.TrainingRun;
import io.genrec.engine.runtime.Device;
import io.genrec.engine.storage.CheckpointStore;
import io.genrec.engine.training.TaskExamples;
import io.genrec.engine.wiring.Registry;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.apache.arrow.memory.BufferAllocator;
import org.jspecify.annotations.Nullable;

/**
 * Trains a model, measures it and writes what came of it into one folder: {@code model/} (the
 * bundle), {@code run.json}, {@code learning-curve.png}, and {@code checkpoints/} while it runs.
 *
 * @param config what to train
 * @param data what to train on
 * @param registry the plug-ins
 * @param folder where everything goes
 * @param watchTest whether the test questions are measured after each epoch, to be looked at only
 * @param stepsPerCheckpoint batches from one checkpoint to the next
 * @param device where graphs run
 */
record TrainingJob(
    RunConfig config,
    OpenData data,
    Registry registry,
    Path folder,
    boolean watchTest,
    long stepsPerCheckpoint,
    Device device) {
  static final String MODEL = "model";
  static final String RUN = "run.json";
  static final String CURVE = "learning-curve.png";

  /**
   * What came of a job.
   *
   * @param result how training went
   * @param measurement the chosen epoch's results on the test targets
   * @param secondsPerEpoch the median over epochs, without evaluation
   * @param peakBytes the most memory that the process held, if the system tells
   * @param epochFlops what the matrix products of a pass multiply and add; null where it was not
   *     counted
   * @param parameters how many values were learned
   * @param machine where
   */
  record Outcome(
      RunResult result,
      Measurement measurement,
      double secondsPerEpoch,
      OptionalLong peakBytes,
      @Nullable Double epochFlops,
      ParameterCount parameters,
      Machine machine) {
    /** The best epoch by the test targets, where those were watched: never a result to compare. */
    Optional<Map<String, Double>> bestOnTest() {
      return result.history().stream()
          .filter(epoch -> epoch.monitor().containsKey(TrainingRun.CHOOSING_METRIC))
          .max(Comparator.comparingDouble(TrainingJob::watched))
          .map(
              epoch -> {
                Map<String, Double> best = new LinkedHashMap<>();
                best.put("epoch", (double) epoch.epoch());
                best.putAll(Measurement.named(epoch.monitor()));
                return best;
              });
    }
  }

  /** Does it. */
  Outcome run(RunFolder.Existing existing, Reporter reporter, BufferAllocator memory) {
    return run(existing, true, reporter, memory);
  }

  /**
   * Trains and chooses the epoch, but neither looks at a test target nor keeps the model. Training
   * that diverges has an empty history.
   */
  Outcome validate(RunFolder.Existing existing, Reporter reporter, BufferAllocator memory) {
    return run(existing, false, reporter, memory);
  }

  private Outcome run(
      RunFolder.Existing existing, boolean measured, Reporter reporter, BufferAllocator memory) {
    RunFolder place = new RunFolder(folder, "training run", RUN);
    boolean isRun = place.isRun(existing);
    CheckpointStore checkpoints = place.checkpoints(reporter);
    try (TrainingRun run = open(memory)) {
      run.transfer().ifPresent(report -> report.lines().forEach(reporter::say));
      // Only now is it known that the configuration fits the data, so that nothing is removed or
      // made in vain.
      if (isRun && existing == RunFolder.Existing.REPLACE) {
        place.clear(List.of(MODEL, CURVE));
      }
      if (!Files.exists(folder.resolve(RUN))) {
        // What the folder is, for the next run that wants to write here.
        writeJson(folder.resolve(RUN), RunFile.started(config, data));
      }
      RunResult result = train(run, checkpoints, !measured, reporter);
      if (!measured) {
        return outcome(run, result, Measurement.none(data));
      }
      reporter.say("measuring epoch " + result.chosenEpoch() + " on the test targets");
      Measurement measurement = measure(run, reporter, memory);
      Bundles.write(folder.resolve(MODEL), run, config, data, measurement.headline(), registry);
      if (!result.history().isEmpty()) {
        LearningCurve.write(
            folder.resolve(CURVE),
            config.name() + " on " + measurement.data() + ", " + measurement.protocol(),
            result.history());
      }
      Outcome outcome = outcome(run, result, measurement);
      writeJson(folder.resolve(RUN), RunFile.finished(config, data, outcome));
      return outcome;
    }
  }

  /** A model that cannot be measured is kept all the same. */
  private Measurement measure(TrainingRun run, Reporter reporter, BufferAllocator memory) {
    try {
      return Measurement.of(
          config.name(),
          run.model(),
          run.task(),
          run.parameters()::column,
          data,
          registry,
          config.training().onThisMachine().workers(),
          config.training().session(device),
          memory);
    } catch (RuntimeException | Error e) {
      try {
        Bundles.write(folder.resolve(MODEL), run, config, data, Map.of(), registry);
        reporter.say("could not be measured; the model is kept in " + folder.resolve(MODEL));
      } catch (RuntimeException unwritten) {
        e.addSuppressed(unwritten);
      }
      throw e;
    }
  }

  /** The checkpoints of the run that wrote a bundle, if they are still beside it. */
  static Optional<CheckpointStore> checkpointsBeside(Path bundle, Reporter reporter) {
    Path run = bundle.toAbsolutePath().getParent();
    return run != null && Files.isDirectory(run.resolve(RunFolder.CHECKPOINTS))
        ? Optional.of(RunFolder.checkpoints(run, reporter))
        : Optional.empty();
  }

  private TrainingRun open(BufferAllocator memory) {
    TrainingData training = data.training(watchTest);
    return data.earlier()
        .map(
            model ->
                TrainingRun.continuing(
                    model,
                    data.vocabularies(config, memory),
                    config,
                    training,
                    registry,
                    device,
                    memory))
        .orElseGet(() -> new TrainingRun(config, training, registry, device, memory));
  }

  private RunResult train(
      TrainingRun run, CheckpointStore checkpoints, boolean mayDiverge, Reporter reporter) {
    try {
      return run.train(
          new TrainingProgress(reporter, config.epochs()),
          Optional.of(checkpoints),
          stepsPerCheckpoint);
    } catch (GenRecException e) {
      if (!mayDiverge || !e.id().equals("NotFinite")) {
        throw e;
      }
      reporter.say("diverged: " + e.getMessage());
      return new RunResult(0, 0, List.of());
    }
  }

  private Outcome outcome(TrainingRun run, RunResult result, Measurement measurement) {
    return new Outcome(
        result,
        measurement,
        medianSeconds(result.history()),
        Memory.peak(),
        data.ranks() ? epochFlops(run).orElse(null) : null,
        ParameterCount.of(run.model().parameters().values()),
        Machine.here(device));
  }

  private Optional<Double> epochFlops(TrainingRun run) {
    Graph training =
        run.model().training(registry.loss(config.loss()), Sampler.Sharing.BATCH, true);
    Histories histories = data.training(false).training();
    long examples = new TaskExamples(run.task(), histories).size();
    long trained =
        Math.min(
            examples,
            (long) config.training().batch()
                * config.training().stepsPerEpoch(Math.toIntExact(examples)));
    // An epoch that is no whole pass has as many of each length as its share, in expectation.
    return TrainingFlops.of(training, run.task(), histories)
        .map(pass -> pass * trained / Math.max(1, examples));
  }

  static void writeJson(Path file, Object json) {
    AtomicFile.write(
        file,
        IfExists.REPLACE,
        out -> out.write((StrictConfig.toJson(json) + "\n").getBytes(StandardCharsets.UTF_8)));
  }

  private static double watched(EpochReport epoch) {
    return epoch.monitor().getOrDefault(TrainingRun.CHOOSING_METRIC, 0.0);
  }

  private static double medianSeconds(List<EpochReport> history) {
    double[] sorted = history.stream().mapToDouble(EpochReport::seconds).sorted().toArray();
    return sorted.length == 0 ? 0 : sorted[sorted.length / 2];
  }
}
