package io.genrec.cli;

import io.genrec.api.GenRecException;
import io.genrec.api.storage.IfExists;
import io.genrec.cli.ExperimentFile.Cell;
import io.genrec.cli.ExperimentFile.Round;
import io.genrec.data.DatasetInfo;
import io.genrec.data.Split;
import io.genrec.data.baseline.SmoothedRates;
import io.genrec.engine.run.RunConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * What is known of an experiment's cells: for each finished one its result as JSON, and the ranks
 * that its metrics follow from beside it.
 *
 * @param experiment the cells
 * @param folder where the files lie
 */
record ExperimentResults(ExperimentFile experiment, Path folder) {
  /** Predictions are kept rounded; over the root of their number, what that does to entropy. */
  private static final double ROUNDED = 0.02;

  /** Logarithms may differ in their last bit from one Java runtime to another. */
  private static final double TOLERANCE = 1e-9;

  /** The file of a cell's result. */
  Path file(Cell cell) {
    Path own = cell.chooses() ? folder.resolve("trials") : folder;
    return own.resolve(cell.id() + ".json");
  }

  /** The file of a cell's ranks. */
  Path ranksFile(Cell cell) {
    return folder.resolve(cell.id() + ".ranks");
  }

  /** The file of a cell's predictions. */
  Path predictionsFile(Cell cell) {
    return folder.resolve(cell.id() + ".predictions");
  }

  /** The file of the predictions of the baseline that learns nothing by gradients. */
  Path floorFile() {
    return folder.resolve(SmoothedRates.NAME + ".predictions");
  }

  /** A cell's result; empty if it is not finished. */
  Optional<CellResult> result(Cell cell) {
    return CellResult.read(file(cell));
  }

  /**
   * The ranks of a finished cell; empty if they were not kept.
   *
   * @throws GenRecException {@code [GR/CorruptResult]} if the result does not follow from them
   */
  Optional<Ranks> ranks(Cell cell, CellResult result) {
    Path file = ranksFile(cell);
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    Ranks ranks = RanksFile.read(file);
    for (Ranks.Column column : ranks.columns()) {
      Map<String, Double> follows = Measurement.named(column.metrics());
      boolean same =
          result
              .result(column.requestTime(), column.removed(), false)
              .map(row -> equal(row.metrics(), follows))
              .orElse(false);
      if (!same) {
        throw new GenRecException(
            "CorruptResult",
            "ranks "
                + file
                + " are not those of the result beside them; delete the file: the cell then has"
                + " metrics but takes no part in intervals");
      }
    }
    return Optional.of(ranks);
  }

  /**
   * The predictions of a finished cell; empty if they were not kept.
   *
   * @throws GenRecException {@code [GR/CorruptResult]} if the result does not follow from them
   */
  Optional<Predictions> predictions(Cell cell, CellResult result) {
    Optional<Predictions> kept = predictions(predictionsFile(cell));
    kept.ifPresent(
        found -> {
          for (Predictions.Column column : found.columns()) {
            double wanted =
                result
                    .result(column.history(), "", false)
                    .map(row -> row.metrics().getOrDefault("ne/" + column.label(), Double.NaN))
                    .orElse(Double.NaN);
            double off = Math.abs(column.scores().normalisedEntropy() - wanted);
            if (!(off <= ROUNDED / Math.sqrt(column.scores().size()))) {
              throw new GenRecException(
                  "CorruptResult",
                  "predictions "
                      + predictionsFile(cell)
                      + " are not those of the result beside them; delete the file: the cell then"
                      + " has metrics but takes no part in intervals");
            }
          }
        });
    return kept;
  }

  /** The baseline's predictions; empty if no cell kept any. */
  Optional<Predictions> floor() {
    return predictions(floorFile());
  }

  private static Optional<Predictions> predictions(Path file) {
    return Files.exists(file) ? Optional.of(PredictionsFile.read(file)) : Optional.empty();
  }

  private static boolean equal(Map<String, Double> first, Map<String, Double> second) {
    return first.keySet().equals(second.keySet())
        && first.entrySet().stream()
            .allMatch(
                entry ->
                    Math.abs(entry.getValue() - second.getOrDefault(entry.getKey(), Double.NaN))
                        <= TOLERANCE);
  }

  /** Keeps what came of a cell. The result appears last, so that a finished cell is complete. */
  void write(Cell cell, CellResult result, Measurement measured) {
    try {
      Files.createDirectories(file(cell).toAbsolutePath().getParent());
      Files.deleteIfExists(file(cell));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    if (!measured.ranks().columns().isEmpty()) {
      RanksFile.write(ranksFile(cell), IfExists.REPLACE, measured.ranks());
    }
    if (!measured.predictions().columns().isEmpty()) {
      Predictions floor = measured.predictions().of(SmoothedRates.NAME);
      Predictions model = measured.predictions().without(SmoothedRates.NAME);
      PredictionsFile.write(floorFile(), IfExists.REPLACE, floor);
      PredictionsFile.write(predictionsFile(cell), IfExists.REPLACE, model);
    }
    TrainingJob.writeJson(file(cell), result);
  }

  /**
   * Whether a cell has a result.
   *
   * @throws GenRecException {@code [GR/OtherRun]} if it is not what the cell asks for; {@code
   *     [GR/MissingCell]} as {@link #epochs}
   */
  boolean isFinished(Cell cell) {
    Optional<CellResult> found = result(cell);
    found.ifPresent(result -> requireOwn(cell, result, config(cell)));
    return found.isPresent();
  }

  private void requireOwn(Cell cell, CellResult result, RunConfig config) {
    if (!isOf(cell, result, config)) {
      throw new GenRecException(
          "OtherRun",
          file(cell)
              + " is the result of another configuration, data set or number of epochs; run it again"
              + " with --redo --only "
              + cell.id()
              + ", or give the row another name");
    }
  }

  /**
   * A trial's or finalist's result, if there is one of what it is now.
   *
   * @param trial whose configuration it has
   */
  Optional<CellResult> own(Cell cell, int trial) {
    return result(cell).filter(found -> isOf(cell, found, config(cell, trial, epochs(cell))));
  }

  /**
   * Whether the data set was made anew since, if it is here; a random order of ties has a hash of
   * its own.
   */
  private boolean isOfOtherData(Cell cell, CellResult result) {
    Path data = Path.of(experiment.dataOf(cell.row()));
    return cell.row().shuffleTies() == null
        && Files.isDirectory(data)
        && !DatasetInfo.read(data).contentHash().equals(result.contentHash());
  }

  /** Whether this was run, no matter how fast; new options count as their defaults. */
  private boolean isOf(Cell cell, CellResult result, RunConfig config) {
    return !isOfOtherData(cell, result)
        && result.cell().equals(cell.id())
        && Objects.equals(result.shuffleTies(), cell.row().shuffleTies())
        && result.configuration().as(RunConfig.class).mathematics().equals(config.mathematics());
  }

  /**
   * How many epochs a cell takes; null for those of its configuration.
   *
   * @throws GenRecException {@code [GR/MissingCell]} if the cell that says it is not finished
   */
  @Nullable Integer epochs(Cell cell) {
    Tuning tuning = experiment.tuning();
    if (cell.round() == Round.TRIAL && tuning != null && tuning.halving() != null) {
      return tuning.halving().epochs();
    }
    if (!cell.takesEpochs()) {
      return cell.protocol() == Split.Protocol.META ? cell.row().metaEpochs() : null;
    }
    return result(cell.strict())
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

  /**
   * The trial whose configuration counts: that with the smallest validation entropy in the last
   * round; 0 for a row that is not tuned.
   *
   * @throws GenRecException {@code [GR/MissingCell]} if a cell of a round is not finished; {@code
   *     [GR/OtherRun]} if one is not what it is now
   */
  int chosenTrial(ExperimentFile.Row row) {
    List<Cell> trials = best(experiment.trials(row), Cell::number);
    List<Cell> finalists =
        best(experiment.finalists(row), cell -> trials.get(cell.number() - 1).number());
    if (finalists.isEmpty()) {
      return trials.isEmpty() ? 0 : trials.get(0).number();
    }
    return trials.get(finalists.get(0).number() - 1).number();
  }

  /**
   * The number of the trial whose configuration a cell has; 0 for a row that is not tuned.
   *
   * @throws GenRecException as {@link #chosenTrial}
   */
  int trial(Cell cell) {
    return switch (cell.round()) {
      case TRIAL -> cell.number();
      case FINALIST ->
          best(experiment.trials(cell.row()), Cell::number).get(cell.number() - 1).number();
      case COUNTS -> chosenTrial(cell.row());
    };
  }

  /**
   * The cells of a round by validation entropy, the smallest first; those that diverged last.
   *
   * @param trial whose configuration a cell has
   */
  private List<Cell> best(List<Cell> round, ToIntFunction<Cell> trial) {
    Map<Cell, Double> entropies = new LinkedHashMap<>();
    for (Cell cell : round) {
      CellResult found = result(cell).orElseThrow(() -> unfinished(cell));
      requireOwn(cell, found, config(cell, trial.applyAsInt(cell), epochs(cell)));
      entropies.put(cell, found.validationEntropy());
    }
    return entropies.entrySet().stream()
        .sorted(Map.Entry.comparingByValue())
        .map(Map.Entry::getKey)
        .toList();
  }

  private static GenRecException unfinished(Cell cell) {
    return new GenRecException(
        "MissingCell",
        "row "
            + cell.row().name()
            + " takes its configuration from its trials, and cell "
            + cell.id()
            + " is not finished; run the trials first");
  }

  /**
   * The configuration of a cell.
   *
   * @throws GenRecException as {@link #epochs}, {@link #trial} and {@link ConfigSource#read}
   */
  RunConfig config(Cell cell) {
    return config(cell, trial(cell), epochs(cell));
  }

  /** A configuration of which is not known yet what other cells choose. */
  RunConfig plan(Cell cell) {
    return config(cell, cell.number(), cell.takesEpochs() ? Integer.valueOf(1) : epochs(cell));
  }

  private RunConfig config(Cell cell, int trial, @Nullable Integer epochs) {
    Map<String, String> edits = new LinkedHashMap<>();
    cell.row().set().forEach((path, value) -> edits.put(path, value.toString()));
    edits.putAll(experiment.edits(cell.row(), trial));
    edits.put("seed", String.valueOf(cell.seed()));
    if (epochs != null) {
      edits.put("epochs", epochs.toString());
    }
    return ConfigSource.read(cell.row().config(), edits);
  }
}
