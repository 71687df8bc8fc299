package io.genrec.cli;

import io.genrec.engine.transfer.TransferStrategy;
import io.genrec.gpsd.PowerLaw.Interval;
import io.genrec.gpsd.UserScores;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * The table of a study: a row for each strategy, AUC by pass, and what becomes of the paper's
 * claims.
 */
final class GpsdTable {
  private static final int ROUNDS = 1000;
  private static final String ABSENT = "-";
  private static final int HASH = 12;

  private final GpsdStudy study;
  private final GpsdCells cells;
  private final GpsdResults results;
  private final Map<TransferStrategy, GpsdResult> chosen = new LinkedHashMap<>();
  private final Map<String, List<GpsdResult>> rows = new LinkedHashMap<>();

  GpsdTable(GpsdStudy study, GpsdCells cells, GpsdResults results) {
    this.study = study;
    this.cells = cells;
    this.results = results;
  }

  /** Runs what is missing, as long as runs are allowed. */
  void run() {
    for (TransferStrategy strategy : study.strategies()) {
      choose(strategy).ifPresent(trial -> chosen.put(strategy, trial));
    }
    chosen.forEach(
        (strategy, trial) ->
            study
                .seeds()
                .forEach(
                    seed -> add(strategy.name(), cells.strategy(strategy, rate(trial), seed))));
    GpsdResult none = chosen.get(TransferStrategy.NT);
    GpsdResult frozen = chosen.get(TransferStrategy.ST_SF);
    for (long seed : study.seeds()) {
      if (none != null) {
        add("NT, pretraining's passes too", cells.longer(rate(none), seed));
      }
      if (frozen != null) {
        add(
            "ST_SF, pretrained without test users",
            cells.control(TransferStrategy.ST_SF, rate(frozen), seed));
      }
    }
  }

  private static double rate(GpsdResult trial) {
    return trial.configuration().optimizer().rate();
  }

  /** What {@link #run} found, as Markdown. */
  List<String> markdown() {
    List<String> lines = new ArrayList<>(List.of("# " + study.name(), ""));
    chosen.values().stream()
        .findFirst()
        .ifPresent(
            any ->
                lines.add(
                    "- "
                        + any.data()
                        + ", negatives `"
                        + any.negatives().substring(0, HASH)
                        + "`"));
    lines.add("");
    lines.addAll(table().markdown());
    lines.add("");
    chosen.forEach(
        (strategy, trial) ->
            lines.add(
                String.format(
                    Locale.ROOT,
                    "- %s: rate %s, validation AUC %.4f after pass %d",
                    strategy,
                    rate(trial),
                    trial.auc().get(trial.bestPass()),
                    trial.bestPass() + 1)));
    lines.add("");
    lines.addAll(claims());
    return lines;
  }

  /** The AUC of each of a strategy's seeds by pass; for strategies alone, without controls. */
  Map<String, List<List<Double>>> curves() {
    Map<String, List<List<Double>>> curves = new LinkedHashMap<>();
    for (TransferStrategy strategy : study.strategies()) {
      List<GpsdResult> found = rows.get(strategy.name());
      if (found != null) {
        curves.put(strategy.name(), found.stream().map(GpsdResult::auc).toList());
      }
    }
    return curves;
  }

  private void add(String row, Optional<GpsdResult> result) {
    result.ifPresent(found -> rows.computeIfAbsent(row, name -> new ArrayList<>()).add(found));
  }

  /** The trial with the best pass, once all trials of a strategy are there. */
  private Optional<GpsdResult> choose(TransferStrategy strategy) {
    List<GpsdResult> trials = new ArrayList<>();
    for (double rate : study.rates()) {
      cells.trial(strategy, rate).ifPresent(trials::add);
    }
    return trials.size() < study.rates().size()
        ? Optional.empty()
        : trials.stream()
            .max(Comparator.comparingDouble(trial -> trial.auc().get(trial.bestPass())));
  }

  private TextTable table() {
    int passes =
        rows.values().stream()
            .flatMap(List::stream)
            .mapToInt(result -> result.auc().size())
            .max()
            .orElse(0);
    List<String> headers =
        new ArrayList<>(List.of("strategy", "seeds", "AUC", "95 %", "minus NT (95 %)"));
    headers.addAll(List.of("at the chosen pass", "AUC of 1 in 21", "HR@1 of 21", "popularity"));
    for (int pass = 1; pass <= passes; pass++) {
      headers.add("pass " + pass);
    }
    TextTable table = new TextTable(headers);
    rows.forEach(
        (name, runs) -> {
          List<String> cells = new ArrayList<>();
          cells.add(name);
          cells.add(String.valueOf(runs.size()));
          cells.add(mean(runs, GpsdResult::lastAuc));
          Interval own = UserScores.interval(scores(runs), ROUNDS, 1);
          cells.add(String.format(Locale.ROOT, "%.4f to %.4f", own.low(), own.high()));
          cells.add(
              difference(runs, rows.get(TransferStrategy.NT.name()))
                  .map(GpsdTable::text)
                  .orElse(ABSENT));
          cells.add(atChosenPass(name, runs));
          cells.add(mean(runs, run -> orNaN(run.long20())));
          cells.add(mean(runs, run -> orNaN(run.hitRates().get("HR@1"))));
          cells.add(mean(runs, run -> orNaN(run.popularity())));
          for (int pass = 0; pass < passes; pass++) {
            int index = pass;
            cells.add(
                runs.get(0).auc().size() > pass ? mean(runs, run -> run.auc().get(index)) : "");
          }
          table.add(cells);
        });
    return table;
  }

  /** After the pass that was the best for validation users. */
  private String atChosenPass(String row, List<GpsdResult> runs) {
    return chosen.entrySet().stream()
        .filter(entry -> entry.getKey().name().equals(row))
        .map(entry -> entry.getValue().bestPass())
        .findFirst()
        .map(pass -> mean(runs, run -> run.auc().get(pass)) + " (" + (pass + 1) + ")")
        .orElse(ABSENT);
  }

  private static double orNaN(@Nullable Double value) {
    return value == null ? Double.NaN : value;
  }

  private static String mean(List<GpsdResult> runs, ToDoubleFunction<GpsdResult> value) {
    double mean = runs.stream().mapToDouble(value).average().orElse(Double.NaN);
    return Double.isNaN(mean) ? ABSENT : String.format(Locale.ROOT, "%.4f", mean);
  }

  private static String text(Interval interval) {
    return String.format(Locale.ROOT, "%+.4f to %+.4f", interval.low(), interval.high());
  }

  private Optional<Interval> difference(List<GpsdResult> ones, @Nullable List<GpsdResult> others) {
    if (others == null || ones == others) {
      return Optional.empty();
    }
    return Optional.of(UserScores.difference(scores(ones), scores(others), ROUNDS, 1));
  }

  private List<UserScores> scores(List<GpsdResult> runs) {
    return runs.stream().map(results::scores).toList();
  }

  // What the paper claims.

  private List<String> claims() {
    List<String> lines = new ArrayList<>();
    lines.add("| claim | measured | verdict |");
    lines.add("|---|---|---|");
    change(lines, "NT overfits after its first epoch", "NT", true);
    change(lines, "freezing cures it in FT_SF", "FT_SF", false);
    change(lines, "freezing cures it in ST_SF", "ST_SF", false);
    compare(lines, "freezing helps FT", "FT_SF", "FT", true);
    compare(lines, "freezing helps ST", "ST_SF", "ST", true);
    compare(lines, "ST without freezing does not help by itself", "ST", "NT", false);
    best(lines);
    return lines;
  }

  /** From the first pass to the last; what seeds do not agree on is undecided. */
  private void change(List<String> lines, String claim, String row, boolean falls) {
    List<GpsdResult> runs = rows.get(row);
    if (runs == null || runs.get(0).auc().size() < 2) {
      return;
    }
    long falling = runs.stream().filter(run -> run.lastAuc() < run.auc().get(0)).count();
    Verdict verdict =
        falling == (falls ? runs.size() : 0)
            ? Verdict.AGREES
            : falling == (falls ? 0 : runs.size()) ? Verdict.DISAGREES : Verdict.UNDECIDED;
    String measured =
        String.format(
            Locale.ROOT,
            "AUC %s after pass 1, %s at the end; lower with %d of %d seeds",
            mean(runs, run -> run.auc().get(0)),
            mean(runs, GpsdResult::lastAuc),
            falling,
            runs.size());
    lines.add(claim(claim, measured, verdict));
  }

  private enum Verdict {
    AGREES,
    DISAGREES,
    UNDECIDED
  }

  private static String claim(String claim, String measured, Verdict verdict) {
    return "| " + claim + " | " + measured + " | " + verdict.name().toLowerCase(Locale.ROOT) + " |";
  }

  private void compare(List<String> lines, String claim, String one, String other, boolean gains) {
    List<GpsdResult> ones = rows.get(one);
    List<GpsdResult> others = rows.get(other);
    if (ones == null || others == null) {
      return;
    }
    Interval interval = difference(ones, others).orElseThrow();
    Verdict verdict;
    if (gains) {
      verdict =
          interval.low() > 0
              ? Verdict.AGREES
              : interval.high() < 0 ? Verdict.DISAGREES : Verdict.UNDECIDED;
    } else {
      verdict = interval.low() > 0 ? Verdict.DISAGREES : Verdict.AGREES;
    }
    lines.add(claim(claim, one + " minus " + other + ": " + text(interval), verdict));
  }

  private void best(List<String> lines) {
    Optional<String> frozen = leader(List.of("FT_SF", "ST_SF"));
    Optional<String> free = leader(List.of("NT", "FT", "ST"));
    if (frozen.isPresent() && free.isPresent()) {
      compare(lines, "FT_SF or ST_SF is best", frozen.get(), free.get(), true);
    }
  }

  /** The best of some rows; none unless all are there. */
  private Optional<String> leader(List<String> names) {
    return rows.keySet().containsAll(names)
        ? names.stream().max(Comparator.comparingDouble(this::auc))
        : Optional.empty();
  }

  private double auc(String row) {
    return Objects.requireNonNull(rows.get(row)).stream()
        .mapToDouble(GpsdResult::lastAuc)
        .average()
        .orElseThrow();
  }
}
