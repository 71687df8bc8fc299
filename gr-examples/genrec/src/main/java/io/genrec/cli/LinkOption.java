package io.genrec.cli;

import io.genrec.api.GenRecException;
import io.genrec.api.graph.Graph;
import io.genrec.api.graph.Parameter;
import io.genrec.api.sequence.Schema;
import io.genrec.api.training.Sampler;
import io.genrec.api.training.SamplerContext;
import io.genrec.engine.model.Model;
import io.genrec.engine.optimizer.StepFormula;
import io.genrec.engine.program.Program;
import io.genrec.engine.run.RunConfig;
import io.genrec.engine.training.CopyCost;
import io.genrec.engine.training.StepsGraph;
import io.genrec.engine.wiring.Registry;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/**
 * How many steps a run on a device has to make for copies to be a small part of it: a calculation
 * from sizes, a link's stated speed and a stated time of computing.
 */
final class LinkOption {
  private static final double BELOW = 0.1;
  private static final double GIGA = 1e9;
  private static final double MEGA = 1e6;
  private static final double MILLI = 1e-3;

  @Option(
      names = "--link-gb-per-s",
      paramLabel = "GB/S",
      description = {
        "Compute how many steps a run on a device has to make (training/stepsPerRun) for copies to"
            + " take less than 10 %% of it, over a link of this speed: 25 for PCIe 4.0 x16.",
        "Nothing runs on a device for it."
      })
  private @Nullable Double speed;

  @Option(
      names = "--speedup",
      paramLabel = "N",
      description =
          "How many times faster than here the device is assumed to compute a step (default:"
              + " ${DEFAULT-VALUE}).")
  private double speedup = 50;

  @Option(
      names = "--device-step-ms",
      paramLabel = "MS",
      description = "What the device computes for a step, in place of --speedup.")
  private @Nullable Double stepMillis;

  @Option(
      names = "--rows",
      paramLabel = "N",
      description = "Compute copies as if the table of items had so many rows.")
  private @Nullable Long rows;

  /** Refuses numbers that mean nothing, before anything is measured. */
  void check() {
    requirePositive("--link-gb-per-s", speed);
    requirePositive("--speedup", speedup);
    requirePositive("--device-step-ms", stepMillis);
    requirePositive("--rows", rows);
  }

  private static void requirePositive(String option, @Nullable Number value) {
    if (value != null && !(value.doubleValue() > 0)) {
      throw new GenRecException("InvalidValue", option + " must be above 0 but is " + value);
    }
  }

  /**
   * What was computed; empty without the option.
   *
   * @param hereMillis what a step takes here
   */
  Map<String, Object> json(RunConfig run, Model model, Registry registry, double hereMillis) {
    Map<String, Object> json = new LinkedHashMap<>();
    if (speed == null) {
      return json;
    }
    double millis = stepMillis != null ? stepMillis : hereMillis / speedup;
    double seconds = millis * MILLI;
    double bytesPerSecond = speed * GIGA;
    Parameter table = model.table(Schema.ITEM);
    long all = rows != null ? rows : table.size().get(0);
    CopyCost cost = cost(run, model, registry, all);
    OptionalInt least = cost.leastSteps(BELOW, seconds, bytesPerSecond);
    json.put("link_gb_per_s", speed);
    json.put("device_step_ms", millis);
    json.put("table_rows", all);
    json.put("one_step_copied_mb", cost.bytes(1) / MEGA);
    json.put("one_step_copies_share", cost.share(1, seconds, bytesPerSecond));
    json.put("steps_per_run", least.isPresent() ? least.getAsInt() : "none");
    least.ifPresent(
        steps -> {
          json.put("run_copied_mb", cost.bytes(steps) / MEGA);
          json.put("run_copies_share", cost.share(steps, seconds, bytesPerSecond));
        });
    return json;
  }

  private static CopyCost cost(RunConfig run, Model model, Registry registry, long all) {
    Sampler sampler = registry.sampler(run.sampler(), new SamplerContext(new long[] {0, 1}));
    String table = model.table(Schema.ITEM).name();
    boolean compact = run.training().compactTables();
    Graph step =
        model.training(
            registry.loss(run.loss()),
            sampler.sharing(),
            true,
            model.roles(),
            run.training().stochasticLength() != null);
    StepFormula formula =
        run.optimizer()
            .formula(model.parameters().values(), run.groups(), compact ? Set.of(table) : Set.of());
    long batch = run.training().batch();
    long length = run.model().maxHistory();
    long draws =
        switch (sampler.sharing()) {
          case POSITION -> batch * length;
          case SEQUENCE -> batch;
          case BATCH -> 1;
        };
    double ids = 2.0 * batch * length + (double) draws * sampler.count();
    Map<String, Long> sizes =
        Map.of(
            "batch",
            batch,
            "length",
            length,
            Model.LABELLED_DIM,
            length,
            "negatives",
            (long) sampler.count());
    return new CopyCost(
        Program.of(StepsGraph.of(step, formula)),
        (dim, steps) -> {
          if (dim.equals(table + ".rows")) {
            return compact ? distinct(all, steps * ids) : all;
          }
          Long known = sizes.get(dim);
          return known != null ? known : rowsOf(model, dim);
        });
  }

  /** How many different rows are expected among so many that are drawn alike. */
  private static long distinct(long all, double draws) {
    return (long) Math.ceil(-all * Math.expm1(draws * Math.log1p(-1.0 / all)));
  }

  /**
   * The rows of a table of which a run is given all.
   *
   * @param dim what graphs call them
   */
  static long rowsOf(Model model, String dim) {
    return model.parameters().values().stream()
        .filter(parameter -> dim.equals(parameter.name() + ".rows"))
        .findFirst()
        .map(parameter -> parameter.size().get(0))
        .orElseThrow(() -> new IllegalStateException("no input shows the size of " + dim));
  }
}
