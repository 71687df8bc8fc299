package io.genrec.cli;

import io.genrec.api.GenRecException;
import io.genrec.api.storage.AtomicFile;
import io.genrec.api.storage.IfExists;
import io.genrec.gpsd.PowerLaw;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.ToDoubleFunction;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code genrec scaling}: quality against size, and the power law through it. */
@Command(
    name = "scaling",
    header = "Measure quality against model size and fit a power law.",
    description = {
      "Pretrains and transfers every size of a study with every seed; writes scaling.csv and the"
          + " log-log picture scaling.png into --out. Finished runs are skipped, a killed one"
          + " continues. A law is fitted only to values that rise or fall with every size.",
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

  @Parameters(index = "0", paramLabel = "FILE", description = "What is run, on which samples.")
  private Path file = Path.of("");

  @Mixin private StudyOption options = new StudyOption();

  Scaling(Terminal terminal) {
    super(terminal);
  }

  @Override
  Answer run(Reporter reporter) {
    GpsdStudy study = GpsdStudy.read(file);
    return answer(study, options.run(study, reporter, cells -> results(study, cells)));
  }

  /** What is there of each size, after as many runs as are allowed. */
  private static Map<GpsdStudy.Size, List<GpsdResult>> results(GpsdStudy study, GpsdCells cells) {
    Map<GpsdStudy.Size, List<GpsdResult>> results = new LinkedHashMap<>();
    for (GpsdStudy.Size size : study.sizes()) {
      for (long seed : study.seeds()) {
        cells
            .sized(size, seed)
            .ifPresent(result -> results.computeIfAbsent(size, s -> new ArrayList<>()).add(result));
      }
    }
    return results;
  }

  private Answer answer(GpsdStudy study, Map<GpsdStudy.Size, List<GpsdResult>> results) {
    TextTable table =
        new TextTable(List.of("size", "block parameters", "seeds", "AUC", "log loss"));
    StringBuilder csv = new StringBuilder("size,block_parameters,seed,auc,log_loss,seconds\n");
    results.forEach(
        (size, runs) -> {
          table.add(
              List.of(
                  size.name(),
                  String.valueOf(runs.get(0).blockParameters()),
                  String.valueOf(runs.size()),
                  mean(runs, GpsdResult::lastAuc),
                  mean(runs, Scaling::lastLoss)));
          runs.forEach(
              run ->
                  csv.append(
                      String.format(
                          Locale.ROOT,
                          "%s,%d,%d,%.6f,%.6f,%.1f%n",
                          size.name(),
                          run.blockParameters(),
                          run.configuration().seed(),
                          run.lastAuc(),
                          lastLoss(run),
                          run.seconds())));
        });
    Path out = options.out();
    AtomicFile.write(
        out.resolve("scaling.csv"),
        IfExists.REPLACE,
        to -> to.write(csv.toString().getBytes(StandardCharsets.UTF_8)));
    List<String> lines = new ArrayList<>(table.lines());
    List<List<GpsdResult>> runs = List.copyOf(results.values());
    lines.add("AUC: " + fit(runs, GpsdResult::lastAuc));
    lines.add("log loss: " + fit(runs, Scaling::lastLoss));
    if (!runs.isEmpty()) {
      ScalingChart.write(out.resolve("scaling.png"), study.name(), sizes(runs), losses(runs));
    }
    return new Answer(lines, Map.of("table", table.lines(), "folder", out.toString()));
  }

  private static double lastLoss(GpsdResult result) {
    return result.logLoss().get(result.logLoss().size() - 1);
  }

  private static String mean(List<GpsdResult> runs, ToDoubleFunction<GpsdResult> value) {
    return String.format(
        Locale.ROOT, "%.4f", runs.stream().mapToDouble(value).average().orElseThrow());
  }

  private static double[] sizes(List<List<GpsdResult>> runs) {
    return runs.stream().mapToDouble(own -> own.get(0).blockParameters()).toArray();
  }

  private static double[] losses(List<List<GpsdResult>> runs) {
    return runs.stream()
        .mapToDouble(own -> own.stream().mapToDouble(Scaling::lastLoss).average().orElseThrow())
        .toArray();
  }

  /** A curve that no power law describes is an answer too. */
  private static String fit(List<List<GpsdResult>> runs, ToDoubleFunction<GpsdResult> value) {
    double[][] values =
        runs.stream()
            .map(own -> own.stream().mapToDouble(value).toArray())
            .toArray(double[][]::new);
    try {
      return PowerLaw.bootstrap(sizes(runs), values, ROUNDS, CONFIDENCE, 1).toString();
    } catch (GenRecException e) {
      return "not fitted: " + Objects.requireNonNull(e.getMessage());
    }
  }
}
