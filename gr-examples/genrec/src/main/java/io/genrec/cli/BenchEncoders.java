package io.genrec.cli;

import com.sun.management.OperatingSystemMXBean;
import io.genrec.api.GenRecException;
import io.genrec.cli.EncoderBenchmark.Activations;
import io.genrec.cli.EncoderBenchmark.Kind;
import io.genrec.cli.EncoderBenchmark.Result;
import io.genrec.engine.wiring.Plugins;
import io.genrec.engine.wiring.Registry;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code genrec bench encoders}: what encoders cost by the length of the history. */
@Command(
    name = "encoders",
    header = "Measure HSTU, HSTU with Stochastic Length and the Llama form by length.",
    description = {
      "All have the same width, heads and layers, and train on made-up histories. \"step\" is a"
          + " training step, \"infer\" one pass over one history on one thread.",
      "",
      "\"act MiB\" are the intermediate values of a training step that are held at once, for one"
          + " sequence (with Stochastic Length: one that is cut), counted in the graph that runs."
          + " \"B/token\" is what a further layer adds to them for each token; \"d\" is that over"
          + " the width if each real took 16 bits, beside \"paper\" (arXiv 2402.17152, section"
          + " 3.3).",
      "",
      "A row is left out if the activations of all workers would take more than half of the"
          + " machine's memory.",
      ""
    },
    sortOptions = false,
    footer = {
      "",
      "Examples:",
      "  genrec bench encoders",
      "  genrec bench encoders --lengths 256,512,1024,2048,4096,8192 --png encoders.png",
      "  genrec bench encoders --lengths 1024 --dim 256 --heads 4 --layers 8 --batch 2 --json"
    })
final class BenchEncoders extends Subcommand {
  private static final double MEBIBYTE = 1 << 20;

  @Option(
      names = "--lengths",
      paramLabel = "N",
      split = ",",
      description = "Events of a history (default: ${DEFAULT-VALUE}).")
  private int[] lengths = {256, 512, 1024, 2048};

  @Option(
      names = "--batch",
      paramLabel = "B",
      description = "Sequences of a step (default: ${DEFAULT-VALUE}).")
  private int batch = 8;

  @Option(
      names = "--dim",
      paramLabel = "D",
      description = "The model's width (default: ${DEFAULT-VALUE}).")
  private int dim = 64;

  @Option(
      names = "--heads",
      paramLabel = "H",
      description = "Attention heads (default: ${DEFAULT-VALUE}).")
  private int heads = 2;

  @Option(names = "--layers", paramLabel = "L", description = "Layers (default: ${DEFAULT-VALUE}).")
  private int layers = 2;

  @Option(
      names = "--items",
      paramLabel = "V",
      description = "Items to choose from (default: ${DEFAULT-VALUE}).")
  private int items = 4000;

  @Option(
      names = "--negatives",
      paramLabel = "K",
      description = "Negatives of a step (default: ${DEFAULT-VALUE}).")
  private int negatives = 128;

  @Option(
      names = "--alpha",
      paramLabel = "A",
      description =
          "Stochastic Length, from 1 to 2: a history of N events is cut to N^(A/2) with chance 1 -"
              + " N^(A-2) (default: ${DEFAULT-VALUE}).")
  private double alpha = 1.6;

  @Option(
      names = "--repeat",
      paramLabel = "R",
      description = "Timed steps and passes of each row (default: ${DEFAULT-VALUE}).")
  private int repeat = 7;

  @Option(
      names = "--recompute",
      description =
          "Gradients compute matrices of pairs again, where attention has no kernel, in place of"
              + " keeping them.")
  private boolean recompute;

  @Option(names = "--png", paramLabel = "FILE", description = "Draw the steps' medians.")
  private @Nullable Path png;

  @Mixin private DeviceOption device = new DeviceOption();
  @Mixin private PluginOption plugins = new PluginOption();

  /** A row that was not measured. */
  private record LeftOut(int n, Kind kind, long bytes) {}

  BenchEncoders(Terminal terminal) {
    super(terminal);
  }

  @Override
  Answer run(Reporter reporter) {
    check();
    List<Result> results = new ArrayList<>();
    List<LeftOut> leftOut = new ArrayList<>();
    var options =
        new EncoderBenchmark.Options(
            batch, dim, heads, layers, items, negatives, alpha, repeat, recompute);
    try (BufferAllocator memory = new RootAllocator();
        Plugins loaded = plugins.load()) {
      Registry registry = Registry.of(loaded.list());
      for (int n : Arrays.stream(lengths).sorted().distinct().toArray()) {
        for (Kind kind : Kind.values()) {
          reporter.say("n " + n + ", " + kind.label());
          var benchmark =
              new EncoderBenchmark(kind, n, options, registry, device.require(), memory);
          Activations activations = benchmark.activations();
          long needed = benchmark.needed(activations);
          if (needed > most()) {
            leftOut.add(new LeftOut(n, kind, needed));
          } else {
            results.add(benchmark.run(activations, reporter));
          }
        }
      }
    }
    if (png != null) {
      draw(png, results);
    }
    return new Answer(lines(results, leftOut), json(results, leftOut));
  }

  /** Half of the machine's memory. */
  private static long most() {
    return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getTotalMemorySize()
        / 2;
  }

  private void check() {
    atLeast(2, "--lengths", lengths);
    atLeast(1, "--batch", batch);
    atLeast(1, "--dim", dim);
    atLeast(1, "--heads", heads);
    atLeast(1, "--layers", layers);
    atLeast(1, "--items", items);
    atLeast(1, "--negatives", negatives);
    atLeast(1, "--repeat", repeat);
    if (!(alpha >= 1 && alpha <= 2)) {
      throw new GenRecException("InvalidValue", "--alpha must be from 1 to 2 but is " + alpha);
    }
  }

  private static void atLeast(int least, String option, int... values) {
    for (int value : values) {
      if (value < least) {
        throw new GenRecException(
            "InvalidValue", option + " must be at least " + least + " but is " + value);
      }
    }
  }

  /** A step's time over that of HSTU on histories of the same length, if that was measured. */
  private static Optional<Double> toHstu(Result row, List<Result> results) {
    return results.stream()
        .filter(other -> other.n() == row.n() && other.kind() == Kind.HSTU)
        .findFirst()
        .map(hstu -> row.stepMillis() / hstu.stepMillis());
  }

  private List<String> lines(List<Result> results, List<LeftOut> leftOut) {
    TextTable table =
        new TextTable(
            List.of(
                "n",
                "encoder",
                "tokens",
                "step ms",
                "cpu ms",
                "to hstu",
                "infer ms",
                "act MiB",
                "B/token",
                "d",
                "paper"));
    for (Result row : results) {
      Activations activations = row.activations();
      table.add(
          List.of(
              Integer.toString(row.n()),
              row.kind().label(),
              number("%.0f", row.tokens()),
              number("%.1f", row.stepMillis()),
              number("%.1f", row.stepCpuMillis()),
              toHstu(row, results).map(ratio -> number("%.2f", ratio)).orElse(""),
              number("%.2f", row.inferenceMillis()),
              number("%.1f", activations.bytes() / MEBIBYTE),
              number("%.0f", activations.layerBytes()),
              number("%.1f", activations.widths(dim)),
              Integer.toString(row.kind().published())));
    }
    List<String> lines = new ArrayList<>(table.lines());
    for (LeftOut row : leftOut) {
      lines.add(
          "left out: n "
              + row.n()
              + ", "
              + row.kind().label()
              + ", whose activations would take "
              + number("%.1f", row.bytes() / MEBIBYTE / 1024)
              + " GiB");
    }
    return lines;
  }

  private static String number(String format, double value) {
    return String.format(Locale.ROOT, format, value);
  }

  private Map<String, Object> json(List<Result> results, List<LeftOut> leftOut) {
    List<Map<String, Object>> rows = new ArrayList<>();
    for (Result result : results) {
      Activations activations = result.activations();
      Map<String, Object> row = new LinkedHashMap<>();
      row.put("n", result.n());
      row.put("encoder", result.kind().label());
      row.put("tokens_per_step", result.tokens());
      row.put("offered_per_step", result.offered());
      row.put("step_ms_median", result.stepMillis());
      row.put("step_ms_cpu", result.stepCpuMillis());
      toHstu(result, results).ifPresent(ratio -> row.put("step_to_hstu", ratio));
      row.put("inference_ms_median", result.inferenceMillis());
      row.put("activation_length", activations.length());
      row.put("activation_bytes", activations.bytes());
      row.put("layer_bytes_per_token", activations.layerBytes());
      row.put("layer_widths_16_bit", activations.widths(dim));
      row.put("published_widths_16_bit", result.kind().published());
      rows.add(row);
    }
    List<Map<String, Object>> missing = new ArrayList<>();
    for (LeftOut row : leftOut) {
      missing.add(Map.of("n", row.n(), "encoder", row.kind().label(), "needed_bytes", row.bytes()));
    }
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("results", rows);
    json.put("left_out", missing);
    Memory.peak().ifPresent(bytes -> json.put("peak_bytes", bytes));
    return json;
  }

  private static void draw(Path file, List<Result> results) {
    List<LogChart.Curve> curves = new ArrayList<>();
    for (Kind kind : Kind.values()) {
      List<LogChart.Point> points =
          results.stream()
              .filter(row -> row.kind() == kind)
              .map(row -> new LogChart.Point(row.n(), row.stepMillis(), Optional.empty()))
              .toList();
      curves.add(new LogChart.Curve(kind.label(), points, Optional.empty()));
    }
    LogChart.write(
        file, "a training step by length", "events of a history", "milliseconds", curves);
  }
}
