package io.genrec.cli;

import io.genrec.engine.evaluation.RequestTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.ToDoubleFunction;

/** Says where the hit rates of a {@link DirichletStudy} are in the paper's order. */
final class DirichletTable {
  private static final String TARGET = Measurement.word(RequestTime.TARGET);

  private final DirichletStudy study;
  private final List<ExperimentLine> lines;

  /** A metric and where the paper has it. */
  private record Metric(String name, ToDoubleFunction<DirichletStudy.Published> published) {}

  private static final List<Metric> METRICS =
      List.of(
          new Metric("HR@10", DirichletStudy.Published::hr10),
          new Metric("HR@50", DirichletStudy.Published::hr50));

  /**
   * A table.
   *
   * @param results of the study's experiment
   */
  DirichletTable(DirichletStudy study, ExperimentResults results) {
    this.study = study;
    this.lines = ExperimentTable.of(results).lines();
  }

  /** As Markdown, for the end of the experiment's table. */
  List<String> markdown() {
    List<String> text = new ArrayList<>(List.of("", "## Against the paper", ""));
    text.add(
        "The last item of each held-out record, among the whole catalogue, earlier items included."
            + " The paper's numbers are of its own size, so only their order is compared.");
    text.add("");
    List<String> headers = new ArrayList<>(List.of("row", "seeds"));
    METRICS.forEach(metric -> headers.addAll(List.of(metric.name(), "paper's " + metric.name())));
    TextTable table = new TextTable(headers);
    for (int i = 0; i < lines.size(); i++) {
      ExperimentLine line = lines.get(i);
      List<String> cells = new ArrayList<>();
      cells.add(line.row().name());
      cells.add(ExperimentReport.seeds(line.finished().keySet()));
      for (Metric metric : METRICS) {
        cells.add(
            spread(line, metric)
                .map(found -> found.text(Text::metric))
                .orElse(ExperimentReport.UNKNOWN));
        cells.add(Text.metric(metric.published().applyAsDouble(study.rows().get(i).published())));
      }
      table.add(cells);
    }
    text.addAll(table.markdown());
    text.add("");
    METRICS.forEach(metric -> text.add("- " + verdict(metric)));
    return text;
  }

  private String verdict(Metric metric) {
    String name = metric.name() + ", order of the rows: ";
    if (lines.stream().anyMatch(line -> !line.missing().isEmpty())) {
      return name + "not known until all cells are finished.";
    }
    boolean agrees =
        ascending(
            lines.stream()
                .mapToDouble(line -> spread(line, metric).orElseThrow().mean())
                .toArray());
    long seeds = study.seeds().stream().filter(seed -> ascending(ofSeed(metric, seed))).count();
    return name
        + (agrees ? "agrees" : "disagrees")
        + " with the paper in the mean; agrees in "
        + seeds
        + " of "
        + study.seeds().size()
        + " seeds.";
  }

  private double[] ofSeed(Metric metric, long seed) {
    return lines.stream()
        .mapToDouble(
            line ->
                Optional.ofNullable(line.finished().get(seed))
                    .map(cell -> line.metrics(cell, TARGET).getOrDefault(metric.name(), Double.NaN))
                    .orElse(Double.NaN))
        .toArray();
  }

  private static boolean ascending(double... values) {
    for (int i = 1; i < values.length; i++) {
      if (!(values[i - 1] < values[i])) {
        return false;
      }
    }
    return true;
  }

  private static Optional<Spread> spread(ExperimentLine line, Metric metric) {
    return line.spread(cell -> line.metrics(cell, TARGET), metric.name());
  }
}
