package io.genrec.cli;

import io.genrec.api.GenRecException;
import io.genrec.engine.bundle.ModelBundle;
import io.genrec.engine.wiring.Plugins;
import io.genrec.engine.wiring.Registry;
import io.genrec.falcon.MFalconConfig;
import io.genrec.falcon.MemoryPlan;
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
import picocli.CommandLine.Parameters;

/** {@code genrec plan}: how much memory it takes to serve a bundle. */
@Command(
    name = "plan",
    header = "Predict the memory that serving a bundle takes outside the Java heap.",
    description = {
      "Values, items, cache and requests are Arrow's memory, runs and sessions ONNX Runtime's. It"
          + " is what \"budgetBytes\" of the strategy m-falcon is compared with when a server starts.",
      ""
    },
    sortOptions = false,
    footer = {
      "",
      "Examples:",
      "  genrec plan runs/kuairand",
      "  genrec plan runs/kuairand --cache-bytes 4000000000 --half --candidates 1024",
      "  genrec plan runs/kuairand --workers 4 --requests 16 --budget 2000000000 --json",
      "  genrec plan runs/ml-1m --cache-bytes 1000000000",
      "",
      "Exit status: 0 within the budget, 1 over it."
    })
final class Plan extends Subcommand {
  private static final Map<String, String> MEANING =
      Map.of(
          "values", "the model's tables and weights, one copy",
          "items", "all items' vectors of length 1, of a model that finds items",
          "cache", "histories that are kept",
          "requests", "tokens and memory of the requests that are being answered",
          "runs", "activations of the runs, one for each worker at a time",
          "spills", "histories that are being written to the disk",
          "sessions", "compiled graphs");

  @Parameters(index = "0", paramLabel = "BUNDLE", description = "A bundle, or a run's folder.")
  private Path bundle = Path.of("");

  @Option(
      names = "--cache-bytes",
      paramLabel = "N",
      description = "The most bytes of kept histories (default: ${DEFAULT-VALUE}).")
  private long cacheBytes = 1L << 30;

  @Option(
      names = "--disk",
      description = "Plan for histories that leave the memory to a folder on the disk.")
  private boolean disk;

  @Option(
      names = "--half",
      description = "Keep histories in half precision, and in one order only.")
  private boolean half;

  @Option(
      names = "--history",
      paramLabel = "N",
      description = "The most events of a history (default: as many as the model is shown).")
  private int history = Integer.MAX_VALUE;

  @Option(
      names = "--candidates",
      paramLabel = "M",
      description =
          "The most candidates of a request, if the model ranks (default: ${DEFAULT-VALUE}).")
  private int candidates = 1024;

  @Option(
      names = "--micro-batch",
      paramLabel = "B",
      description = "Candidates of a run; 0: what costs least (default: ${DEFAULT-VALUE}).")
  private int microBatch;

  @Option(
      names = "--prefill-chunk",
      paramLabel = "N",
      description = "Tokens of a history that are computed at a time (default: ${DEFAULT-VALUE}).")
  private int prefillChunk = 512;

  @Option(
      names = "--workers",
      paramLabel = "W",
      description = "Runs at a time; 0: as many as processors (default: ${DEFAULT-VALUE}).")
  private int workers;

  @Option(
      names = "--requests",
      paramLabel = "R",
      description =
          "Requests that are answered at a time; 0: as many as workers (default:"
              + " ${DEFAULT-VALUE}).")
  private int requests;

  @Option(
      names = "--budget",
      paramLabel = "N",
      description = "Fail if serving would take more bytes than this.")
  private @Nullable Long budget;

  @Mixin private PluginOption plugins = new PluginOption();

  Plan(Terminal terminal) {
    super(terminal);
  }

  @Override
  Answer run(Reporter reporter) {
    check();
    MFalconConfig config =
        new MFalconConfig(
            microBatch,
            workers,
            cacheBytes,
            half ? MFalconConfig.Precision.HALF : MFalconConfig.Precision.FULL,
            prefillChunk,
            0,
            disk ? new MFalconConfig.Disk("any", 1) : null);
    try (BufferAllocator memory = new RootAllocator();
        Plugins loaded = plugins.load();
        ModelBundle opened =
            ModelBundle.open(Bundles.find(bundle), Registry.of(loaded.list()), memory)) {
      int tokens = MemoryPlan.tokens(opened, history);
      MemoryPlan.Load load = new MemoryPlan.Load(tokens, candidates, requests);
      MemoryPlan plan = MemoryPlan.of(opened, load, config);
      if (budget != null) {
        plan.requireWithin(budget);
      }
      return new Answer(lines(plan, tokens), json(plan, tokens, opened.version()));
    }
  }

  private void check() {
    atLeast("--cache-bytes", cacheBytes, disk ? 1 : 0);
    atLeast("--history", history, 0);
    atLeast("--candidates", candidates, 1);
    atLeast("--micro-batch", microBatch, 0);
    atLeast("--prefill-chunk", prefillChunk, 1);
    atLeast("--workers", workers, 0);
    atLeast("--requests", requests, 0);
  }

  private static void atLeast(String option, long value, long least) {
    if (value < least) {
      throw new GenRecException(
          "InvalidValue", option + " must be at least " + least + " but is " + value);
    }
  }

  private static List<String> lines(MemoryPlan plan, int tokens) {
    TextTable table = new TextTable(List.of("part", "bytes", "", "what"));
    plan.parts()
        .forEach((part, bytes) -> table.add(row(part, bytes, MEANING.getOrDefault(part, ""))));
    table.add(row("total", plan.total(), ""));
    List<String> lines = new ArrayList<>(table.lines());
    lines.add("");
    lines.add(
        String.format(
            Locale.ROOT,
            "a history of %d tokens takes %d bytes; the cache holds %d such users",
            tokens,
            plan.historyBytes(),
            plan.users()));
    return lines;
  }

  private static List<String> row(String part, long bytes, String what) {
    return List.of(part, Long.toString(bytes), Text.bytes(bytes), what);
  }

  private static Map<String, Object> json(MemoryPlan plan, int tokens, String version) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("model", version);
    json.put("parts", plan.parts());
    json.put("total", plan.total());
    json.put("tokens", tokens);
    json.put("historyBytes", plan.historyBytes());
    json.put("users", plan.users());
    return json;
  }
}
