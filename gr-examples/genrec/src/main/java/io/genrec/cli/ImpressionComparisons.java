package io.genrec.cli;

import io.genrec.cli.ExperimentFile.Cell;
import io.genrec.data.Split;
import io.genrec.data.baseline.SmoothedRates;
import io.genrec.engine.evaluation.ImpressionBootstrap;
import io.genrec.engine.evaluation.ImpressionBootstrap.Metric;
import io.genrec.engine.evaluation.ImpressionBootstrap.Resampled;
import io.genrec.engine.evaluation.PairedBootstrap;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/** The differences of an experiment's rows that rank impressions, and of the floor, to one row. */
final class ImpressionComparisons {
  /** Draws users; always in the same way, so that a table comes out the same again. */
  static final ImpressionBootstrap BOOTSTRAP = new ImpressionBootstrap(1, 1000);

  /**
   * One difference.
   *
   * @param row the row, or the floor's name
   * @param history which events were known
   * @param metric for example {@code auc/click}
   * @param seeds the runs of both that are compared; of the floor, those of the other row
   * @param mean the difference of the means
   * @param low where the 95 % interval begins
   * @param high where it ends
   */
  record Difference(
      String row,
      String history,
      String metric,
      List<Long> seeds,
      double mean,
      double low,
      double high) {
    /** The difference and its interval. */
    String text() {
      return Text.signed(mean) + " [" + Text.signed(low) + ", " + Text.signed(high) + "]";
    }
  }

  /** One measurement of a run. */
  private record Key(String history, String label) {}

  private ImpressionComparisons() {}

  /** Compares all rows whose predictions were kept; nothing without a row to compare with. */
  static List<Difference> of(ExperimentResults results) {
    ExperimentFile experiment = results.experiment();
    Optional<ExperimentFile.Row> other =
        experiment.rows().stream()
            .filter(row -> row.name().equals(experiment.compareWith()))
            .filter(row -> row.protocols().contains(Split.Protocol.IMPRESSIONS))
            .findFirst();
    List<Difference> all = new ArrayList<>();
    if (other.isEmpty()) {
      return all;
    }
    SortedMap<Long, Map<Key, Resampled>> compared = resampled(results, other.get());
    if (compared.isEmpty()) {
      return all;
    }
    for (ExperimentFile.Row row : experiment.rows()) {
      if (row != other.get() && row.protocols().contains(Split.Protocol.IMPRESSIONS)) {
        SortedMap<Long, Map<Key, Resampled>> own = resampled(results, row);
        List<Long> seeds = own.keySet().stream().filter(compared::containsKey).toList();
        if (!seeds.isEmpty()) {
          all.addAll(
              differences(
                  row.name(),
                  seeds,
                  seeds.stream().map(seed -> own.getOrDefault(seed, Map.of())).toList(),
                  seeds.stream().map(seed -> compared.getOrDefault(seed, Map.of())).toList()));
        }
      }
    }
    results
        .floor()
        .map(ImpressionComparisons::resampled)
        .ifPresent(
            floor ->
                all.addAll(
                    differences(
                        SmoothedRates.NAME,
                        List.copyOf(compared.keySet()),
                        List.of(floor),
                        List.copyOf(compared.values()))));
    return all;
  }

  private static SortedMap<Long, Map<Key, Resampled>> resampled(
      ExperimentResults results, ExperimentFile.Row row) {
    SortedMap<Long, Map<Key, Resampled>> bySeed = new TreeMap<>();
    for (Cell cell : row.cells(Split.Protocol.IMPRESSIONS)) {
      results
          .result(cell)
          .flatMap(result -> results.predictions(cell, result))
          .ifPresent(found -> bySeed.put(cell.seed(), resampled(found)));
    }
    return bySeed;
  }

  private static Map<Key, Resampled> resampled(Predictions predictions) {
    Map<Key, Resampled> all = new HashMap<>();
    for (Predictions.Column column : predictions.columns()) {
      all.put(new Key(column.history(), column.label()), BOOTSTRAP.resample(column.scores()));
    }
    return all;
  }

  private static List<Difference> differences(
      String row,
      List<Long> seeds,
      List<Map<Key, Resampled>> first,
      List<Map<Key, Resampled>> second) {
    List<Difference> all = new ArrayList<>();
    for (Key key : common(first, second)) {
      for (Metric metric : Metric.values()) {
        PairedBootstrap.Difference found =
            BOOTSTRAP.difference(at(first, key), at(second, key), metric);
        all.add(
            new Difference(
                row,
                key.history(),
                name(metric, key.label()),
                seeds,
                found.mean(),
                found.low(),
                found.high()));
      }
    }
    return all;
  }

  /** What all runs measured, in a fixed order. */
  private static List<Key> common(
      List<Map<Key, Resampled>> first, List<Map<Key, Resampled>> second) {
    TreeSet<Key> keys = new TreeSet<>(Comparator.comparing(Key::history).thenComparing(Key::label));
    keys.addAll(first.get(0).keySet());
    Stream.concat(first.stream(), second.stream()).forEach(run -> keys.retainAll(run.keySet()));
    return List.copyOf(keys);
  }

  private static List<Resampled> at(List<Map<Key, Resampled>> runs, Key key) {
    return runs.stream().flatMap(run -> Optional.ofNullable(run.get(key)).stream()).toList();
  }

  /** As {@link io.genrec.engine.evaluation.ImpressionScores#metrics} names it. */
  static String name(Metric metric, String label) {
    return metric.name().toLowerCase(Locale.ROOT) + "/" + label;
  }
}
