package io.genrec.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExperimentTest {
  @TempDir static Path shared = Path.of("");
  @TempDir Path folder = Path.of("");

  private static Path data = Path.of("");
  private static Path config = Path.of("");

  @BeforeAll
  static void data() {
    data = Cli.dataset(shared);
    config = Cli.write(shared.resolve("tiny.json"), Cli.TINY);
  }

  private Path experiment(String row) {
    return Cli.write(
        folder.resolve("experiment.json"),
        """
        {"name": "walks", "data": "%s",
         "rows": [{"name": "tiny", "config": "%s", %s}]}
        """
            .formatted(data, config, row));
  }

  private Cli.Ran run(Path file, Object... more) {
    Object[] args = new Object[6 + more.length];
    Object[] first = {
      "experiment", file, "--results", folder.resolve("results"), "--runs", folder.resolve("runs")
    };
    System.arraycopy(first, 0, args, 0, first.length);
    System.arraycopy(more, 0, args, first.length, more.length);
    return Cli.run(args);
  }

  private Path result(String cell) {
    return folder.resolve("results/walks/" + cell + ".json");
  }

  @Test
  void skipsFinishedCellsAndTellsTheTable() throws IOException {
    Path file = experiment("\"protocols\": [\"meta\", \"strict\"], \"seeds\": [1, 2]");

    // As if the process were killed after the first cell, in the middle of writing the second.
    assertThat(run(file, "--max-cells", 1).status()).isZero();
    assertThat(result("tiny-strict-seed1")).exists();
    assertThat(result("tiny-strict-seed2")).doesNotExist();
    byte[] first = Files.readAllBytes(result("tiny-strict-seed1"));

    Cli.Ran rest = run(file);
    assertThat(rest.status()).isZero();
    assertThat(rest.err()).contains("tiny-strict-seed1: finished before");
    assertThat(Files.readAllBytes(result("tiny-strict-seed1"))).isEqualTo(first);
    assertThat(rest.out()).contains("4 of 4 cells are finished", "HR@10", "±", "most-popular");
    assertThat(folder.resolve("results/walks/table.md"))
        .content()
        .contains("## STRICT, request at the target's time", "| tiny | 1, 2 | ")
        .doesNotContain("missing", "difference");
    JsonNode strict = Cli.readJson(result("tiny-strict-seed2"));
    JsonNode meta = Cli.readJson(result("tiny-meta-seed2"));
    assertThat(meta.at("/epochs").asInt()).isEqualTo(strict.at("/chosenEpoch").asInt());
    assertThat(meta.at("/results/0/removed").asText()).isEqualTo("model's input");

    JsonNode json = run(file, "--json").json();
    assertThat(json.at("/ran").asInt()).isZero();
    assertThat(json.at("/finished").asInt()).isEqualTo(4);
    assertThat(json.at("/missing")).isEmpty();
    try (Stream<Path> left = Files.list(folder.resolve("results/walks"))) {
      assertThat(left.map(path -> path.getFileName().toString()).sorted().toList())
          .isEqualTo(
              List.of(
                  "table.md",
                  "tiny-meta-seed1.json",
                  "tiny-meta-seed1.ranks",
                  "tiny-meta-seed2.json",
                  "tiny-meta-seed2.ranks",
                  "tiny-strict-seed1.json",
                  "tiny-strict-seed1.ranks",
                  "tiny-strict-seed2.json",
                  "tiny-strict-seed2.ranks"));
    }
  }

  @Test
  void aCellThatWasKilledContinuesFromItsCheckpoint() throws IOException {
    Path cell = folder.resolve("runs/walks/tiny-strict-seed1");
    // What a killed cell leaves: a run with checkpoints and no result.
    assertThat(Cli.run("train", config, "--data", data, "--out", cell).status()).isZero();

    Cli.Ran ran = run(experiment("\"seeds\": [1]"));
    assertThat(ran.status()).isZero();
    assertThat(ran.err()).contains("continuing after epoch 2");
    assertThat(Cli.readJson(result("tiny-strict-seed1")).at("/epochs").asInt()).isEqualTo(2);
    assertThat(cell.resolve("model/model.json")).exists();
    assertThat(cell.resolve("checkpoints")).doesNotExist();
  }

  @Test
  void aResultOfAnotherConfigurationIsNotTakenForThisOne() {
    assertThat(run(experiment("\"set\": {\"epochs\": 1}")).status()).isZero();

    Cli.Ran other = run(experiment("\"set\": {\"epochs\": 1, \"encoder/heads\": 2}"));
    assertThat(other.status()).isEqualTo(1);
    assertThat(other.err()).contains("[GR/OtherRun]", "--redo --only tiny-strict-seed1");
    Cli.Ran redone = run(experiment("\"set\": {\"epochs\": 1, \"encoder/heads\": 2}"), "--redo");
    assertThat(redone.status()).isZero();
  }

  @Test
  void metaTakesItsEpochsFromStrictOrAsGiven() throws IOException {
    Path file = experiment("\"protocols\": [\"strict\", \"meta\"]");
    Cli.Ran early = run(file, "--only", "*-meta-*");
    assertThat(early.status()).isEqualTo(1);
    assertThat(early.err()).contains("[GR/MissingCell]", "tiny-strict-seed1", "metaEpochs");

    Path given = experiment("\"protocols\": [\"meta\"], \"metaEpochs\": 3, \"watchTest\": true");
    assertThat(run(given).status()).isZero();
    JsonNode result = Cli.readJson(result("tiny-meta-seed1"));
    assertThat(result.at("/epochs").asInt()).isEqualTo(3);
    assertThat(result.at("/chosenEpoch").asInt()).isEqualTo(3);
    assertThat(result.at("/bestOnTest/NDCG@10").asDouble())
        .isEqualTo(
            result.at("/history").findValues("test NDCG@10").stream()
                .mapToDouble(JsonNode::asDouble)
                .max()
                .orElseThrow());
    int best = result.at("/bestOnTest/epoch").asInt();
    assertThat(result.at("/history/" + (best - 1) + "/test NDCG@10"))
        .isEqualTo(result.at("/bestOnTest/NDCG@10"));
    JsonNode run = Cli.readJson(folder.resolve("runs/walks/tiny-meta-seed1/run.json"));
    assertThat(run.at("/bestOnTest")).isEqualTo(result.at("/bestOnTest"));
  }

  @Test
  void metaHasSeedsOfItsOwn() {
    Path file =
        experiment("\"protocols\": [\"strict\", \"meta\"], \"seeds\": [1, 2], \"metaSeeds\": [2]");
    assertThat(run(file, "--list", "--json").json().at("/cells").findValuesAsText("cell"))
        .containsExactly("tiny-strict-seed1", "tiny-strict-seed2", "tiny-meta-seed2");

    assertThat(run(experiment("\"protocols\": [\"strict\", \"meta\"], \"metaSeeds\": [2]")).err())
        .contains("[GR/InvalidValue]", "metaSeeds must be among seeds [1]", "metaEpochs");
    assertThat(run(experiment("\"metaSeeds\": [1]")).err())
        .contains("[GR/InvalidValue]", "metaSeeds must be left out");
    assertThat(run(experiment("\"protocols\": [\"meta\"], \"metaSeeds\": []")).err())
        .contains("[GR/InvalidValue]", "metaSeeds must name at least one");
    assertThat(run(experiment("\"protocols\": [\"meta\"]")).err())
        .contains("[GR/InvalidValue]", "protocols must name strict", "metaEpochs");
  }

  @Test
  void whatStopsALaterCellStopsTheFirst() {
    String row = "{\"name\": \"%s\", \"config\": \"%s\", \"protocols\": [\"strict\", \"meta\"]%s}";
    String rows = row.formatted("a", config, "") + ", " + row.formatted("b", config, "%s");
    String text = "{\"name\": \"walks\", \"data\": \"" + data + "\"%s, \"rows\": [" + rows + "]}";
    Path file = folder.resolve("experiment.json");

    Cli.write(file, text.formatted("", ""));
    assertThat(run(file, "--only", "a-strict-*,b-meta-*").err())
        .contains("[GR/MissingCell]", "b-strict-seed1")
        .doesNotContain("epochs at most");
    Cli.write(file, text.formatted("", ", \"set\": {\"encoder/name\": \"hsut\"}"));
    assertThat(run(file).err())
        .contains("[GR/UnknownEncoder]", "did you mean \"hstu\"?")
        .doesNotContain("epochs at most");
    Cli.write(file, text.formatted(", \"compareWith\": \"c\"", ""));
    assertThat(run(file).err()).contains("[GR/UnknownRow]", "\"c\"", "known: a, b");
    assertThat(folder.resolve("results")).doesNotExist();
  }

  @Test
  void listsCellsWithoutRunningThem() {
    Path file = experiment("\"seeds\": [1, 2]");
    Cli.Ran ran = run(file, "--list");

    assertThat(ran.status()).isZero();
    assertThat(ran.out()).contains("tiny-strict-seed1  to do", "tiny-strict-seed2  to do");
    assertThat(run(file, "--list", "--json").json().at("/cells")).hasSize(2);
    assertThat(folder.resolve("results")).doesNotExist();
  }

  @Test
  void mistakesAreFoundBeforeTheFirstCellRuns() {
    assertThat(run(experiment("\"seds\": [1]")).err())
        .contains("[GR/UnknownKey]", "did you mean \"seeds\"?");
    assertThat(run(experiment("\"set\": {\"encoder/bloks\": 1}, \"seeds\": [1]")).err())
        .doesNotContain("\tat ");
    assertThat(run(experiment("\"seeds\": [1]"), "--only", "tiny-strict-seed3").err())
        .contains("[GR/UnknownCell]", "did you mean \"tiny-strict-seed1\"?");
    assertThat(run(experiment("\"seeds\": []")).err()).contains("[GR/InvalidValue]", "seeds");
    assertThat(run(folder.resolve("none.json")).err()).contains("[GR/MissingFile]");
    assertThat(folder.resolve("results")).doesNotExist();
  }

  @Test
  void aDamagedResultIsNamed() throws IOException {
    Path file = experiment("\"seeds\": [1]");
    Files.createDirectories(folder.resolve("results/walks"));
    Cli.write(result("tiny-strict-seed1"), "{\"cell\": ");

    Cli.Ran ran = run(file);
    assertThat(ran.status()).isEqualTo(1);
    assertThat(ran.err()).contains("[GR/CorruptResult]", "tiny-strict-seed1.json", "delete");
  }
}
