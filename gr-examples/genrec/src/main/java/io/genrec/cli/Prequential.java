package io.genrec.cli;

import io.genrec.data.SequenceDataset;
import io.genrec.engine.run.DayByDay;
import io.genrec.engine.run.RunConfig;
import io.genrec.engine.runtime.Device;
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

  @Mixin private RunOption options = new RunOption();

  @Option(
      names = "--from",
      paramLabel = "TIME",
      description =
          "The first day that is measured; all before are learned from in one pass. A date is that"
              + " of days that begin by --utc-offset. Default: the second day with events.")
  private @Nullable String from;

  @Option(
      names = "--utc-offset",
      paramLabel = "SECONDS",
      description =
          "How long days begin before those of UTC, such as 28800 for China. Default: what the task"
              + " says, if it cuts histories by days, else 0.")
  private @Nullable Long utcOffset;

  @ArgGroup private RunFolder.@Nullable ExistingOption existing;

  Prequential(Terminal terminal) {
    super(terminal);
  }

  @Override
  Answer run(Reporter reporter) {
    Device where = options.device();
    Map<String, String> all = options.edits();
    all.put("epochs", "1");
    all.putIfAbsent("training/order", "stream");
    RunConfig run = ConfigSource.read(config, all);
    long offset = Days.utcOffset(run.task(), utcOffset);
    RunFolder folder = new RunFolder(options.out(), "prequential run", RESULT);
    RunFolder.Existing existing = RunFolder.ExistingOption.of(this.existing);
    boolean isRun = folder.isRun(existing);
    Path result = folder.path().resolve(RESULT);
    try (BufferAllocator memory = new RootAllocator();
        Plugins loaded = options.plugins();
        SequenceDataset open = SequenceDataset.open(data, memory, true)) {
      Optional<Long> begin =
          Optional.ofNullable(from).map(text -> Times.parse("--from", text, offset));
      DayByDay.Data days = Days.of(open, begin, offset).training();
      DayByDay training = new DayByDay(run, days, Registry.of(loaded.list()), where, memory);
      if (isRun && existing == RunFolder.Existing.REPLACE) {
        training.requireSound();
        folder.clear(List.of(PICTURE));
      }
      Map<String, Object> json = head(run, open, offset);
      if (!Files.exists(result)) {
        // What is resumed stays as it is until it is known that it is the same run.
        TrainingJob.writeJson(result, json);
      }
      List<DayByDay.DayReport> reports =
          training.run(Optional.of(folder.checkpoints(reporter)), day -> reporter.say(line(day)));
      json.put("status", "finished");
      json.put("days", reports);
      TrainingJob.writeJson(result, json);
      PrequentialChart.write(folder.path().resolve(PICTURE), run.name() + " day by day", reports);
      return new Answer(lines(reports), json);
    }
  }

  private static Map<String, Object> head(RunConfig run, SequenceDataset open, long utcOffset) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("status", "started");
    json.put("genrec", Versions.genrec());
    json.put("model", run.name());
    json.put("data", open.info().name());
    json.put("contentHash", open.contentHash());
    json.put("seed", run.seed());
    json.put("utcOffset", utcOffset);
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
