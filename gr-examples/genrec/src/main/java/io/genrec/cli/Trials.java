package io.genrec.cli;

import io.genrec.cli.ExperimentFile.Cell;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.ToIntFunction;

/**
 * What is known of how a row was tuned; results of other trials than those of now do not count.
 *
 * @param first the finished trials
 * @param finalists those of them that went on and are finished; none if all trials are whole
 */
record Trials(List<Tried> first, List<Tried> finalists) {
  /**
   * A finished trial.
   *
   * @param trial its point's number
   * @param entropy its validation entropy; NaN if it diverged
   */
  record Tried(int trial, double entropy) {}

  /** Reads what is finished. */
  static Trials of(ExperimentResults results, ExperimentFile.Row row) {
    ExperimentFile experiment = results.experiment();
    List<Tried> first = finished(results, experiment.trials(row), Cell::number);
    // Who is a finalist is known only when all trials are finished.
    boolean whole = first.size() == experiment.trials(row).size();
    List<Cell> finalists = whole ? experiment.finalists(row) : List.of();
    return new Trials(
        first, finished(results, finalists, cell -> first.get(cell.number() - 1).trial()));
  }

  /** By entropy, the smallest first; those that diverged last. */
  private static List<Tried> finished(
      ExperimentResults results, List<Cell> round, ToIntFunction<Cell> trial) {
    return round.stream()
        .flatMap(
            cell -> {
              int own = trial.applyAsInt(cell);
              return results.own(cell, own).stream()
                  .map(found -> new Tried(own, found.validationEntropy()));
            })
        .sorted(Comparator.comparingDouble(Tried::entropy))
        .toList();
  }

  /** The best of the last round of which something is known. */
  Optional<Tried> best() {
    return (finalists.isEmpty() ? first : finalists).stream().findFirst();
  }
}
