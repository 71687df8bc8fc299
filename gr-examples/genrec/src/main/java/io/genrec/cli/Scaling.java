package io.genrec.cli;

import io.genrec.api.GenRecException;
import io.genrec.api.storage.AtomicFile;
import io.genrec.api.storage.IfExists;
import io.genrec.gpsd.PowerLaw;
import io.genrec.gpsd.PowerLaw.Interval;
import io.genrec.gpsd.UserScores;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.LongFunction;
import java.util.function.ToDoubleFunction;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code genrec scaling}: quality against size, and the power law through it. */
@Command(
    name = "scaling",
    header = "Measure quality against model size and fit a power law.",
    description = {
      "Pretrains and transfers every size of a study with every seed, and trains its models for"
          + " the comparison by operations. Writes scaling.md, scaling.csv and log-log pictures"
          + " into docs/results/STUDY. Finished runs are skipped, a killed one continues. A law is"
          + " fitted only to values that rise or fall with every size.",
      ""
    },
    sortOptions = false,
    footer = {
      "",
      "Example:",
      "  genrec scaling configs/gpsd/amazon-beauty.json --data data/beauty-gpsd --out runs/scaling"
    })
final class Scaling extends Subcommand {
  private static final int ROUNDS = 1000;
  private static final double CONFIDENCE = 0.95;
  private static final String PARAMETERS = "parameters of the blocks";
  private static final String WORK = "floating-point operations of training";
  private static final String LOG_LOSS = "log loss of test samples";
  private static final String HIT_RATE = "HR@1 of 21";

  @Parameters(index = "0", paramLabel = "FILE", description = "What is run, on which samples.")
  private Path file = Path.of("");

  @Mixin private StudyOption options = new StudyOption();

  Scaling(Terminal terminal) {
    super(terminal);
  }

  /**
   * Runs of a model in one size.
   *
   * @param family what it is a size of
   * @param name its own name
   * @param runs one for each seed, at least one
   */
  private record Sized(String family, String name, List<GpsdResult> runs) {
    double parameters() {
      return runs.get(0).blockParameters();
    }

    double flops() {
      return runs.get(0).flops();
    }

    double[] values(ToDoubleFunction<GpsdResult> metric) {
      return runs.stream().mapToDouble(metric).toArray();
    }

    double mean(ToDoubleFunction<GpsdResult> metric) {
      return Spread.of(values(metric)).mean();
    }

    /** A deviation to both sides, if there are several runs. */
    LogChart.Point point(double x, ToDoubleFunction<GpsdResult> metric) {
      Spread spread = Spread.of(values(metric));
      Double deviation = spread.deviation();
      return new LogChart.Point(
          x,
          spread.mean(),
          deviation == null
              ? Optional.empty()
              : Optional.of(new Interval(spread.mean() - deviation, spread.mean() + deviation)));
    }
  }

  @Override
  Answer run(Reporter reporter) {
    GpsdStudy study = GpsdStudy.read(file);
    return options.run(study, reporter, cells -> answer(study, cells));
  }

  private Answer answer(GpsdStudy study, GpsdCells cells) {
    List<Sized> sizes = new ArrayList<>();
    for (GpsdStudy.Size size : study.sizes()) {
      add(sizes, study, study.name(), size.name(), seed -> cells.sized(size, seed));
    }
    List<Sized> compute = new ArrayList<>();
    for (GpsdStudy.Row row : study.compute()) {
      add(compute, study, row.family(), row.name(), seed -> cells.compute(row, seed));
    }
    List<String> lines = new ArrayList<>();
    GpsdResults results = cells.results();
    if (!sizes.isEmpty()) {
      lines.addAll(bySize(study, sizes, results));
    }
    if (!compute.isEmpty()) {
      lines.addAll(byWork(study, compute, results));
    }
    write(results.folder().resolve("scaling.md"), String.join("\n", lines) + "\n");
    write(results.folder().resolve("scaling.csv"), csv(sizes, compute));
    return new Answer(lines, Map.of("folder", results.folder().toString()));
  }

  private static void add(
      List<Sized> all,
      GpsdStudy study,
      String family,
      String name,
      LongFunction<Optional<GpsdResult>> cell) {
    List<GpsdResult> runs =
        study.seeds().stream().map(cell::apply).flatMap(Optional::stream).toList();
    if (!runs.isEmpty()) {
      all.add(new Sized(family, name, runs));
    }
  }

  private static List<String> bySize(GpsdStudy study, List<Sized> sizes, GpsdResults results) {
    TextTable table =
        new TextTable(
            List.of("size", "block parameters", "seeds", "AUC", "95 %", "log loss", "popularity"));
    List<LogChart.Point> aucs = new ArrayList<>();
    List<LogChart.Point> losses = new ArrayList<>();
    for (Sized size : sizes) {
      Interval interval =
          UserScores.interval(size.runs().stream().map(results::scores).toList(), ROUNDS, 1);
      double auc = size.mean(GpsdResult::lastAuc);
      aucs.add(new LogChart.Point(size.parameters(), auc, Optional.of(interval)));
      losses.add(size.point(size.parameters(), Scaling::lastLoss));
      table.add(
          List.of(
              size.name(),
              String.valueOf(size.runs().get(0).blockParameters()),
              String.valueOf(size.runs().size()),
              text(auc),
              text(interval.low()) + " to " + text(interval.high()),
              text(size.mean(Scaling::lastLoss)),
              text(size.mean(Scaling::popularity))));
    }
    List<String> lines = new ArrayList<>(table.markdown());
    lines.add("");
    Optional<PowerLaw> auc = fit(lines, "AUC", sizes, GpsdResult::lastAuc);
    Optional<PowerLaw> loss = fit(lines, "log loss", sizes, Scaling::lastLoss);
    draw(results, "scaling-auc", study, PARAMETERS, "AUC", List.of(curve("AUC", aucs, auc)));
    draw(
        results,
        "scaling-loss",
        study,
        PARAMETERS,
        LOG_LOSS,
        List.of(curve("log loss", losses, loss)));
    return lines;
  }

  private static List<String> byWork(GpsdStudy study, List<Sized> rows, GpsdResults results) {
    TextTable table =
        new TextTable(
            List.of("model", "training FLOPs", "seeds", "AUC", "log loss", HIT_RATE, "popularity"));
    Map<String, List<LogChart.Point>> losses = new LinkedHashMap<>();
    Map<String, List<LogChart.Point>> hits = new LinkedHashMap<>();
    for (Sized row : rows) {
      losses
          .computeIfAbsent(row.family(), family -> new ArrayList<>())
          .add(row.point(row.flops(), Scaling::lastLoss));
      hits.computeIfAbsent(row.family(), family -> new ArrayList<>())
          .add(row.point(row.flops(), Scaling::hitRate));
      table.add(
          List.of(
              row.name(),
              String.format(Locale.ROOT, "%.2e", row.flops()),
              String.valueOf(row.runs().size()),
              text(row.mean(GpsdResult::lastAuc)),
              text(row.mean(Scaling::lastLoss)),
              text(row.mean(Scaling::hitRate)),
              text(row.mean(Scaling::popularity))));
    }
    draw(results, "compute-loss", study, WORK, LOG_LOSS, curves(losses));
    draw(results, "compute-hit-rate", study, WORK, HIT_RATE, curves(hits));
    List<String> lines = new ArrayList<>(List.of(""));
    lines.addAll(table.markdown());
    return lines;
  }

  private static List<LogChart.Curve> curves(Map<String, List<LogChart.Point>> points) {
    return points.entrySet().stream()
        .map(entry -> curve(entry.getKey(), entry.getValue(), Optional.empty()))
        .toList();
  }

  private static LogChart.Curve curve(
      String name, List<LogChart.Point> points, Optional<PowerLaw> law) {
    List<LogChart.Point> ascending =
        points.stream().sorted(Comparator.comparingDouble(LogChart.Point::x)).toList();
    return new LogChart.Curve(name, ascending, law);
  }

  private static void draw(
      GpsdResults results,
      String name,
      GpsdStudy study,
      String x,
      String y,
      List<LogChart.Curve> curves) {
    LogChart.write(results.folder().resolve(name + ".png"), study.name(), x, y, curves);
  }

  private static String csv(List<Sized> sizes, List<Sized> compute) {
    StringBuilder csv =
        new StringBuilder("study,model,block_parameters,training_flops,seed,auc,log_loss,hr_1\n");
    append(csv, "size", sizes);
    append(csv, "compute", compute);
    return csv.toString();
  }

  private static void append(StringBuilder csv, String study, List<Sized> rows) {
    for (Sized row : rows) {
      for (GpsdResult run : row.runs()) {
        csv.append(
            String.format(
                Locale.ROOT,
                "%s,%s,%d,%.6e,%d,%.6f,%.6f,%.6f\n",
                study,
                row.name(),
                run.blockParameters(),
                run.flops(),
                run.configuration().seed(),
                run.lastAuc(),
                lastLoss(run),
                hitRate(run)));
      }
    }
  }

  private static void write(Path file, String text) {
    AtomicFile.write(file, IfExists.REPLACE, to -> to.write(text.getBytes(StandardCharsets.UTF_8)));
  }

  private static double lastLoss(GpsdResult result) {
    return result.logLoss().get(result.logLoss().size() - 1);
  }

  private static double hitRate(GpsdResult result) {
    return result.hitRates().getOrDefault("HR@1", Double.NaN);
  }

  private static double popularity(GpsdResult result) {
    Double popularity = result.popularity();
    return popularity == null ? Double.NaN : popularity;
  }

  private static String text(double value) {
    return String.format(Locale.ROOT, "%.4f", value);
  }

  /** A curve that no power law describes is an answer too. */
  private static Optional<PowerLaw> fit(
      List<String> lines, String metric, List<Sized> sizes, ToDoubleFunction<GpsdResult> value) {
    double[] parameters = sizes.stream().mapToDouble(Sized::parameters).toArray();
    double[][] values = sizes.stream().map(size -> size.values(value)).toArray(double[][]::new);
    try {
      PowerLaw.Fit fit = PowerLaw.bootstrap(parameters, values, ROUNDS, CONFIDENCE, 1);
      lines.add("- " + metric + ": " + fit);
      return Optional.of(fit.law());
    } catch (GenRecException e) {
      lines.add("- " + metric + ": not fitted: " + Objects.requireNonNull(e.getMessage()));
      return Optional.empty();
    }
  }
}
