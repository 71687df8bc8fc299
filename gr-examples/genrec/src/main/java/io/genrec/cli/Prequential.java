package io.genrec.cli;

import io.genrec.api.GenRecException;
import io.genrec.api.storage.AtomicDirectory;
import io.genrec.data.SequenceDataset;
import io.genrec.engine.run.DayByDay;
import io.genrec.engine.run.RunConfig;
import io.genrec.engine.runtime.Device;
import io.genrec.engine.storage.CheckpointStore;
import io.genrec.engine.wiring.Plugins;
import io.genrec.engine.wiring.Registry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code genrec prequential}: each day is predicted, then learned from. */
@Command(
    name = "prequential",
    header = "Train a ranking model day by day, each day measured before it is learned from.",
    description = {
      "The first day is only learned from. Each later day is predicted by the model that has learned"
          + " from all days before it, with the histories up to each moment, and then learned from"
          + " in one pass over the users who have events in it; only that day's events are targets."
          + " The configuration's split and epochs do not count. Writes into --out: prequential.json"
          + " (metrics of each day and of all days so far), prequential.png and checkpoints/.",
      ""
    },
    sortOptions = false,
    footer = {
      "",
      "Examples:",
      "  genrec prequential configs/kuairand-ranking.json --data data/kuairand --utc-offset 28800"
          + " --out runs/days",
      "  genrec prequential kuairand-ranking --data data/kuairand --from 2022-05-01 --out runs/may",
      "  genrec prequential kuairand-ranking --data data/kuairand --out runs/days --resume"
    })
final class Prequential extends Subcommand {
  static final String RESULT = "prequential.json";
  static final String PICTURE = "prequential.png";

  @Parameters(
      index = "0",
      paramLabel = "CONFIG",
      description = "A configuration file, or the name of one that comes with genrec.")
  private String config = "";

  @Option(
      names = {"-d", "--data"},
      required = true,
      paramLabel = "DIR",
      description = "The data set that \"genrec prepare\" made.")
  private Path data = Path.of("");

  @Option(
      names = {"-o", "--out"},
      required = true,
      paramLabel = "DIR",
      description = "The folder of the run.")
  private Path out = Path.of("");

  @Option(
      names = "--from",
      paramLabel = "TIME",
      description =
          "The first day that is measured; all before are learned from in one pass. Default: the"
              + " second day with events.")
  private @Nullable String from;

  @Option(
      names = "--utc-offset",
      paramLabel = "SECONDS",
      description =
          "How long days begin before those of UTC, such as 28800 for China; the same as that of"
              + " the task, if it has one.")
  private long utcOffset;

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description = "Change a value of the configuration, for example encoder/blocks=4.")
  private Map<String, String> edits = new LinkedHashMap<>();

  @ArgGroup private @Nullable IfPresent existing;

  @Mixin private DeviceOption device = new DeviceOption();
  @Mixin private PluginOption plugins = new PluginOption();

  /** What to do with a run that is in the folder already. */
  static final class IfPresent {
    @Option(names = "--resume", description = "Continue after the last whole day.")
    private boolean resume;

    @Option(names = "--overwrite", description = "Replace the run in --out.")
    private boolean overwrite;
  }

  Prequential(Terminal terminal) {
    super(terminal);
  }

  @Override
  Answer run(Reporter reporter) {
    Device where = device.require();
    Map<String, String> all = new LinkedHashMap<>(edits);
    all.put("epochs", "1");
    all.putIfAbsent("training/order", "stream");
    RunConfig run = ConfigSource.read(config, all);
    boolean isRun = requireUsable();
    try (BufferAllocator memory = new RootAllocator();
        Plugins loaded = plugins.load();
        SequenceDataset open = SequenceDataset.open(data, memory, true)) {
      Optional<Long> begin = Optional.ofNullable(from).map(text -> Times.parse("--from", text));
      DayByDay.Data days = Days.of(open, begin, utcOffset).training();
      DayByDay training = new DayByDay(run, days, Registry.of(loaded.list()), where, memory);
      if (isRun && !resumes()) {
        AtomicDirectory.delete(out.resolve(TrainingJob.CHECKPOINTS));
      }
      Map<String, Object> json = head(run, open);
      TrainingJob.writeJson(out.resolve(RESULT), json);
      CheckpointStore checkpoints =
          new CheckpointStore(
              out.resolve(TrainingJob.CHECKPOINTS),
              1,
              damaged -> reporter.say(String.valueOf(damaged.getMessage())));
      List<DayByDay.DayReport> reports =
          training.run(Optional.of(checkpoints), day -> reporter.say(line(day)));
      json.put("status", "finished");
      json.put("days", reports);
      TrainingJob.writeJson(out.resolve(RESULT), json);
      PrequentialChart.write(out.resolve(PICTURE), run.name() + " day by day", reports);
      return new Answer(lines(reports), json);
    }
  }

  private boolean resumes() {
    return existing != null && existing.resume;
  }

  private boolean requireUsable() {
    if (!Files.exists(out)) {
      return false;
    }
    if (!Files.isRegularFile(out.resolve(RESULT))) {
      throw new GenRecException(
          "OutputExists", out + " is there and holds no prequential run; give another --out");
    }
    if (existing == null) {
      throw new GenRecException(
          "OutputExists",
          out
              + " holds a prequential run already; continue it with --resume, replace it with"
              + " --overwrite, or give another --out");
    }
    return true;
  }

  private static Map<String, Object> head(RunConfig run, SequenceDataset open) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("status", "started");
    json.put("genrec", Versions.genrec());
    json.put("model", run.name());
    json.put("data", open.info().name());
    json.put("contentHash", open.contentHash());
    json.put("seed", run.seed());
    json.put("configuration", run);
    return json;
  }

  private static String line(DayByDay.DayReport day) {
    StringBuilder line = new StringBuilder(day.day());
    day.metrics()
        .forEach(
            (name, value) -> {
              if (name.startsWith("ne/")) {
                line.append(String.format(Locale.ROOT, ", NE %s %.4f", name.substring(3), value));
              }
            });
    return line.append(String.format(Locale.ROOT, ", loss %.4f", day.loss())).toString();
  }

  /** A table for each label: each day, and all days up to it. */
  private static List<String> lines(List<DayByDay.DayReport> reports) {
    List<String> lines = new ArrayList<>();
    for (String label : PrequentialChart.labels(reports)) {
      TextTable table =
          new TextTable(
              List.of(label, "impressions", "AUC", "GAUC", "NE", "AUC so far", "GAUC", "NE"));
      for (DayByDay.DayReport day : reports) {
        List<String> cells = new ArrayList<>(List.of(day.day(), String.valueOf(day.impressions())));
        for (Map<String, Double> metrics : List.of(day.metrics(), day.cumulated())) {
          for (String metric : List.of("auc/", "gauc/", "ne/")) {
            Double value = metrics.get(metric + label);
            cells.add(value == null ? "" : Text.metric(value));
          }
        }
        table.add(cells);
      }
      lines.addAll(table.lines());
      lines.add("");
    }
    return lines;
  }
}
