package io.genrec.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The study of the synthetic stream, on a small one. */
class DirichletTest {
  private static final Path CONFIGS = Path.of("../../configs");

  @TempDir private Path folder = Path.of("");

  @BeforeEach
  void write() {
    Cli.write(
        folder.resolve("tiny.json"),
        """
        {"name": "tiny", "model": {"dim": 8, "maxHistory": 8, "outputSlots": 1},
         "encoder": {"name": "hstu", "blocks": 1, "positionBias": false, "timeBias": false},
         "sampler": {"name": "uniform", "count": 8, "sharing": "position"},
         "training": {"batch": 16, "order": "stream"}, "epochs": 1}
        """);
    study("{\"records\": 100, \"length\": 8, \"items\": 60, \"categories\": 4, \"mostAlpha\": 20}");
  }

  private void study(String stream) {
    Cli.write(
        folder.resolve("study.json"),
        """
        {"name": "toy", "stream": %s, "config": "%s", "seeds": [1, 2],
         "rows": [{"name": "worse", "published": {"hr10": 0.1, "hr50": 0.2},
                   "set": {"encoder/attention": "softmax"}},
                  {"name": "better", "published": {"hr10": 0.2, "hr50": 0.3}}]}
        """
            .formatted(stream, folder.resolve("tiny.json")));
  }

  private Cli.Ran reproduce() {
    return Cli.reproduce("dirichlet", folder);
  }

  @Test
  void cellByCellToTheVerdict() throws IOException {
    Cli.Ran first = reproduce();
    assertThat(first.err()).contains("making the data set", "worse-users-seed2");
    assertThat(first.status()).isZero();
    assertThat(folder.resolve("runs/raw")).doesNotExist();
    assertThat(first.out()).contains("not known until all cells are finished", "2 of 4 cells");

    Cli.Ran rest = reproduce();
    assertThat(rest.err()).contains("worse-users-seed1: finished before").doesNotContain("making");
    Path table = folder.resolve("results/toy/table.md");
    assertThat(table)
        .content()
        .contains("## Against the paper", "| .1000 |", "| .3000 |", "±", "agrees in ")
        .contains("## USERS, difference to better", "no items removed")
        .doesNotContain("not known until");

    JsonNode cell = Cli.readJson(folder.resolve("results/toy/better-users-seed2.json"));
    assertThat(cell.at("/configuration/training/order").asText()).isEqualTo("stream");
    assertThat(cell.at("/configuration/split/cut").asInt()).isEqualTo(90 * 8);
    JsonNode counted = cell.at("/results/0");
    assertThat(counted.at("/removed").asText()).isEqualTo("none");
    assertThat(counted.at("/users").asInt()).isEqualTo(10);

    // The verdict follows from the cells.
    boolean agrees =
        hitRate("worse", 1) + hitRate("worse", 2) < hitRate("better", 1) + hitRate("better", 2);
    assertThat(table)
        .content()
        .contains("HR@10, order of the rows: " + (agrees ? "agrees" : "disagrees") + " with");
  }

  private double hitRate(String row, int seed) throws IOException {
    String file = "results/toy/" + row + "-users-seed" + seed + ".json";
    return Cli.readJson(folder.resolve(file)).at("/results/0/metrics/HR@10").asDouble();
  }

  @Test
  void refusesTheDataOfAnotherStream() {
    assertThat(reproduce().status()).isZero();
    study("{\"records\": 101, \"length\": 8, \"items\": 60, \"categories\": 4}");
    Cli.Ran other = reproduce();
    assertThat(other.status()).isEqualTo(1);
    assertThat(other.err()).contains("[GR/OtherData]", "dirichlet-101x8", "--data");
  }

  @Test
  void refusesRowsThatAreNotInThePapersOrder() throws IOException {
    Path file = folder.resolve("study.json");
    Files.writeString(file, Files.readString(file).replace("\"hr10\": 0.2", "\"hr10\": 0.05"));
    assertThat(reproduce().err()).contains("better is not better than worse");
  }

  @Test
  void aRowThatHoldsUsersOutNeedsACut() {
    Path file =
        Cli.write(
            folder.resolve("experiment.json"),
            """
            {"name": "cut", "data": "%s",
             "rows": [{"name": "row", "config": "%s", "protocols": ["users"]}]}
            """
                .formatted(folder.resolve("data"), folder.resolve("tiny.json")));
    Cli.Ran ran = Cli.run("experiment", file, "--results", folder, "--runs", folder);
    assertThat(ran.status()).isEqualTo(1);
    assertThat(ran.err()).contains("split with the protocol \"users\"");
  }

  @Test
  void shippedStudiesShareTheRowsAndTheShareOfRepetitions() {
    DirichletStudy paper = DirichletStudy.read(CONFIGS.resolve("dirichlet/paper.json"));
    DirichletStudy small = DirichletStudy.read(CONFIGS.resolve("dirichlet/small.json"));
    assertThat(paper.stream().records()).isEqualTo(1_000_000);
    assertThat(small.rows().stream().map(DirichletStudy.Row::name).toList())
        .isEqualTo(paper.rows().stream().map(DirichletStudy.Row::name).toList());
    assertThat(small.stream().mostAlpha() / small.stream().length())
        .isEqualTo(paper.stream().mostAlpha() / paper.stream().length());
    for (DirichletStudy study : List.of(paper, small)) {
      String shipped = study.config().replace("configs/", "").replace(".json", "");
      for (DirichletStudy.Row row : study.rows()) {
        Map<String, String> edits = new LinkedHashMap<>();
        row.set().forEach((path, value) -> edits.put(path, value.toString()));
        assertThat(ConfigSource.read(shipped, edits).model().maxHistory())
            .isEqualTo(study.stream().length());
      }
    }
  }
}
