package io.genrec.cli;

import io.genrec.api.task.Label;
import io.genrec.engine.evaluation.ImpressionScores;
import io.genrec.engine.evaluation.OutcomeScores;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What was predicted for each impression. Metrics follow from it, and so do paired comparisons.
 *
 * @param columns of the same impressions
 */
record Predictions(List<Column> columns) {
  /** No predictions. */
  static final Predictions NONE = new Predictions(List.of());

  /**
   * One label under one kind of history.
   *
   * @param who whose predictions
   * @param history which events were known
   * @param label what was predicted to happen or not
   * @param scores predictions and outcomes
   */
  record Column(String who, String history, String label, OutcomeScores scores) {}

  Predictions {
    columns = List.copyOf(columns);
  }

  /** The predictions of what happens or not. */
  static List<Column> columns(String who, String history, ImpressionScores scores) {
    List<Column> columns = new ArrayList<>();
    for (int i = 0; i < scores.labels().size(); i++) {
      Label label = scores.labels().get(i);
      if (label.kind() == Label.Kind.BINARY) {
        columns.add(new Column(who, history, label.name(), scores.outcome(i)));
      }
    }
    return columns;
  }

  /** Those of one model. */
  Predictions of(String who) {
    return new Predictions(columns.stream().filter(column -> column.who().equals(who)).toList());
  }

  /** Those of all but one. */
  Predictions without(String who) {
    return new Predictions(columns.stream().filter(column -> !column.who().equals(who)).toList());
  }

  /** A column. */
  Optional<OutcomeScores> find(String history, String label) {
    return columns.stream()
        .filter(column -> column.history().equals(history) && column.label().equals(label))
        .map(Column::scores)
        .findFirst();
  }
}
