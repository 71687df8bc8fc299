package io.genrec.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import io.genrec.engine.evaluation.PairedBootstrap;
import io.genrec.engine.evaluation.TargetRank;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of finished cells: two rows, two seeds under STRICT and one under META. */
class ExperimentTableTest {
  private static final List<String> CELLS =
      List.of(
          "one-strict-seed1",
          "one-strict-seed2",
          "one-meta-seed2",
          "two-strict-seed1",
          "two-strict-seed2",
          "two-meta-seed2");

  @TempDir static Path shared = Path.of("");
  @TempDir Path folder = Path.of("");

  private static Path data = Path.of("");
  private static Path experiment = Path.of("");

  @BeforeAll
  static void runCells() {
    data = Cli.dataset(shared);
    Path config = Cli.write(shared.resolve("tiny.json"), Cli.TINY);
    String row =
        """
        {"name": "%s", "config": "%s", "protocols": ["strict", "meta"],
         "seeds": [1, 2], "metaSeeds": [2], "set": {"/encoder/blocks": %d}}
        """;
    experiment =
        Cli.write(
            shared.resolve("experiment.json"),
            """
            {"name": "walks", "data": "%s", "compareWith": "one", "rows": [%s, %s]}
            """
                .formatted(data, row.formatted("one", config, 1), row.formatted("two", config, 2)));
    Cli.Ran ran = run(shared);
    assertThat(ran.status()).as(ran.err()).isZero();
  }

  /** Every test has results of its own. */
  @BeforeEach
  void copy() throws IOException {
    Files.createDirectories(folder.resolve("results"));
    Cli.copy(shared.resolve("results/walks"), folder.resolve("results/walks"));
  }

  private static Cli.Ran run(Path where, Object... more) {
    List<Object> args = new ArrayList<>();
    args.addAll(List.of("experiment", experiment, "--results", where.resolve("results")));
    args.addAll(List.of("--runs", shared.resolve("runs")));
    args.addAll(List.of(more));
    return Cli.run(args.toArray());
  }

  private Path file(String name) {
    return folder.resolve("results/walks/" + name);
  }

  private List<String> table() throws IOException {
    return Files.readAllLines(file("table.md"));
  }

  private void replace(String cell, String text, String with) throws IOException {
    String json = Files.readString(file(cell + ".json"));
    assertThat(json).contains(text);
    Files.writeString(file(cell + ".json"), json.replace(text, with));
  }

  @Test
  void metricsFollowFromTheRanksThatAreKept() throws IOException {
    for (String cell : CELLS) {
      JsonNode result = Cli.readJson(file(cell + ".json"));
      Ranks ranks = RanksFile.read(file(cell + ".ranks"));
      assertThat(ranks.columns()).hasSize(4);
      int compared = 0;
      for (JsonNode row : result.at("/results")) {
        if (!row.at("/who").asText().equals("most-popular")
            && !row.at("/withoutTies").asBoolean()) {
          var metrics =
              ranks
                  .find(row.at("/requestTime").asText(), row.at("/removed").asText())
                  .orElseThrow();
          assertThat(metrics.size()).isEqualTo(row.at("/users").asInt());
          assertThat(row.at("/metrics")).hasSameSizeAs(metrics.means().keySet());
          metrics
              .means()
              .forEach(
                  (name, mean) ->
                      assertThat(row.at("/metrics").get(name.toUpperCase(Locale.ROOT)).asDouble())
                          .as(cell + " " + name)
                          .isCloseTo(mean, within(1e-12)));
          compared++;
        }
      }
      assertThat(compared).isEqualTo(4);
    }
  }

  @Test
  void cellsTellMachineAndParameters() throws IOException {
    JsonNode cell = Cli.readJson(file("two-strict-seed1.json"));

    assertThat(cell.at("/machine/cpu").asText()).isNotBlank();
    assertThat(cell.at("/machine/cores").asInt())
        .isEqualTo(Runtime.getRuntime().availableProcessors());
    assertThat(cell.at("/machine/device").asText()).isEqualTo("cpu");
    assertThat(cell.at("/peakMemoryBytes").asLong()).isPositive();
    // Width 8; 20 items and the row of none.
    assertThat(cell.at("/parameters/embedding").asInt()).isEqualTo(21 * 8);
    // As many floats as the bundle has, but for the table.
    Path weights = shared.resolve("runs/walks/two-strict-seed1/model/weights.safetensors");
    long header =
        Long.reverseBytes(java.nio.ByteBuffer.wrap(Files.readAllBytes(weights)).getLong());
    assertThat(cell.at("/parameters/dense").asLong())
        .isEqualTo((Files.size(weights) - 8 - header) / Float.BYTES - 21 * 8);
  }

  @Test
  void comparesUsersPairwiseOverTheSeedsOfBothRows() throws IOException {
    JsonNode json = run(folder, "--json").json();
    JsonNode two = json.at("/table/1");
    assertThat(two.at("/row").asText()).isEqualTo("two");
    assertThat(two.at("/protocol").asText()).isEqualTo("strict");
    JsonNode difference = two.at("/differences/0");
    assertThat(difference.at("/requestTime").asText()).isEqualTo("target's");
    assertThat(difference.at("/metric").asText()).isEqualTo("HR@10");
    assertThat(difference.at("/seeds").toString()).isEqualTo("[1,2]");

    double[] one = pooledHits("one-strict-seed1", "one-strict-seed2");
    double[] other = pooledHits("two-strict-seed1", "two-strict-seed2");
    var expected = new PairedBootstrap(1, 2000).difference(other, one);
    assertThat(difference.at("/mean").asDouble()).isCloseTo(expected.mean(), within(1e-12));
    assertThat(difference.at("/low").asDouble()).isCloseTo(expected.low(), within(1e-12));
    assertThat(difference.at("/high").asDouble()).isCloseTo(expected.high(), within(1e-12));
    assertThat(expected.low()).isLessThan(expected.high());

    // The row itself is compared with nothing; META has one seed.
    assertThat(json.at("/table/0/differences")).isEmpty();
    assertThat(json.at("/table/3/differences/3/metric").asText()).isEqualTo("NDCG@10");
    assertThat(json.at("/table/3/differences/3/seeds").toString()).isEqualTo("[2]");
    String text = Text.signed(expected.mean()) + " [" + Text.signed(expected.low()) + ", ";
    assertThat(table())
        .contains("## STRICT, difference to one", "## META, difference to one")
        .anyMatch(line -> line.startsWith("| two | 1, 2 | " + text));
  }

  @Test
  void anotherRowToCompareWithHasATableOfItsOwn() throws IOException {
    JsonNode usual = run(folder, "--json").json();
    List<String> before = table();
    JsonNode turned = run(folder, "--json", "--compare-with", "two").json();

    assertThat(table()).isEqualTo(before);
    assertThat(Files.readString(file("table-against-two.md")))
        .contains("## STRICT, difference to two", "the row less two,")
        .doesNotContain("difference to one");
    assertThat(turned.at("/table/1/differences")).isEmpty();
    JsonNode there = usual.at("/table/1/differences/0");
    JsonNode back = turned.at("/table/0/differences/0");
    assertThat(back.at("/mean").asDouble()).isCloseTo(-there.at("/mean").asDouble(), within(1e-12));
    assertThat(back.at("/low").asDouble()).isCloseTo(-there.at("/high").asDouble(), within(1e-12));
    assertThat(run(folder, "--compare-with", "twoo").err())
        .contains("[GR/UnknownRow]", "\"twoo\" is no row", "did you mean \"two\"?");
  }

  /** Each user's chance to have the target among ten, over two runs. */
  private double[] pooledHits(String first, String second) {
    double[] pooled = new double[40];
    for (String cell : List.of(first, second)) {
      List<TargetRank> ranks =
          RanksFile.read(file(cell + ".ranks"))
              .find("target's", "all earlier")
              .orElseThrow()
              .ranks();
      for (int user = 0; user < pooled.length; user++) {
        TargetRank rank = ranks.get(user);
        double places = Math.min(rank.tied(), Math.max(0, 10 - rank.above()));
        pooled[user] += places / rank.tied() / 2;
      }
    }
    return pooled;
  }

  @Test
  void withoutRanksThereIsADifferenceAndNoInterval() throws IOException {
    for (String cell : CELLS) {
      Files.delete(file(cell + ".ranks"));
    }
    JsonNode difference = run(folder, "--json").json().at("/table/1/differences/0");

    double mean = 0;
    for (int seed = 1; seed <= 2; seed++) {
      mean += hitRate("two-strict-seed" + seed) / 2 - hitRate("one-strict-seed" + seed) / 2;
    }
    assertThat(difference.at("/mean").asDouble()).isCloseTo(mean, within(1e-12));
    assertThat(difference.has("low")).isFalse();
    String start = "| two | 1, 2 | " + Text.signed(mean) + " |";
    assertThat(table()).anyMatch(line -> line.startsWith(start));
    assertThat(run(folder, "--list").out()).contains("one-meta-seed2    finished, without ranks");
  }

  private double hitRate(String cell) throws IOException {
    return Cli.readJson(file(cell + ".json")).at("/results/0/metrics/HR@10").asDouble();
  }

  @Test
  void onlySeedsWithRanksMakeAnInterval() throws IOException {
    Files.delete(file("one-strict-seed1.ranks"));

    JsonNode difference = run(folder, "--json").json().at("/table/1/differences/0");
    assertThat(difference.at("/seeds").toString()).isEqualTo("[2]");
    assertThat(difference.has("low")).isTrue();
    double share = difference.at("/low").asDouble() / hitRate("one-strict-seed2");
    assertThat(difference.at("/lowShare").asDouble()).isCloseTo(share, within(1e-12));
  }

  @Test
  void rowsAboutOtherTargetsAreNotCompared() throws IOException {
    String hash = Cli.readJson(file("two-strict-seed1.json")).at("/splitHash").asText();
    replace("two-strict-seed1", hash, "0".repeat(64));

    assertThat(run(folder, "--json").json().at("/table/1/differences")).isEmpty();
    assertThat(table()).contains("| two | – | – | – | – | – | – | – |");
  }

  @Test
  void whatIsMissingIsShownAndNamed() throws IOException {
    for (String cell : List.of("one-strict-seed1", "two-strict-seed1", "two-strict-seed2")) {
      Files.delete(file(cell + ".json"));
    }
    JsonNode json = run(folder, "--only", "one-meta-*", "--json").json();
    assertThat(json.at("/missing").toString())
        .isEqualTo("[\"one-strict-seed1\",\"two-strict-seed1\",\"two-strict-seed2\"]");
    assertThat(json.at("/table/1/missing").toString()).isEqualTo("[1,2]");
    assertThat(json.at("/table/1/results/0").has("MRR")).isFalse();

    Cli.Ran ran = run(folder, "--only", "one-meta-*");
    assertThat(ran.out())
        .contains("3 of 6 cells are finished")
        .contains("missing: one-strict-seed1, two-strict-seed1, two-strict-seed2");
    assertThat(table())
        .anyMatch(line -> line.startsWith("| one | 2; missing: 1 | ."))
        .contains("| two | missing: 1, 2 | – | – | – | – | – | – |");
  }

  @Test
  void theTableTellsAllThatWasAskedFor() throws IOException {
    assertThat(run(folder).status()).isZero();

    assertThat(table())
        .contains(
            "| row | seeds | epochs | dense parameters | embedding parameters | s/epoch | memory |",
            "| row | seeds | HR@10 | HR@50 | HR@200 | NDCG@10 | NDCG@200 | MRR |",
            "## STRICT, request at the target's time",
            "## STRICT, request at the last event's time",
            "## META, request at the target's time",
            "## META, request at the last event's time")
        .anyMatch(line -> line.startsWith("| one | 1, 2 | .") && line.contains(" ± ."))
        .anyMatch(line -> line.startsWith("- Machines: ") && line.endsWith(" (6 cells)."));
    assertThat(run(folder, "--json").json().at("/table/2/results/1/HR@10/mean").asDouble())
        .isEqualTo(
            Cli.readJson(file("one-meta-seed2.json")).at("/results/4/metrics/HR@10").asDouble());
  }

  @Test
  void ranksOfAnotherCellAreRefused() throws IOException {
    Files.delete(file("one-strict-seed1.ranks"));
    Files.copy(file("two-strict-seed2.ranks"), file("one-strict-seed1.ranks"));

    Cli.Ran ran = run(folder);
    assertThat(ran.status()).isEqualTo(1);
    assertThat(ran.err()).contains("[GR/CorruptResult]", "one-strict-seed1.ranks", "delete");
  }

  @Test
  void evaluationWritesTheRanksOfACell() throws IOException {
    Path ranks = folder.resolve("again.ranks");
    Path model = shared.resolve("runs/walks/two-meta-seed2");

    assertThat(Cli.run("evaluate", model, "--data", data, "--ranks", ranks).status()).isZero();
    assertThat(ranks).hasSameBinaryContentAs(file("two-meta-seed2.ranks"));
    assertThat(Cli.run("evaluate", model, "--data", data, "--ranks", ranks).err())
        .contains("[GR/OutputExists]");
  }

  @Test
  void timesOfAnotherMachineDoNotCount() throws IOException {
    String slow = "two-strict-seed1";
    Cli.Ran before = run(folder, "--max-cells", 0);
    assertThat(before.status()).isZero();
    assertThat(table()).noneMatch(line -> line.contains("Seconds are of those cells alone"));
    double seconds = Cli.readJson(file(slow + ".json")).at("/secondsPerEpoch").asDouble();
    replace(slow, "\"secondsPerEpoch\" : " + seconds, "\"secondsPerEpoch\" : 9999.0");
    replace(slow, "\"device\" : \"cpu\"", "\"device\" : \"cuda:0\"");

    assertThat(run(folder, "--max-cells", 0).status()).isZero();

    JsonNode other = Cli.readJson(file("two-strict-seed2.json"));
    String here = other.at("/machine/cpu").asText();
    assertThat(table())
        .anyMatch(
            line ->
                line.contains("cuda:0 (1 cells). Seconds are of those cells alone that " + here));
    String time = String.format(Locale.ROOT, "| %.1f |", other.at("/secondsPerEpoch").asDouble());
    assertThat(table()).anyMatch(line -> line.startsWith("| two | 1, 2 ") && line.contains(time));
  }

  /** Cells that were measured before ranks, parameters and machines were kept can still be read. */
  @Test
  void committedCellsAreReadable() throws IOException {
    int found = 0;
    try (Stream<Path> files = Files.list(Path.of("../../configs/experiments"))) {
      for (Path file : files.toList()) {
        var read = io.genrec.api.config.StrictConfig.read(file).as(ExperimentFile.class);
        Path committed = Path.of("../../docs/results").resolve(read.name());
        ExperimentResults results = new ExperimentResults(read, committed);
        for (ExperimentFile.Cell cell : read.cells()) {
          var result = results.result(cell);
          result.ifPresent(present -> results.ranks(cell, present));
          found += result.isPresent() ? 1 : 0;
        }
      }
    }
    assertThat(found).isPositive();
  }
}
