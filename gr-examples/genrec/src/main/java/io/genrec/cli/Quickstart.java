package io.genrec.cli;

import io.genrec.api.GenRecException;
import io.genrec.api.inference.Recommendations;
import io.genrec.api.inference.Request;
import io.genrec.api.storage.VocabularyFile;
import io.genrec.data.DatasetInfo;
import io.genrec.data.SequenceDataset;
import io.genrec.data.Split;
import io.genrec.engine.Recommender;
import io.genrec.engine.run.RunConfig;
import io.genrec.engine.runtime.Device;
import io.genrec.engine.wiring.Plugins;
import io.genrec.engine.wiring.Registry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code genrec quickstart}: the whole path on data that come with the application. */
@Command(
    name = "quickstart",
    header = "Prepare MovieLens, train HSTU, compare, recommend: everything in one go.",
    description = {
      "Prepares MovieLens latest-small, which comes with genrec, trains a small HSTU, compares it"
          + " with most-popular on the same held-out films, shows what it recommends to one user,"
          + " and leaves the data set, the model's bundle and a learning curve in --out. Takes one"
          + " to three minutes on two cores.",
      ""
    },
    sortOptions = false,
    footer = {
      "",
      "Examples:",
      "  genrec quickstart",
      "  genrec quickstart --out /tmp/first --json"
    })
final class Quickstart extends Subcommand {
  private static final String CONFIG = "quickstart";
  private static final String MARKER = "quickstart.json";
  private static final String DATA = "data";
  private static final String RUN = "run";
  private static final List<String> METRICS = List.of("HR@10", "NDCG@10", "MRR");

  @Option(
      names = {"-o", "--out"},
      paramLabel = "DIR",
      description =
          "Where everything goes (default: ${DEFAULT-VALUE}). An earlier quickstart is replaced,"
              + " anything else is not.")
  private Path out = Path.of("genrec-quickstart");

  @Option(names = "--epochs", paramLabel = "N", description = "Passes over the data, at most.")
  private @Nullable Integer epochs;

  @Option(names = "--seed", paramLabel = "N", description = "Where all randomness comes from.")
  private @Nullable Long seed;

  Quickstart(Terminal terminal) {
    super(terminal);
  }

  @Override
  Answer run(Reporter reporter) throws IOException {
    long begin = System.nanoTime();
    Map<String, String> edits = new LinkedHashMap<>();
    if (epochs != null) {
      edits.put("epochs", epochs.toString());
    }
    if (seed != null) {
      edits.put("seed", seed.toString());
    }
    RunConfig config = ConfigSource.read(CONFIG, edits);
    refuseForeignFolder();
    TrainingJob.writeJson(out.resolve(MARKER), Map.of("status", "started"));
    reporter.say("1/4 preparing MovieLens latest-small (GroupLens; licence in the archive)");
    DatasetInfo info = prepare(reporter);
    reporter.say(
        String.format(
            Locale.ROOT,
            "    %,d users, %,d films, %,d ratings",
            info.counts().users(),
            info.counts().items(),
            info.counts().events()));
    try (BufferAllocator memory = new RootAllocator();
        Plugins loaded = Plugins.load(Quickstart.class.getClassLoader());
        OpenData data = open(memory)) {
      Registry registry = Registry.of(loaded.list());
      reporter.say("2/4 training HSTU, " + config.epochs() + " epochs at most");
      TrainingJob job =
          new TrainingJob(
              config, data, registry, out.resolve(RUN), false, Long.MAX_VALUE, Device.CPU);
      TrainingJob.Outcome outcome = job.run(RunFolder.Existing.REPLACE, reporter, memory);
      reporter.say("3/4 recommending");
      Path bundle = out.resolve(RUN).resolve(TrainingJob.MODEL);
      try (Recommender recommender =
          Recommender.builder(bundle).registry(registry).memory(memory).open()) {
        VocabularyFile films = recommender.items();
        Request request = Request.of(Recommend.events(data.data(), 0, memory));
        Recommendations answer = recommender.recommend(request);
        reporter.say("4/4 done");
        double seconds = (System.nanoTime() - begin) * 1e-9;
        Map<String, Object> json = json(config, outcome, seconds);
        json.put("user", data.data().user(0));
        json.put("recommendations", Recommend.json(request, answer, films).get("items"));
        TrainingJob.writeJson(out.resolve(MARKER), json);
        List<String> lines = new ArrayList<>();
        lines.add("User " + data.data().user(0) + " of " + outcome.measurement().data());
        lines.addAll(Recommend.lines(request, answer, films));
        lines.add("");
        lines.addAll(lines(outcome, seconds));
        return new Answer(lines, json);
      }
    }
  }

  private void refuseForeignFolder() throws IOException {
    if (!Files.exists(out)) {
      return;
    }
    if (!Files.isDirectory(out)) {
      throw new GenRecException(
          "OutputExists", out + " is there and is no folder; give another with --out");
    }
    try (Stream<Path> files = Files.list(out)) {
      if (!Files.exists(out.resolve(MARKER)) && files.findAny().isPresent()) {
        throw new GenRecException(
            "OutputExists",
            out + " is not empty and holds no earlier quickstart; give another folder with --out");
      }
    }
  }

  private DatasetInfo prepare(Reporter reporter) throws IOException {
    try (ShippedData shipped = new ShippedData()) {
      return Prepare.ingest(shipped.ingest().overwrite(true), out.resolve(DATA), reporter);
    }
  }

  private OpenData open(BufferAllocator memory) {
    Path folder = out.resolve(DATA);
    SequenceDataset data = SequenceDataset.open(folder, memory, false);
    return new OpenData(folder, data, Split.strict().of(data));
  }

  private Map<String, Object> json(RunConfig config, TrainingJob.Outcome outcome, double seconds) {
    Measurement measured = outcome.measurement();
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("model", some(measured.comparable()));
    json.put("most_popular", some(measured.baseline()));
    json.put("seconds", Math.round(seconds * 10) / 10.0);
    json.put("users", measured.rows().get(0).users());
    json.put("catalogue", measured.catalogue());
    json.put("protocol", measured.protocol());
    json.put("splitHash", measured.splitHash());
    json.put("seed", config.seed());
    json.put("epoch", outcome.result().chosenEpoch());
    json.put("bundle", out.resolve(RUN).resolve(TrainingJob.MODEL).toString());
    json.put("learningCurve", out.resolve(RUN).resolve(TrainingJob.CURVE).toString());
    return json;
  }

  private static Map<String, Double> some(Map<String, Double> metrics) {
    Map<String, Double> some = new LinkedHashMap<>();
    METRICS.forEach(
        metric -> some.put(metric, Objects.requireNonNull(metrics.get(metric), metric)));
    return some;
  }

  private List<String> lines(TrainingJob.Outcome outcome, double seconds) {
    Measurement measured = outcome.measurement();
    List<String> headers = new ArrayList<>(List.of(""));
    headers.addAll(METRICS);
    TextTable table = new TextTable(headers);
    add(table, "HSTU (epoch " + outcome.result().chosenEpoch() + ")", measured.comparable());
    add(table, "most popular", measured.baseline());
    List<String> lines = new ArrayList<>();
    lines.add(
        "Each of "
            + measured.rows().get(0).users()
            + " users' last film, ranked among all "
            + measured.catalogue()
            + " but those seen before:");
    lines.addAll(table.lines());
    lines.add("");
    lines.add("data set        " + out.resolve(DATA));
    lines.add("model           " + out.resolve(RUN).resolve(TrainingJob.MODEL));
    lines.add("learning curve  " + out.resolve(RUN).resolve(TrainingJob.CURVE));
    lines.add("took            " + Text.seconds(seconds));
    lines.add("");
    lines.add("Next:");
    lines.add(
        "  genrec recommend " + out.resolve(RUN) + " --data " + out.resolve(DATA) + " --user 2");
    lines.add("  genrec train --help");
    return lines;
  }

  private static void add(TextTable table, String who, Map<String, Double> metrics) {
    List<String> cells = new ArrayList<>(List.of(who));
    METRICS.forEach(metric -> cells.add(Text.metric(metrics.getOrDefault(metric, 0.0))));
    table.add(cells);
  }
}
