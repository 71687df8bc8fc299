package io.genrec.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A model that goes on with a later log, whose items are not all known. */
class ContinueTest {
  @TempDir private Path folder = Path.of("");

  /** Users look at five items, one after the other, of a range that moves with the log. */
  private Path log(String name, int first, String vocabulary) {
    StringBuilder log = new StringBuilder("who,what,when,click,price\n");
    for (int user = 0; user < 30; user++) {
      for (int event = 0; event < 6; event++) {
        int item = first + (user + event) % 10;
        log.append('u').append(user).append(",i").append(item).append(',');
        log.append(1000 * first + 10 * event).append(',').append(item % 2).append(',');
        log.append(item * first).append('\n');
      }
    }
    Cli.write(folder.resolve(name + ".csv"), log.toString());
    return Cli.write(
        folder.resolve(name + ".json"),
        """
        {"name": "%s", "events": {"files": ["%s.csv"], "format": "csv"},
         "user": "who", "item": "what", "time": "when", "duplicates": "keep",
         "context": [{"name": "price", "kind": "numeric"}],
         "actions": {"names": ["click"]}, "vocabulary": %s}
        """
            .formatted(name, name, vocabulary));
  }

  private static Object[] continues(Path model, Path data, Path out, Object... more) {
    return Cli.with(
        new Object[] {"train", "--continue", model, "--data", data, "--out", out}, more);
  }

  private static final Object[] IMPRESSIONS = {
    "--protocol", "impressions", "--validation", 5040, "--cut", 5050
  };

  private static JsonNode table(Path run) throws IOException {
    for (JsonNode entry : Cli.readJson(run.resolve("model/transfer.json")).at("/parameters")) {
      if (entry.path("name").asText().equals("embedding/item")) {
        return entry;
      }
    }
    throw new AssertionError("no item table");
  }

  @Test
  void aModelGoesOnWithALaterLog() throws IOException {
    Path june = folder.resolve("june");
    Path july = folder.resolve("july");
    Path config = Cli.write(folder.resolve("tiny.json"), Cli.TINY);
    Path first = folder.resolve("first");
    Path second = folder.resolve("second");
    Cli.succeed("prepare", log("june-log", 1, "{}"), "--out", june);
    Cli.succeed("train", config, "--data", june, "--protocol", "meta", "--out", first);
    // Items 5 to 10 stay, 11 to 14 are new and take the rows of four that are not seen any more.
    Path mapping = log("july-log", 5, "{\"limit\": 11, \"evict\": \"oldest\"}");
    Cli.Ran prepared =
        Cli.succeed("prepare", mapping, "--vocabulary", first, "--out", july, "--json");
    assertThat(prepared.json().at("/growth/kept").asInt()).isEqualTo(7);
    assertThat(prepared.json().at("/growth/added").asInt()).isEqualTo(4);
    assertThat(prepared.json().at("/growth/reused").asInt()).isEqualTo(3);

    Cli.Ran trained =
        Cli.succeed(continues(first, july, second, "--protocol", "meta", "--epochs", 1));
    assertThat(trained.err())
        .contains("continuing step", "with its moments", "7 rows known, 4 new");
    JsonNode run = Cli.readJson(second.resolve("run.json"));
    assertThat(run.at("/configuration/model/dim").asInt()).isEqualTo(8);
    assertThat(run.at("/epochs").asInt()).isEqualTo(1);
    assertThat(table(second).path("rows").asInt()).isEqualTo(7);
    assertThat(table(second).path("newRows").asInt()).isEqualTo(4);
    Cli.succeed("recommend", second, "--data", july, "--user", "u1");
    // A run that goes on is resumed like any other, but not as another one.
    assertThat(
            Cli.run(
                    "train",
                    config,
                    "--data",
                    july,
                    "--protocol",
                    "meta",
                    "--epochs",
                    1,
                    "--out",
                    second,
                    "--resume")
                .err())
        .contains("[GR/OtherRun]");
  }

  @Test
  void numbersKeepTheScaleThatTheModelKnows() throws IOException {
    Path june = folder.resolve("june");
    Path july = folder.resolve("july");
    Path first = folder.resolve("first");
    Path second = folder.resolve("second");
    Cli.succeed("prepare", log("june-log", 1, "null"), "--out", june);
    Path config =
        Cli.write(
            folder.resolve("ranks.json"),
            """
            {"name": "ranks", "split": {"protocol": "impressions", "validation": 1040, "cut": 1050},
             "model": {"dim": 8, "maxHistory": 6, "outputSlots": 8,
                       "numbers": [{"name": "price", "buckets": 4, "dim": 4}]},
             "encoder": {"name": "hstu", "blocks": 1},
             "task": {"name": "ranking-interleaved", "labels": [{"name": "click"}]},
             "loss": {"name": "multitask", "weight": 1}, "training": {"batch": 16}, "epochs": 1}
            """);
    Cli.succeed("train", config, "--data", june, "--out", first);
    Cli.succeed("prepare", log("july-log", 5, "null"), "--vocabulary", first, "--out", july);
    // June's cuts would make all of July test events; on June itself they are right.
    Path none = folder.resolve("none");
    assertThat(Cli.run(continues(first, july, none)).err())
        .contains("[GR/MissingCut]", "june-log", "--validation TIME --cut TIME");
    assertThat(none).doesNotExist();
    Cli.succeed(continues(first, june, folder.resolve("more")));
    Cli.Ran trained = Cli.succeed(continues(first, july, second, IMPRESSIONS));
    JsonNode before = Cli.readJson(first.resolve("model/model.json")).at("/fields/numbers");
    JsonNode after = Cli.readJson(second.resolve("model/model.json")).at("/fields/numbers");
    assertThat(before.size()).isPositive();
    assertThat(after).isEqualTo(before);
    Object[] evaluate = {"evaluate", second, "--data", july, "--json"};
    JsonNode measured = Cli.succeed(evaluate).json();
    assertThat(measured).isEqualTo(Cli.succeed(Cli.with(evaluate, IMPRESSIONS)).json());
    assertThat(measured.at("/results"))
        .isEqualTo(Cli.readJson(second.resolve("run.json")).at("/results"));
    // Another action in the place of the one that is known fits by shape, and means another thing.
    Path other = folder.resolve("other");
    Path renamed = log("other-log", 5, "null");
    Cli.write(renamed, Files.readString(renamed).replace("click", "like"));
    Path likes = folder.resolve("other-log.csv");
    Cli.write(likes, Files.readString(likes).replace("click", "like"));
    Cli.succeed("prepare", renamed, "--vocabulary", first, "--out", other);
    assertThat(
            Cli.run(
                    Cli.with(
                        continues(first, other, none, IMPRESSIONS),
                        "--set",
                        "task/labels=[{\"name\": \"like\"}]"))
                .err())
        .contains("[GR/OtherActions]", "click", "like");
  }

  /** Rare items have no row, so four users have nothing to learn from. */
  @Test
  void whoeverHasOnlyItemsWithoutRowsIsLeftOut() {
    StringBuilder log = new StringBuilder("who,what,when\n");
    for (int user = 0; user < 20; user++) {
      for (int event = 0; event < 4; event++) {
        String item = user < 16 ? "i" + (user + event) % 4 : "rare" + user + "-" + event;
        log.append("%d,%s,%d\n".formatted(user, item, event));
      }
    }
    Cli.write(folder.resolve("rare.csv"), log.toString());
    Path mapping =
        Cli.write(
            folder.resolve("rare.json"),
            """
            {"name": "rare", "events": {"files": ["rare.csv"], "format": "csv"},
             "user": "who", "item": "what", "time": "when", "vocabulary": {"admit": 3}}
            """);
    Path data = folder.resolve("data");
    Cli.succeed("prepare", mapping, "--out", data);
    Path config = Cli.write(folder.resolve("tiny.json"), Cli.TINY);
    Path run = folder.resolve("run");
    Object[] train = {
      "train",
      config,
      "--data",
      data,
      "--protocol",
      "meta",
      "--epochs",
      1,
      "--out",
      run,
      "--set",
      "training/batch=1"
    };
    Cli.succeed(train);
    assertThat(run.resolve("checkpoints/step-000016")).isDirectory();
  }

  /** Neither a model nor a data set may be replaced by what goes on from it. */
  @Test
  void whatARunGoesOnFromIsNotReplaced() throws IOException {
    Path june = folder.resolve("june");
    Path config = Cli.write(folder.resolve("tiny.json"), Cli.TINY);
    Path first = folder.resolve("first");
    Cli.succeed("prepare", log("june-log", 1, "{}"), "--out", june);
    Cli.succeed(
        "train", config, "--data", june, "--epochs", 1, "--protocol", "meta", "--out", first);
    Path link = Files.createSymbolicLink(folder.resolve("link"), first);
    Path linked = Files.createSymbolicLink(folder.resolve("linked"), first.resolve("model"));
    List<Object[]> wrong =
        List.of(
            continues(first, june, first),
            continues(first, june, link),
            continues(link, june, first),
            continues(linked, june, first),
            continues(first, june, june.resolve("../first/.")),
            new Object[] {"export", first, "--self-contained", "--out", first.resolve("model")},
            new Object[] {"export", link, "--out", first.resolve("../link/model")},
            new Object[] {
              "prepare", log("july-log", 5, "{}"), "--vocabulary", june, "--out", june
            });
    Map<Path, Long> before = files();
    for (Object[] command : wrong) {
      Object[] all = Cli.with(command, "--overwrite");
      assertThat(Cli.run(all).err()).as(Arrays.toString(all)).contains("[GR/OutputIsSource]");
    }
    assertThat(Cli.run(continues(first, june, first, "--resume")).err())
        .contains("[GR/OutputIsSource]");
    assertThat(files()).isEqualTo(before);
    // A copy elsewhere is another matter.
    Cli.succeed("export", first, "--out", folder.resolve("copy"));
  }

  /** All files with the times at which they were written. */
  private Map<Path, Long> files() throws IOException {
    Map<Path, Long> files = new TreeMap<>();
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path file : all.filter(Files::isRegularFile).toList()) {
        files.put(file, Files.getLastModifiedTime(file).to(TimeUnit.NANOSECONDS));
      }
    }
    return files;
  }

  @Test
  void saysWhatIsMissing() {
    Path config = Cli.write(folder.resolve("tiny.json"), Cli.TINY);
    Path june = folder.resolve("june");
    Cli.succeed("prepare", log("june-log", 1, "{}"), "--out", june);
    assertThat(Cli.run("train", "--data", june, "--out", folder.resolve("a")).err())
        .contains("Missing CONFIG", "--continue");
    assertThat(
            Cli.run(
                    "train",
                    config,
                    "--continue",
                    folder.resolve("no"),
                    "--data",
                    june,
                    "--out",
                    folder.resolve("a"))
                .err())
        .contains("[GR/MissingBundle]");
    assertThat(
            Cli.run("prepare", log("x", 2, "{\"limit\": 3}"), "--out", folder.resolve("b")).err())
        .contains("[GR/VocabularyLimit]");
  }
}
