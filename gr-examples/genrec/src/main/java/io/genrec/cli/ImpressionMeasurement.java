package io.genrec.cli;

import io.genrec.api.sequence.Batch.Column;
import io.genrec.api.task.Label;
import io.genrec.api.task.RankingSet;
import io.genrec.api.task.Task;
import io.genrec.data.Split;
import io.genrec.data.baseline.SmoothedRates;
import io.genrec.engine.evaluation.ImpressionEvaluator;
import io.genrec.engine.evaluation.ImpressionScores;
import io.genrec.engine.model.Model;
import io.genrec.engine.runtime.SessionSettings;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import org.apache.arrow.memory.BufferAllocator;
import org.jspecify.annotations.Nullable;

/**
 * A ranking model's results on the impressions of the test period, with histories up to each and
 * with histories that end where the period begins; and those of sums of smoothed rates, which learn
 * nothing by gradients.
 */
final class ImpressionMeasurement {
  static final String EARLIER = "all earlier";
  static final String FROZEN = "before the test period";
  private static final List<String> SHOWN =
      List.of(
          "auc", "gauc", "gauc_users", "gauc_impressions", "ne", "log_loss", "calibration", "rmse");

  private ImpressionMeasurement() {}

  static Measurement of(
      String name,
      Model model,
      Task task,
      Function<String, @Nullable Column> values,
      OpenData data,
      int workers,
      SessionSettings session,
      BufferAllocator memory) {
    List<Measurement.Row> models = new ArrayList<>();
    List<Measurement.Row> floors = new ArrayList<>();
    List<Predictions.Column> kept = new ArrayList<>();
    try (ImpressionEvaluator evaluator =
        new ImpressionEvaluator(model, task, memory, workers, session)) {
      for (String history : List.of(EARLIER, FROZEN)) {
        RankingSet questions = data.impressions(Split.Part.TEST, history.equals(FROZEN));
        ImpressionScores scores = evaluator.evaluate(questions, values);
        models.add(row(name, history, scores.metrics(), questions));
        ImpressionScores floor = floor(scores, data, questions);
        floors.add(row(SmoothedRates.NAME, history, floor.metrics(), questions));
        kept.addAll(Predictions.columns(name, history, scores));
        kept.addAll(Predictions.columns(SmoothedRates.NAME, history, floor));
      }
    }
    List<Measurement.Row> rows = new ArrayList<>(models);
    rows.addAll(floors);
    return new Measurement(
        data.data().info().name(),
        data.protocol(),
        data.split().splitHash(),
        data.data().items(),
        List.copyOf(rows),
        new Ranks(List.of()),
        new Predictions(kept));
  }

  private static Measurement.Row row(
      String who, String history, Map<String, Double> metrics, RankingSet questions) {
    int users = 0;
    int last = -1;
    for (int i = 0; i < questions.size(); i++) {
      int user = questions.get(i).user();
      users += user == last ? 0 : 1;
      last = user;
    }
    return new Measurement.Row(who, history, "", false, users, metrics);
  }

  /** The floor's predictions in the place of the model's. */
  private static ImpressionScores floor(
      ImpressionScores model, OpenData data, RankingSet questions) {
    List<Label> labels = new ArrayList<>();
    List<float[]> predictions = new ArrayList<>();
    List<float[]> truths = new ArrayList<>();
    for (int i = 0; i < model.labels().size(); i++) {
      Label label = model.labels().get(i);
      if (label.kind() == Label.Kind.BINARY) {
        labels.add(label);
        predictions.add(SmoothedRates.fit(data.split(), label.name()).score(questions));
        truths.add(model.truths()[i]);
      }
    }
    return new ImpressionScores(
        labels, model.users(), predictions.toArray(new float[0][]), truths.toArray(new float[0][]));
  }

  /** A table for each label. */
  static List<String> lines(List<Measurement.Row> rows) {
    List<String> lines = new ArrayList<>();
    List<String> labels =
        rows.stream()
            .flatMap(row -> row.metrics().keySet().stream())
            .map(metric -> metric.substring(metric.indexOf('/') + 1))
            .distinct()
            .toList();
    for (String label : labels) {
      List<String> shown =
          SHOWN.stream()
              .filter(m -> rows.stream().anyMatch(r -> r.metrics().containsKey(m + "/" + label)))
              .toList();
      List<String> headers = new ArrayList<>(List.of(label, "history", "users"));
      shown.forEach(metric -> headers.add(metric.toUpperCase(Locale.ROOT).replace('_', ' ')));
      TextTable table = new TextTable(headers);
      for (Measurement.Row row : rows) {
        List<String> cells =
            new ArrayList<>(List.of(row.who(), row.requestTime(), String.valueOf(row.users())));
        shown.forEach(metric -> cells.add(cell(metric, row.metrics().get(metric + "/" + label))));
        table.add(cells);
      }
      lines.addAll(table.lines());
      lines.add("");
    }
    return lines;
  }

  private static String cell(String metric, @Nullable Double value) {
    if (value == null) {
      return "";
    }
    return metric.startsWith("gauc_")
        ? String.format(Locale.ROOT, "%.0f", value)
        : Text.metric(value);
  }
}
