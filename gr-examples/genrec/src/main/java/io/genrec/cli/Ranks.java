package io.genrec.cli;

import io.genrec.engine.evaluation.RankingMetrics;
import java.util.List;
import java.util.Optional;

/**
 * Where each user's target stood, for each request time and each way to take seen items out. All
 * metrics follow from ranks, and so do paired comparisons, which means alone do not allow.
 *
 * @param columns of the same users
 */
record Ranks(List<Column> columns) {
  /**
   * One measurement.
   *
   * @param requestTime what the model was told of the time
   * @param removed which items of the past were no candidates
   * @param metrics the rank of each user's target
   */
  record Column(String requestTime, String removed, RankingMetrics metrics) {}

  Ranks {
    columns = List.copyOf(columns);
  }

  /** The ranks of a measurement. */
  Optional<RankingMetrics> find(String requestTime, String removed) {
    return columns.stream()
        .filter(column -> column.requestTime().equals(requestTime))
        .filter(column -> column.removed().equals(removed))
        .map(Column::metrics)
        .findFirst();
  }
}
