package io.genrec.cli;

import io.genrec.api.GenRecException;
import io.genrec.api.config.StrictConfig;
import io.genrec.api.inference.CacheStatistics;
import io.genrec.data.SequenceDataset;
import io.genrec.engine.wiring.Plugins;
import io.genrec.engine.wiring.Registry;
import io.genrec.falcon.CandidateScorer;
import java.io.IOException;
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

/** {@code genrec bench replay}: how often the cache has what a real log asks for. */
@Command(
    name = "replay",
    header = "Replay a log through the cache of a bundle that ranks, and count what it had.",
    description = {
      "Each moment of a user is a request, in the order of time: the candidates are what the user"
          + " was shown then, the history is all that came before. The cache is empty at first.",
      ""
    },
    sortOptions = false,
    footer = {
      "",
      "Examples:",
      "  genrec bench replay runs/kuairand --data data/kuairand --cache-bytes 64000000,256000000",
      "  genrec bench replay runs/kuairand --data data/kuairand --from 2022-05-05 --anchor 25"
    })
final class BenchReplay extends Subcommand {
  private static final int PERCENT = 100;

  @Parameters(
      index = "0",
      paramLabel = "BUNDLE",
      description = "A bundle of a model that ranks, or a run's folder.")
  private Path bundle = Path.of("");

  @Option(
      names = {"-d", "--data"},
      required = true,
      paramLabel = "DIR",
      description = "The data set to replay, with the items that the model was trained on.")
  private Path data = Path.of("");

  @Option(
      names = "--cache-bytes",
      paramLabel = "N",
      split = ",",
      description = "The most bytes of kept histories (default: ${DEFAULT-VALUE}).")
  private long[] cacheBytes = {1L << 30};

  @Option(
      names = "--anchor",
      paramLabel = "DELTA",
      description =
          "Events by which the beginning of a long history moves at a time (default:"
              + " ${DEFAULT-VALUE}).")
  private int anchor;

  @Option(
      names = "--from",
      paramLabel = "TIME",
      description = "Ask from this time on only; earlier events are part of histories.")
  private @Nullable String from;

  @Option(
      names = "--requests",
      paramLabel = "N",
      description = "The most requests; 0: all (default: ${DEFAULT-VALUE}).")
  private int requests;

  @Option(names = "--half", description = "Keep histories in half precision.")
  private boolean half;

  @Mixin private PluginOption plugins = new PluginOption();

  BenchReplay(Terminal terminal) {
    super(terminal);
  }

  /**
   * What one size of the cache came to.
   *
   * @param asked how many requests
   * @param users whose they were: the first of each can find nothing
   */
  private record Row(long cacheBytes, int asked, int users, CacheStatistics cache) {
    double hitRate() {
      return share(cache.hits() + cache.extensions());
    }

    double share(long requests) {
      return asked == 0 ? 0 : (double) requests / asked;
    }
  }

  @Override
  Answer run(Reporter reporter) throws IOException {
    if (requests < 0) {
      throw new GenRecException("InvalidValue", "--requests must not be negative: " + requests);
    }
    List<Row> rows = new ArrayList<>();
    try (BufferAllocator memory = new RootAllocator();
        Plugins loaded = plugins.load();
        SequenceDataset log = SequenceDataset.open(data, memory, false)) {
      long begin = from == null ? Long.MIN_VALUE : Times.parse("--from", from);
      LogReplay replay = LogReplay.of(log, begin, requests);
      for (long bytes : cacheBytes) {
        rows.add(row(replay, log, bytes, Registry.of(loaded.list()), memory, reporter));
      }
    }
    return new Answer(lines(rows), json(rows));
  }

  private Row row(
      LogReplay replay,
      SequenceDataset log,
      long bytes,
      Registry registry,
      BufferAllocator memory,
      Reporter reporter)
      throws IOException {
    Map<String, Object> strategy = new LinkedHashMap<>();
    strategy.put("name", "m-falcon");
    strategy.put("cacheBytes", bytes);
    strategy.put("precision", half ? "half" : "full");
    Map<String, Object> waiting = Map.of("anchor", anchor, "concurrency", 1);
    try (CandidateScorer scorer =
        CandidateScorer.builder(Bundles.find(bundle))
            .registry(registry)
            .strategy(StrictConfig.toJson(strategy))
            .scorer(StrictConfig.toJson(waiting))
            .memory(memory)
            .open()) {
      Bundles.requireVocabularyOf(scorer.bundle(), data, log, memory);
      reporter.begin("cache of " + Text.bytes(bytes), replay.size());
      replay.run(scorer.rows(), done -> reporter.done(done, ""));
      return new Row(bytes, replay.size(), replay.users(), scorer.statistics());
    }
  }

  private static List<String> lines(List<Row> rows) {
    TextTable table =
        new TextTable(
            List.of(
                "cache",
                "requests",
                "users",
                "hit",
                "extend",
                "moved",
                "miss",
                "hit rate",
                "evictions",
                "kept"));
    for (Row row : rows) {
      CacheStatistics cache = row.cache();
      table.add(
          List.of(
              Text.bytes(row.cacheBytes()),
              Integer.toString(row.asked()),
              Integer.toString(row.users()),
              percent(row.share(cache.hits())),
              percent(row.share(cache.extensions())),
              percent(row.share(cache.moved())),
              percent(row.share(cache.misses())),
              percent(row.hitRate()),
              Long.toString(cache.evictions()),
              cache.entries() + " in " + Text.bytes(cache.bytes())));
    }
    return table.lines();
  }

  private static String percent(double share) {
    return String.format(Locale.ROOT, "%.1f %%", PERCENT * share);
  }

  private static Map<String, Object> json(List<Row> rows) {
    List<Map<String, Object>> results = new ArrayList<>();
    for (Row row : rows) {
      Map<String, Object> json = new LinkedHashMap<>();
      json.put("cache_bytes", row.cacheBytes());
      json.put("requests", row.asked());
      json.put("users", row.users());
      json.put("hits", row.cache().hits());
      json.put("extensions", row.cache().extensions());
      json.put("moved", row.cache().moved());
      json.put("misses", row.cache().misses());
      json.put("hit_rate", row.hitRate());
      json.put("evictions", row.cache().evictions());
      json.put("entries", row.cache().entries());
      json.put("bytes", row.cache().bytes());
      results.add(json);
    }
    return Map.of("results", results);
  }
}
