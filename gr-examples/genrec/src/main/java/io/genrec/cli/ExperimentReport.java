package io.genrec.cli;

import io.genrec.data.Split;
import io.genrec.engine.evaluation.RequestTime;
import io.genrec.engine.evaluation.SeenItems;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.DoubleFunction;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * An experiment for people. For each protocol: what training took, the metrics for both request
 * times, the differences to the row that others are compared with, other candidates and users.
 */
final class ExperimentReport {
  static final String UNKNOWN = "–";
  private static final String TARGET = Measurement.word(RequestTime.TARGET);
  private static final String LAST = Measurement.word(RequestTime.LAST_EVENT);
  private static final List<String> TIMES = List.of(TARGET, LAST);

  private final ExperimentTable table;
  private final List<Section> sections = new ArrayList<>();

  private record Section(String title, TextTable table) {}

  ExperimentReport(ExperimentTable table) {
    this.table = table;
    for (Split.Protocol protocol : protocols()) {
      List<ExperimentLine> lines =
          table.lines().stream().filter(line -> line.protocol() == protocol).toList();
      if (protocol == Split.Protocol.IMPRESSIONS) {
        new ImpressionReport(table, lines)
            .sections()
            .forEach((title, rows) -> add(protocol, title, rows));
        continue;
      }
      add(protocol, "what training took", training(lines));
      for (String time : TIMES) {
        add(protocol, "request at the " + time + " time", metrics(lines, time));
      }
      if (lines.stream().anyMatch(table::isBaseline)) {
        add(protocol, "difference to " + table.experiment().compareWith(), differences(lines));
      }
      add(protocol, "HR@10 / NDCG@10 of other candidates and users", others(protocol, lines));
    }
  }

  private List<Split.Protocol> protocols() {
    return table.lines().stream().map(ExperimentLine::protocol).distinct().toList();
  }

  private void add(Split.Protocol protocol, String title, TextTable rows) {
    sections.add(new Section(protocol + ", " + title, rows));
  }

  /** For a terminal. */
  List<String> lines() {
    List<String> text = new ArrayList<>();
    for (Section section : sections) {
      text.add(section.title() + ":");
      text.addAll(section.table().lines());
      text.add("");
    }
    return text;
  }

  /** As a file of Markdown. */
  List<String> markdown() {
    List<String> text = new ArrayList<>();
    text.add("# " + table.experiment().name());
    text.add("");
    notes().forEach(note -> text.add("- " + note));
    for (Section section : sections) {
      text.addAll(List.of("", "## " + section.title(), ""));
      text.addAll(section.table().markdown());
    }
    return text;
  }

  private List<String> notes() {
    List<String> notes = new ArrayList<>();
    protocols().forEach(protocol -> notes.add(protocol + ": " + meaning(protocol)));
    if (protocols().contains(Split.Protocol.IMPRESSIONS)) {
      notes.addAll(ImpressionReport.notes());
    }
    boolean ranksItems =
        protocols().stream().anyMatch(protocol -> protocol != Split.Protocol.IMPRESSIONS);
    notes.add(
        (ranksItems ? "The whole catalogue is ranked. " : "")
            + "Mean ± standard deviation over the seeds whose cells are"
            + " finished; "
            + UNKNOWN
            + " stands for what is not known. Seconds are without evaluation; memory is the most"
            + " that the whole process held while a cell ran.");
    if (table.experiment().compareWith() != null && ranksItems) {
      notes.add(
          String.format(
              Locale.ROOT,
              "Differences: the row less %s, [95 %% interval] by a paired bootstrap over users (%,d"
                  + " resamples, seed %d), a user's value being the mean over the seeds named there."
                  + " So an interval is about these runs, not about how far further seeds would"
                  + " scatter. There is none where ranks were not kept. The lower bounds are where"
                  + " the intervals at the target's time begin, in percent of the other row: above"
                  + " -2 %%, at most 2 %% are lost.",
              table.experiment().compareWith(),
              Comparison.BOOTSTRAP.resamples(),
              Comparison.BOOTSTRAP.seed()));
    }
    if (!table.finished().isEmpty()) {
      notes.add("Machines: " + machines() + ".");
    }
    return notes;
  }

  private static String meaning(Split.Protocol protocol) {
    if (protocol == Split.Protocol.IMPRESSIONS) {
      return "trained on what is before the validation period, which chooses the epoch and among"
          + " trials by normalised entropy; tested on all impressions after it.";
    }
    if (protocol == Split.Protocol.USERS) {
      return "trained on what is before the cut, the last epoch counting; tested on the last event of"
          + " each user without events before it; no items removed.";
    }
    return protocol == Split.Protocol.META
        ? "trained on all but the last event, for as many epochs as STRICT chose for the same row"
            + " and seed unless the row names their number, the last epoch counting; tested on the"
            + " last event; the items of the model's input removed, as published."
        : "trained on all but the last two events, the epoch chosen by validation NDCG@10; tested"
            + " on the last event; all earlier items removed.";
  }

  /** How many cells each machine measured. */
  private String machines() {
    Map<Optional<Machine>, Long> counts = Machine.counts(table.finished());
    String all =
        counts.entrySet().stream()
            .map(
                entry ->
                    entry.getKey().map(Machine::toString).orElse("not recorded")
                        + " ("
                        + entry.getValue()
                        + " cells)")
            .sorted()
            .collect(Collectors.joining("; "));
    return counts.size() == 1
        ? all
        : all
            + ". Seconds are of those cells alone that "
            + table.clock().map(Machine::toString).orElse("an unrecorded machine")
            + " measured";
  }

  private TextTable training(List<ExperimentLine> lines) {
    boolean shortened =
        lines.stream()
            .flatMap(line -> line.finished().values().stream())
            .anyMatch(cell -> cell.sparsity() > 0);
    List<String> headers =
        new ArrayList<>(
            List.of("epochs", "dense parameters", "embedding parameters", "s/epoch", "memory"));
    if (shortened) {
      headers.add("tokens left out");
    }
    TextTable rows = rows(headers);
    for (ExperimentLine line : lines) {
      Optional<ParameterCount> parameters = line.parameters();
      List<Optional<String>> cells =
          new ArrayList<>(
              List.of(
                  text(line.spread(CellResult::chosenEpoch), number("%.0f")),
                  parameters.map(count -> number("%,.0f").apply(count.dense())),
                  parameters.map(count -> number("%,.0f").apply(count.embedding())),
                  text(table.timed(line).spread(CellResult::secondsPerEpoch), number("%.1f")),
                  line.peakMemory().map(Text::bytes)));
      if (shortened) {
        cells.add(text(line.spread(cell -> 100 * cell.sparsity()), number("%.1f %%")));
      }
      rows.add(cells(line, cells));
    }
    return rows;
  }

  private static TextTable metrics(List<ExperimentLine> lines, String time) {
    TextTable rows = rows(ExperimentTable.METRICS);
    for (ExperimentLine line : lines) {
      List<Optional<String>> cells = new ArrayList<>();
      for (String metric : ExperimentTable.METRICS) {
        cells.add(text(line.spread(cell -> line.metrics(cell, time), metric), Text::metric));
      }
      rows.add(cells(line, cells));
    }
    return rows;
  }

  private TextTable differences(List<ExperimentLine> lines) {
    List<String> headers = new ArrayList<>();
    for (String time : TIMES) {
      Comparison.METRICS.forEach(metric -> headers.add(metric + ", " + time + " time"));
    }
    int compared = headers.size();
    // As for shorter histories, of which up to 2 % may be the price.
    Comparison.METRICS.forEach(metric -> headers.add("lower bound of " + metric));
    TextTable rows = rows(headers);
    for (ExperimentLine line : lines) {
      if (!table.isBaseline(line)) {
        List<Comparison> found = line.comparisons();
        List<String> cells = new ArrayList<>();
        cells.add(line.row().name());
        cells.add(found.isEmpty() ? UNKNOWN : seeds(found.get(0).seeds()));
        for (int i = 0; i < compared; i++) {
          cells.add(found.isEmpty() ? UNKNOWN : found.get(i).text());
        }
        for (int i = 0; i < Comparison.METRICS.size(); i++) {
          Double share = found.isEmpty() ? null : found.get(i).lowShare();
          cells.add(share == null ? UNKNOWN : percent(share));
        }
        rows.add(cells);
      }
    }
    return rows;
  }

  private static String percent(double share) {
    return String.format(Locale.ROOT, "%+.1f %%", 100 * share);
  }

  private static TextTable others(Split.Protocol protocol, List<ExperimentLine> lines) {
    SeenItems counted = Measurement.counted(protocol);
    String own = Measurement.word(counted);
    String other = Measurement.word(Measurement.other(counted));
    boolean watched = lines.stream().anyMatch(line -> bestOnTest(line).isPresent());
    List<String> headers =
        new ArrayList<>(
            List.of(other + " removed", "users in no tie", "in no tie, " + LAST + " time"));
    if (watched) {
      headers.add("best on test");
    }
    headers.add(Measurement.BASELINE);
    TextTable rows = rows(headers);
    for (ExperimentLine line : lines) {
      List<Optional<String>> cells = new ArrayList<>();
      cells.add(pair(line, cell -> ExperimentLine.metrics(cell, TARGET, other, false)));
      cells.add(pair(line, cell -> ExperimentLine.metrics(cell, TARGET, own, true)));
      cells.add(pair(line, cell -> ExperimentLine.metrics(cell, LAST, own, true)));
      if (watched) {
        cells.add(bestOnTest(line));
      }
      cells.add(pair(line, CellResult::baseline));
      rows.add(cells(line, cells));
    }
    return rows;
  }

  private static Optional<String> bestOnTest(ExperimentLine line) {
    return pair(line, cell -> cell.bestOnTest() == null ? Map.of() : cell.bestOnTest());
  }

  private static Optional<String> pair(
      ExperimentLine line, Function<CellResult, Map<String, Double>> metrics) {
    List<String> means =
        Comparison.METRICS.stream()
            .flatMap(metric -> line.spread(metrics, metric).stream())
            .map(spread -> Text.metric(spread.mean()))
            .toList();
    return means.isEmpty() ? Optional.empty() : Optional.of(String.join(" / ", means));
  }

  static TextTable rows(List<String> headers) {
    List<String> all = new ArrayList<>(List.of("row", "seeds"));
    all.addAll(headers);
    return new TextTable(all);
  }

  static List<String> cells(ExperimentLine line, List<Optional<String>> values) {
    List<String> seeds = new ArrayList<>();
    if (!line.finished().isEmpty()) {
      seeds.add(seeds(line.finished().keySet()));
    }
    if (!line.missing().isEmpty()) {
      seeds.add("missing: " + seeds(line.missing()));
    }
    List<String> cells = new ArrayList<>();
    cells.add(line.row().name());
    cells.add(String.join("; ", seeds));
    values.forEach(value -> cells.add(value.orElse(UNKNOWN)));
    return cells;
  }

  static String seeds(Collection<Long> seeds) {
    return seeds.stream().map(String::valueOf).collect(Collectors.joining(", "));
  }

  private static DoubleFunction<String> number(String format) {
    return value -> String.format(Locale.ROOT, format, value);
  }

  private static Optional<String> text(Optional<Spread> spread, DoubleFunction<String> number) {
    return spread.map(found -> found.text(number));
  }
}
