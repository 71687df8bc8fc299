package io.genrec.cli;

import io.genrec.engine.transfer.TransferStrategy;
import io.genrec.gpsd.PowerLaw.Interval;
import io.genrec.gpsd.UserScores;
import java.nio.file.Path;
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

  private final GpsdStudy study;
  private final GpsdCells cells;
  private final Path folder;
  private final Map<String, List<GpsdResult>> rows = new LinkedHashMap<>();

  GpsdTable(GpsdStudy study, GpsdCells cells, Path folder) {
    this.study = study;
    this.cells = cells;
    this.folder = folder;
  }

  /** Runs what is missing, as long as runs are allowed, and gives the table as Markdown. */
  List<String> make() {
    Map<TransferStrategy, Double> rates = new LinkedHashMap<>();
    List<String> chosen = new ArrayList<>();
    for (TransferStrategy strategy : study.strategies()) {
      Optional<GpsdResult> best = choose(strategy);
      best.ifPresent(
          trial -> {
            double rate = trial.configuration().optimizer().rate();
            rates.put(strategy, rate);
            chosen.add(
                String.format(
                    Locale.ROOT,
                    "%s: rate %s, validation AUC %.4f after pass %d",
                    strategy,
                    rate,
                    trial.auc().get(trial.bestPass()),
                    trial.bestPass() + 1));
          });
    }
    rates.forEach(
        (strategy, rate) ->
            study
                .seeds()
                .forEach(seed -> add(strategy.name(), cells.strategy(strategy, rate, seed))));
    Double ofNone = rates.get(TransferStrategy.NT);
    Double ofFrozen = rates.get(TransferStrategy.ST_SF);
    for (long seed : study.seeds()) {
      if (ofNone != null) {
        add("NT, pretraining's passes too", cells.longer(ofNone, seed));
      }
      if (ofFrozen != null) {
        add(
            "ST_SF, pretrained without test users",
            cells.control(TransferStrategy.ST_SF, ofFrozen, seed));
      }
    }
    List<String> lines = new ArrayList<>(table().markdown());
    lines.add("");
    chosen.forEach(line -> lines.add("- " + line));
    lines.add("");
    lines.addAll(claims());
    return lines;
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
    headers.addAll(List.of("AUC of 1 in 21", "popularity"));
    for (int pass = 1; pass <= passes; pass++) {
      headers.add("pass " + pass);
    }
    TextTable table = new TextTable(headers);
    rows.forEach(
        (name, results) -> {
          List<String> cells = new ArrayList<>();
          cells.add(name);
          cells.add(String.valueOf(results.size()));
          cells.add(mean(results, GpsdResult::lastAuc));
          Interval own = UserScores.interval(scores(results), ROUNDS, 1);
          cells.add(String.format(Locale.ROOT, "%.4f to %.4f", own.low(), own.high()));
          cells.add(
              difference(results, rows.get(TransferStrategy.NT.name()))
                  .map(GpsdTable::text)
                  .orElse(ABSENT));
          cells.add(
              mean(results, result -> result.long20() == null ? Double.NaN : result.long20()));
          cells.add(
              mean(
                  results,
                  result -> result.popularity() == null ? Double.NaN : result.popularity()));
          for (int pass = 0; pass < passes; pass++) {
            int index = pass;
            cells.add(
                results.get(0).auc().size() > pass
                    ? mean(results, result -> result.auc().get(index))
                    : "");
          }
          table.add(cells);
        });
    return table;
  }

  private static String mean(List<GpsdResult> results, ToDoubleFunction<GpsdResult> value) {
    double mean = results.stream().mapToDouble(value).average().orElse(Double.NaN);
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

  private List<UserScores> scores(List<GpsdResult> results) {
    return results.stream().map(result -> GpsdJob.scores(folder.resolve(result.name()))).toList();
  }

  // What the paper claims.

  private List<String> claims() {
    List<String> lines = new ArrayList<>();
    lines.add("| claim | measured | verdict |");
    lines.add("|---|---|---|");
    List<GpsdResult> none = rows.get(TransferStrategy.NT.name());
    if (none != null && none.get(0).auc().size() > 1) {
      double first = average(none, 0);
      double last = average(none, none.get(0).auc().size() - 1);
      lines.add(
          claim(
              "NT overfits after its first epoch",
              String.format(Locale.ROOT, "AUC %.4f after pass 1, %.4f at the end", first, last),
              last < first ? Verdict.AGREES : Verdict.DISAGREES));
    }
    compare(lines, "freezing helps FT", "FT_SF", "FT", true);
    compare(lines, "freezing helps ST", "ST_SF", "ST", true);
    compare(lines, "ST without freezing does not help by itself", "ST", "NT", false);
    best(lines);
    return lines;
  }

  private static double average(List<GpsdResult> results, int pass) {
    return results.stream().mapToDouble(result -> result.auc().get(pass)).average().orElseThrow();
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
    List<String> named =
        study.strategies().stream().map(Enum::name).filter(rows::containsKey).toList();
    if (named.size() < study.strategies().size()) {
      return;
    }
    Comparator<String> byAuc =
        Comparator.comparingDouble(
            name ->
                Objects.requireNonNull(rows.get(name)).stream()
                    .mapToDouble(GpsdResult::lastAuc)
                    .average()
                    .orElseThrow());
    List<String> order = named.stream().sorted(byAuc.reversed()).toList();
    Interval lead =
        difference(
                Objects.requireNonNull(rows.get(order.get(0))),
                Objects.requireNonNull(rows.get(order.get(1))))
            .orElseThrow();
    lines.add(
        claim(
            "FT_SF or ST_SF is best",
            order.get(0) + " minus " + order.get(1) + ": " + text(lead),
            order.get(0).endsWith("_SF") ? Verdict.AGREES : Verdict.DISAGREES));
  }
}
