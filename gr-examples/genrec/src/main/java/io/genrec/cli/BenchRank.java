package io.genrec.cli;

import io.genrec.api.GenRecException;
import io.genrec.cli.RankBenchmark.Result;
import io.genrec.engine.wiring.Plugins;
import io.genrec.engine.wiring.Registry;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code genrec bench rank}: what it costs to score candidates after a history. */
@Command(
    name = "rank",
    header = "Measure strategies that score candidates, with a model of random weights.",
    description = {
      "Runs of all rows alternate. matmul_share is the rate of the model's matrix products over the"
          + " rate of the same products without anything else, measured in the same run; ONNX"
          + " Runtime's own operators compute those, with kernels too. ort_share is how much of the"
          + " workers' time passes in ONNX Runtime; Java and waiting for each other are the rest.",
      ""
    },
    sortOptions = false,
    footer = {
      "",
      "Examples:",
      "  genrec bench rank",
      "  genrec bench rank --history 200,1000,4000 --candidates 1024 --png rank.png",
      "  genrec bench rank --strategies m-falcon --micro-batch 64,128,256 --json"
    })
final class BenchRank extends Subcommand {
  @Option(
      names = "--history",
      paramLabel = "N",
      split = ",",
      description = "Events of the history (default: ${DEFAULT-VALUE}).")
  private int[] history = {1000};

  @Option(
      names = "--candidates",
      paramLabel = "M",
      split = ",",
      description = "Candidates of a request (default: ${DEFAULT-VALUE}).")
  private int[] candidates = {1024};

  @Option(
      names = "--dim",
      paramLabel = "D",
      description = "Width of the model (default: ${DEFAULT-VALUE}).")
  private int dim = 128;

  @Option(
      names = "--heads",
      paramLabel = "H",
      description = "Attention heads (default: ${DEFAULT-VALUE}).")
  private int heads = 4;

  @Option(names = "--layers", paramLabel = "L", description = "Layers (default: ${DEFAULT-VALUE}).")
  private int layers = 4;

  @Option(
      names = "--encoder",
      paramLabel = "NAME",
      description = "The encoder; it must have blocks and heads (default: ${DEFAULT-VALUE}).")
  private String encoder = "hstu";

  @Option(
      names = "--strategies",
      paramLabel = "NAME",
      split = ",",
      description =
          "full, batched, m-falcon (default: ${DEFAULT-VALUE}). full scores a few candidates and"
              + " its times are scaled up.")
  private List<String> strategies = List.of("batched", "m-falcon");

  @Option(
      names = "--micro-batch",
      paramLabel = "B",
      split = ",",
      description = "Candidates of a run of m-falcon (default: ${DEFAULT-VALUE}).")
  private int[] microBatch = {128};

  @Option(
      names = "--workers",
      paramLabel = "N",
      description = "Runs at a time; 0: as many as processors (default: ${DEFAULT-VALUE}).")
  private int workers;

  @Option(
      names = "--repeat",
      paramLabel = "N",
      description = "Timed requests of each row (default: ${DEFAULT-VALUE}).")
  private int repeat = 15;

  @Option(names = "--png", paramLabel = "FILE", description = "Draw the medians.")
  private @Nullable Path png;

  @Mixin private KernelsOption kernels = new KernelsOption();
  @Mixin private PluginOption plugins = new PluginOption();

  BenchRank(Terminal terminal) {
    super(terminal);
  }

  @Override
  Answer run(Reporter reporter) {
    check();
    List<Result> results = new ArrayList<>();
    try (BufferAllocator memory = new RootAllocator();
        Plugins loaded = plugins.load()) {
      Registry registry = Registry.of(loaded.list());
      for (int n : history) {
        for (int m : candidates) {
          reporter.begin("history " + n + ", candidates " + m, repeat);
          var shape = new RankBenchmark.Shape(n, m, dim, heads, layers, encoder);
          try (RankBenchmark benchmark =
              new RankBenchmark(shape, registry, kernels.onProcessor(), memory, threads())) {
            benchmark.cells(strategies, microBatch);
            results.addAll(benchmark.run(repeat, done -> reporter.done(done, "")));
          }
        }
      }
    }
    if (png != null) {
      RankChart.write(png, results);
    }
    return new Answer(table(results), json(results));
  }

  private int threads() {
    return workers == 0 ? Runtime.getRuntime().availableProcessors() : workers;
  }

  private void check() {
    atLeastOne("--history", history);
    atLeastOne("--candidates", candidates);
    atLeastOne("--micro-batch", microBatch);
    atLeastOne("--dim", dim);
    atLeastOne("--heads", heads);
    atLeastOne("--layers", layers);
    atLeastOne("--repeat", repeat);
    atLeastOne("--workers", workers + 1);
    for (String strategy : strategies) {
      if (!RankBenchmark.STRATEGIES.contains(strategy)) {
        throw new GenRecException(
            "UnknownStrategy",
            "unknown strategy \""
                + strategy
                + "\"; "
                + GenRecException.knownNames(strategy, RankBenchmark.STRATEGIES));
      }
    }
  }

  private static void atLeastOne(String option, int... values) {
    for (int value : values) {
      if (value < 1) {
        throw new GenRecException("InvalidValue", option + " has a value that is too small");
      }
    }
  }

  private static List<String> table(List<Result> results) {
    TextTable table =
        new TextTable(
            List.of(
                "n",
                "m",
                "bm",
                "strategy",
                "cache",
                "ms",
                "p99",
                "cpu ms",
                "cand/s",
                "GFLOP/s",
                "matmul",
                "ort"));
    for (Result result : results) {
      table.add(
          List.of(
              Integer.toString(result.n()),
              Integer.toString(result.m()),
              Integer.toString(result.bm()),
              result.strategy(),
              result.cache(),
              number(result.msMedian()),
              number(result.msP99()),
              number(result.msCpu()),
              String.format(Locale.ROOT, "%.0f", result.candidatesPerSecond()),
              number(result.gflops()),
              percent(result.matmulShare()),
              percent(result.ortShare())));
    }
    return table.lines();
  }

  private static String percent(double share) {
    return String.format(Locale.ROOT, "%.0f %%", 100 * share);
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.1f", value);
  }

  private static Map<String, Object> json(List<Result> results) {
    List<Map<String, Object>> rows = new ArrayList<>();
    for (Result result : results) {
      Map<String, Object> row = new LinkedHashMap<>();
      row.put("n", result.n());
      row.put("m", result.m());
      row.put("bm", result.bm());
      row.put("strategy", result.strategy());
      row.put("cache", result.cache());
      row.put("ms_median", result.msMedian());
      row.put("ms_p99", result.msP99());
      row.put("ms_cpu", result.msCpu());
      row.put("candidates_per_second", result.candidatesPerSecond());
      row.put("gflops", result.gflops());
      row.put("matmul_share", result.matmulShare());
      row.put("ort_share", result.ortShare());
      row.put("checksum", result.checksum());
      rows.add(row);
    }
    return Map.of("results", rows);
  }
}
