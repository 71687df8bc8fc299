package io.genrec.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.genrec.api.config.StrictConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What each way to train takes to equal entropy, on a small log. */
class GrVsDlrmTest {
  private static final Path CONFIGS = Path.of("../../configs");

  @TempDir private Path folder = Path.of("");

  @BeforeEach
  void impressions() {
    Random random = new Random(4);
    StringBuilder log = new StringBuilder("who,what,when,kind,click\n");
    for (int user = 0; user < 40; user++) {
      for (int event = 0; event < 12; event++) {
        int item = random.nextInt(12);
        log.append('u').append(user).append(",i").append(item).append(',');
        log.append(1000 * event + user).append(",k").append(item % 4);
        log.append(',').append(item % 2).append('\n');
      }
    }
    Cli.write(folder.resolve("log.csv"), log.toString());
    Path mapping =
        Cli.write(
            folder.resolve("shown.json"),
            """
            {"name": "shown", "events": {"files": ["log.csv"], "format": "csv"},
             "user": "who", "item": "what", "time": "when", "actions": {"names": ["click"]},
             "context": [{"name": "kind", "kind": "categorical"}]}
            """);
    Cli.succeed("prepare", mapping, "--out", folder.resolve("data"));
    Cli.write(
        folder.resolve("base.json"),
        """
        {"name": "base", "split": {"protocol": "impressions", "validation": 9000, "cut": 10500},
         "model": {"dim": 8, "maxHistory": 10, "outputSlots": 20},
         "ranking": {"embedding": {"hidden": 8}, "head": {"hidden": 8}},
         "encoder": {"name": "hstu", "blocks": 1},
         "task": {"name": "ranking-interleaved", "labels": [{"name": "click"}]},
         "loss": {"name": "multitask", "weight": 1}, "optimizer": {"rate": 0.01},
         "training": {"batch": 8, "epochSteps": 3}, "epochs": 4}
        """);
    Cli.write(
        folder.resolve("study.json"),
        """
        {"name": "toy", "data": "elsewhere", "compareWith": "plain", "rows": [
          {"name": "items", "config": "BASE", "protocols": ["impressions"], "set": {
             "task": {"name": "ranking-interleaved", "labels": [{"name": "click"}],
                      "actions": false}}},
          {"name": "by-impression", "config": "BASE", "protocols": ["impressions"], "set": {
             "task": {"name": "ranking-interleaved", "labels": [{"name": "click"}],
                      "examples": "impressions"}}},
          {"name": "content", "config": "BASE", "protocols": ["impressions"], "set": {
             "model/features": [{"name": "kind", "dim": 4}],
             "ranking/embedding/without": ["item"], "ranking/head/features": ["kind"],
             "groups": [{"pattern": "embedding/item", "frozen": true}]}},
          {"name": "plain", "config": "BASE", "protocols": ["impressions"]}]}
        """
            .replace("BASE", folder.resolve("base.json").toString()));
  }

  private Cli.Ran reproduce() {
    return Cli.reproduce("gr-vs-dlrm", folder);
  }

  private JsonNode cell(String row) throws IOException {
    return Cli.readJson(folder.resolve("results/toy/" + row + "-impressions-seed1.json"));
  }

  @Test
  void saysWhatEqualEntropyTakes() throws IOException {
    Cli.Ran first = reproduce();
    assertThat(first.status()).as(first.err()).isZero();
    assertThat(first.out()).contains("| plain | 0 | – | – |", "2 of 4 cells");
    Cli.Ran rest = reproduce();
    assertThat(rest.err()).contains("items-impressions-seed1: finished before");

    // Three of five batches; an impression alone is as long, and there are nine of each user.
    JsonNode users = cell("plain");
    JsonNode impressions = cell("by-impression");
    assertThat(users.at("/history").size()).isEqualTo(4);
    assertThat(impressions.at("/epochFlops").asDouble())
        .isBetween(
            0.3 * users.at("/epochFlops").asDouble(), 0.9 * users.at("/epochFlops").asDouble());
    assertThat(cell("items").at("/epochFlops").asDouble())
        .isLessThan(0.6 * users.at("/epochFlops").asDouble());

    JsonNode content = cell("content");
    assertThat(content.at("/configuration/ranking/embedding/without/0").asText()).isEqualTo("item");
    assertThat(content.at("/history").size()).isEqualTo(4);

    List<String> table = Files.readAllLines(folder.resolve("results/toy/table.md"));
    List<String> rows = List.of("items", "by-impression", "content", "plain");
    for (String row : rows) {
      String[] line =
          table.stream()
              .filter(text -> text.startsWith("| " + row + " |"))
              .reduce((one, two) -> two)
              .orElseThrow()
              .split(" *\\| *");
      for (String other : rows) {
        assertThat(line[4 + rows.indexOf(other)])
            .as(row + " to the best of " + other)
            .isEqualTo(costs(cell(row), best(cell(other))));
      }
    }
    assertThat(folder.resolve("results/toy/to-equal-entropy.png")).isNotEmptyFile();
  }

  private static double best(JsonNode cell) {
    double best = Double.MAX_VALUE;
    for (JsonNode epoch : cell.at("/history")) {
      best = Math.min(best, epoch.path("validation NE/CLICK").asDouble());
    }
    return best;
  }

  private static String costs(JsonNode cell, double wanted) {
    double seconds = 0;
    for (JsonNode epoch : cell.at("/history")) {
      seconds += epoch.path("seconds").asDouble();
      if (epoch.path("validation NE/CLICK").asDouble() <= wanted) {
        double flops = epoch.path("epoch").asInt() * cell.at("/epochFlops").asDouble();
        return String.format(Locale.ROOT, "%.3g / %.3g", flops * 1e-12, seconds);
      }
    }
    return "not reached";
  }

  @Test
  void theStudyOfKuaiRandCanBeRead() {
    ExperimentFile study =
        StrictConfig.read(CONFIGS.resolve("gr-vs-dlrm/kuairand.json")).as(ExperimentFile.class);
    assertThat(study.compareWith()).isEqualTo("din");
    assertThat(study.cells()).hasSize(21);
    for (ExperimentFile.Row row : study.rows()) {
      Map<String, String> edits = new LinkedHashMap<>();
      row.set().forEach((path, value) -> edits.put(path, value.toString()));
      assertThat(ConfigSource.read(CONFIGS.resolve("kuairand-ranking.json").toString(), edits))
          .isNotNull();
    }
  }
}
