package io.genrec.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import io.genrec.data.SequenceDataset;
import io.genrec.engine.run.DayByDay;
import io.genrec.engine.run.RunConfig;
import io.genrec.engine.runtime.Device;
import io.genrec.engine.storage.CheckpointStore;
import io.genrec.engine.wiring.Registry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each day is predicted before it is learned from. */
class PrequentialTest {
  private static final int DAYS = 5;
  private static final long DAY = 86_400;

  @TempDir static Path shared = Path.of("");
  private static Path data = Path.of("");

  /** Users click on odd items; from the fourth day on they click on even ones. */
  @BeforeAll
  static void impressions() {
    Random random = new Random(4);
    StringBuilder log = new StringBuilder("who,what,when,click\n");
    for (int user = 0; user < 40; user++) {
      for (int event = 0; event < 6 * DAYS; event++) {
        int day = event / 6;
        int item = random.nextInt(12);
        boolean click = (item % 2 == 1) == day < 3;
        log.append('u').append(user).append(",i").append(item).append(',');
        log.append(100 * DAY + DAY * day + 3_000 * (event % 6) + user).append(',');
        log.append(click ? 1 : 0).append('\n');
      }
    }
    Cli.write(shared.resolve("log.csv"), log.toString());
    Path mapping =
        Cli.write(
            shared.resolve("days.json"),
            """
            {"name": "days", "events": {"files": ["log.csv"], "format": "csv"},
             "user": "who", "item": "what", "time": "when", "actions": {"names": ["click"]}}
            """);
    data = shared.resolve("data");
    Cli.succeed("prepare", mapping, "--out", data);
  }

  private static Path config(Path folder, String task) {
    return Cli.write(
        folder.resolve("config.json"),
        """
        {"name": "days", "model": {"dim": 16, "maxHistory": 40, "outputSlots": 50},
         "ranking": {"embedding": {"hidden": 16}, "head": {"hidden": 16}},
         "encoder": {"name": "hstu", "blocks": 1, "inputDropout": 0.1},
         "task": {"name": "%s", "labels": [{"name": "click"}]},
         "loss": {"name": "multitask", "weight": 1}, "optimizer": {"rate": 0.03},
         "training": {"batch": 4}, "epochs": 7, "patience": 2}
        """
            .formatted(task));
  }

  private static Cli.Ran prequential(Path config, Path out, Object... more) {
    return Cli.run(
        Cli.with(new Object[] {"prequential", config, "--data", data, "--out", out}, more));
  }

  private static Cli.Ran finished(Path config, Path out, Object... more) {
    Cli.Ran ran = prequential(config, out, more);
    assertThat(ran.status()).as(ran.err()).isZero();
    return ran;
  }

  private static double metric(JsonNode day, String part, String name) {
    return day.path(part).path(name).asDouble(Double.NaN);
  }

  @Test
  void everyDayIsMeasuredBeforeItIsLearnedFrom(@TempDir Path folder) throws IOException {
    Path run = folder.resolve("run");
    Cli.Ran ran = finished(config(folder, "ranking-interleaved"), run);
    assertThat(ran.out()).contains("AUC so far", "1970-04-11", "1970-04-15");
    JsonNode days = Cli.readJson(run.resolve(Prequential.RESULT)).at("/days");
    assertThat(days.size()).isEqualTo(DAYS);
    assertThat(days.at("/0/metrics").size()).isZero();
    for (int day = 1; day < DAYS; day++) {
      assertThat(days.path(day).path("impressions").asInt()).isEqualTo(240);
      // Ten steps a day: forty users in batches of four.
      assertThat(days.path(day).path("step").asInt()).isEqualTo(10 * (day + 1));
    }
    // What was learned from two days holds on the third; on the fourth the truth is its opposite,
    // and a model that had seen that day could not be so wrong.
    assertThat(metric(days.path(2), "metrics", "auc/click")).isGreaterThan(0.9);
    assertThat(metric(days.path(3), "metrics", "auc/click")).isLessThan(0.5);
    // The first measured day is all there is so far; later ones count together.
    assertThat(metric(days.path(1), "cumulated", "ne/click"))
        .isCloseTo(metric(days.path(1), "metrics", "ne/click"), within(1e-12));
    double sum = 0;
    for (int day = 1; day < DAYS; day++) {
      sum += metric(days.path(day), "metrics", "log_loss/click") / (DAYS - 1);
    }
    assertThat(metric(days.path(DAYS - 1), "cumulated", "log_loss/click"))
        .isCloseTo(sum, within(1e-9));
    assertThat(run.resolve(Prequential.PICTURE)).isNotEmptyFile();
  }

  @Test
  void aRunIsResumedByDay(@TempDir Path folder) throws IOException {
    Path config = config(folder, "ranking");
    Path whole = folder.resolve("whole");
    Path cut = folder.resolve("cut");
    finished(config, whole);
    stopAfter(3, config, cut);
    JsonNode expected = Cli.readJson(whole.resolve(Prequential.RESULT)).at("/days");
    assertThat(prequential(config, cut).err()).contains("[GR/OutputExists]", "--resume");
    Cli.Ran resumed = finished(config, cut, "--resume", "--json");
    // Only what was left has been done now.
    assertThat(resumed.err()).contains("1970-04-14,", "1970-04-15,").doesNotContain("1970-04-13,");
    assertSame(resumed.json().at("/days"), expected);
    assertThat(prequential(config, cut, "--resume", "--set", "seed=9").err())
        .contains("[GR/OtherRun]");
    Files.createDirectories(folder.resolve("other/x"));
    assertThat(prequential(config, folder.resolve("other")).err())
        .contains("[GR/OutputExists]", "no prequential run");
  }

  @Test
  void whatMayNotBeResumedStaysAsItWas(@TempDir Path folder) throws IOException {
    Path config = config(folder, "ranking-interleaved");
    Path run = folder.resolve("run");
    stopAfter(1, config, run);
    Path result = Cli.write(run.resolve(Prequential.RESULT), "{\"status\": \"started\"}");
    // Days that begin an hour earlier have the same names and the same events here.
    for (String[] other : new String[][] {{"--utc-offset", "3600"}, {"--set", "seed=9"}}) {
      assertThat(prequential(config, run, "--resume", other[0], other[1]).err())
          .contains("[GR/OtherRun]");
      assertThat(result).hasContent("{\"status\": \"started\"}");
      assertThat(run).isDirectoryNotContaining("glob:**.png");
    }
    // Nor is a run replaced by one that cannot begin.
    String groups = "groups=[{\"pattern\": \"embedding/itm\", \"frozen\": true}]";
    assertThat(prequential(config, run, "--overwrite", "--set", groups).err())
        .contains("[GR/PatternMatchesNothing]");
    assertThat(result).hasContent("{\"status\": \"started\"}");
    assertThat(run.resolve(RunFolder.CHECKPOINTS)).isNotEmptyDirectory();
    finished(config, run, "--overwrite", "--from", "1970-04-15");
    assertThat(Cli.readJson(result).at("/days").findValuesAsText("day"))
        .containsExactly("1970-04-11", "1970-04-15");
    assertThat(run.resolve(Prequential.PICTURE)).isNotEmptyFile();
  }

  @Test
  void daysAreThoseOfTheTask(@TempDir Path folder) {
    Path config = config(folder, "ranking");
    Cli.Ran ran =
        prequential(
            config, folder.resolve("run"), "--set", "task/utcOffset=-3600", "--utc-offset", 28_800);
    assertThat(ran.err()).contains("[GR/InvalidValue]", "28800", "-3600", "task/utcOffset");
    assertThat(folder.resolve("run")).doesNotExist();
    var chunks = ConfigSource.read(config.toString(), Map.of("task/utcOffset", "75600")).task();
    assertThat(Days.utcOffset(chunks, null)).isEqualTo(75_600);
    assertThat(Days.utcOffset(chunks, 75_600L)).isEqualTo(75_600);
    var unsaid = ConfigSource.read(config.toString(), Map.of()).task();
    assertThat(Days.utcOffset(unsaid, null)).isZero();
    assertThatThrownBy(() -> Days.utcOffset(unsaid, 3600L)).hasMessageContaining("begin 0 seconds");
    var whole = ConfigSource.read(config(folder, "ranking-interleaved").toString(), Map.of());
    assertThat(Days.utcOffset(whole.task(), 3600L)).isEqualTo(3600);
  }

  /** A date begins where its days do: here at 5 in the morning of Greenwich. */
  @Test
  void aDateIsThatOfTheDaysOffset() {
    try (BufferAllocator memory = new RootAllocator();
        SequenceDataset open = SequenceDataset.open(data, memory, true)) {
      long offset = -5 * 3600;
      long from = Times.parse("--from", "1970-04-13", offset);
      assertThat(from).isEqualTo(102 * DAY + 5 * 3600);
      assertThat(Days.of(open, Optional.of(from), offset).training().days())
          .extracting(DayByDay.Day::name)
          .containsExactly("1970-04-10", "1970-04-13", "1970-04-14");
    }
  }

  /** A run that ends, as if it was killed, once so many days are done. */
  private static void stopAfter(int days, Path config, Path folder) {
    RunConfig run =
        ConfigSource.read(config.toString(), Map.of("epochs", "1", "training/order", "stream"));
    List<String> done = new ArrayList<>();
    folder.toFile().mkdirs();
    Cli.write(folder.resolve(Prequential.RESULT), "{}");
    CheckpointStore checkpoints =
        new CheckpointStore(folder.resolve(RunFolder.CHECKPOINTS), 1, damaged -> {});
    try (BufferAllocator memory = new RootAllocator();
        SequenceDataset open = SequenceDataset.open(data, memory, true)) {
      DayByDay.Data all = Days.of(open, Optional.empty(), 0).training();
      DayByDay training = new DayByDay(run, all, Registry.onClassPath(), Device.CPU, memory);
      assertThatThrownBy(
              () ->
                  training.run(
                      Optional.of(checkpoints),
                      day -> {
                        done.add(day.day());
                        if (done.size() == days) {
                          throw new IllegalStateException("killed");
                        }
                      }))
          .hasMessage("killed");
    }
  }

  private static void assertSame(JsonNode actual, JsonNode expected) {
    assertThat(actual.size()).isEqualTo(expected.size());
    for (int day = 0; day < expected.size(); day++) {
      assertThat(actual.path(day).path("metrics")).isEqualTo(expected.path(day).path("metrics"));
      assertThat(actual.path(day).path("cumulated"))
          .isEqualTo(expected.path(day).path("cumulated"));
    }
  }

  @Test
  void measuringMayBeginLater(@TempDir Path folder) throws IOException {
    Path run = folder.resolve("run");
    Path config = config(folder, "ranking");
    finished(config, run, "--from", "1970-04-14");
    JsonNode days = Cli.readJson(run.resolve(Prequential.RESULT)).at("/days");
    assertThat(days.findValuesAsText("day"))
        .containsExactly("1970-04-11", "1970-04-14", "1970-04-15");
    assertThat(prequential(config, folder.resolve("none"), "--from", "1971-01-01").err())
        .contains("[GR/InvalidValue]", "--from");
    Path items = Cli.write(folder.resolve("tiny.json"), Cli.TINY);
    assertThat(prequential(items, folder.resolve("none")).err()).contains("[GR/NotARanker]");
  }
}
