package io.genrec.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Models that rank: the whole path from raw impressions to results. */
class RankingTest {
  @TempDir static Path shared = Path.of("");
  private static Path data = Path.of("");

  /** Users click on items with odd numbers, but for one time in ten. */
  @BeforeAll
  static void impressions() {
    Random random = new Random(4);
    StringBuilder log = new StringBuilder("who,what,when,page,click,seconds\n");
    for (int user = 0; user < 60; user++) {
      for (int event = 0; event < 14; event++) {
        int item = random.nextInt(20);
        boolean click = (item % 2 == 1) != (random.nextInt(10) == 0);
        log.append('u').append(user).append(",i").append(item).append(',');
        log.append(30_000 * event + user).append(",p").append(event % 3).append(',');
        log.append(click ? 1 : 0).append(',').append(click ? 60 : 3).append('\n');
      }
    }
    Cli.write(shared.resolve("log.csv"), log.toString());
    StringBuilder kinds = new StringBuilder("id,kind,price\n");
    for (int item = 0; item < 20; item++) {
      kinds.append('i').append(item).append(",k").append(item % 4).append(',').append(item);
      kinds.append('\n');
    }
    Cli.write(shared.resolve("items.csv"), kinds.toString());
    Path mapping =
        Cli.write(
            shared.resolve("shown.json"),
            """
            {"name": "shown", "events": {"files": ["log.csv"], "format": "csv"},
             "user": "who", "item": "what", "time": "when",
             "features": [{"name": "seconds", "kind": "numeric"}],
             "context": [{"name": "page", "kind": "categorical"}],
             "items": {"source": {"files": ["items.csv"], "format": "csv"}, "id": "id",
               "features": [{"name": "kind", "kind": "categorical"},
                            {"name": "price", "kind": "numeric"}]},
             "actions": {"names": ["click"]}}
            """);
    data = shared.resolve("data");
    Cli.succeed("prepare", mapping, "--out", data);
  }

  private static Path config(Path folder, String task, String features, String numbers) {
    return Cli.write(
        folder.resolve("config.json"),
        """
        {"name": "shown",
         "split": {"protocol": "impressions", "validation": 300000, "cut": 360000},
         "model": {"dim": 16, "itemDim": 8, "maxHistory": 12, "outputSlots": 30,
                   "features": [FEATURES], "numbers": [NUMBERS]},
         "ranking": {"embedding": {"hidden": 16}, "head": {"hidden": 16}},
         "encoder": {"name": "hstu", "blocks": 1, "output": "layer-norm",
                     "inputDropout": 0, "linearDropout": 0},
         "task": {"name": "TASK", "labels": [{"name": "click"}, {"name": "seconds"}],
                  "thresholds": [{"number": "seconds", "atLeast": 30}]},
         "loss": {"name": "multitask", "weight": 1},
         "optimizer": {"name": "adamw", "rate": 1e-2},
         "training": {"batch": 16,
                      "stochasticLength": {"alpha": 1.2, "length": 12}}, "epochs": 12}
        """
            .replace("TASK", task)
            .replace("FEATURES", features)
            .replace("NUMBERS", numbers));
  }

  @ParameterizedTest
  @ValueSource(strings = {"ranking-interleaved", "ranking"})
  void learnsWhatUsersDo(String task, @TempDir Path folder) throws IOException {
    Path config =
        config(
            folder,
            task,
            "{\"name\": \"kind\", \"dim\": 4}, {\"name\": \"page\", \"dim\": 4}",
            "{\"name\": \"price\", \"buckets\": 4, \"dim\": 4}");
    Path run = folder.resolve("run");
    Cli.Ran trained =
        Cli.succeed("train", "--config", config, "--data", data, "--out", run, "--watch-test");
    assertThat(trained.err()).contains("protocol impressions", "validation AUC/CLICK ");
    assertThat(trained.out()).contains("smoothed-rates", "GAUC USERS", "CALIBRATION", "RMSE");
    JsonNode written = Cli.readJson(run.resolve("run.json"));
    JsonNode model = written.at("/results/0/metrics");
    JsonNode floor = written.at("/results/2/metrics");
    assertThat(written.at("/results/2/who").asText()).isEqualTo("smoothed-rates");
    assertThat(model.path("auc/click").asDouble()).isGreaterThan(0.8);
    assertThat(floor.path("auc/click").asDouble()).isGreaterThan(0.8);
    assertThat(model.path("ne/click").asDouble()).isLessThan(0.8);
    assertThat(model.path("rmse/seconds").asDouble()).isLessThan(0.9);
    assertThat(written.at("/history/0/sparsity").asDouble()).isBetween(0.01, 0.6);

    JsonNode again = Cli.run("evaluate", run, "--data", data, "--json").json();
    assertThat(again.at("/results")).isEqualTo(written.at("/results"));
    Cli.Ran asked = Cli.run("recommend", run, "--data", data, "--user", "u3");
    assertThat(asked.err()).contains("[GR/NotARetriever]");
    ranks(run, folder);
    if (task.equals("ranking-interleaved")) {
      plans(run);
      replays(run);
    }
  }

  /**
   * 60 users take turns, 14 times each, and the model is shown 12 events. The first request of a
   * user finds nothing, and the last one's history begins later; between them nothing is computed
   * twice. A cache of fewer users than take turns has always forgotten the next one.
   */
  private static void replays(Path run) {
    long few = 5 * Cli.run("plan", run, "--json").json().at("/historyBytes").asLong();
    List<Object> replay = List.of("bench", "replay", run, "--data", data);
    String sizes = (1 << 28) + "," + few;
    JsonNode results =
        Cli.run(with(replay, "--cache-bytes", sizes, "--json")).json().at("/results");
    JsonNode all = results.path(0);
    assertThat(all.path("requests").asInt()).isEqualTo(60 * 14);
    assertThat(all.path("users").asInt()).isEqualTo(60);
    assertThat(all.path("misses").asInt()).isEqualTo(60);
    assertThat(all.path("moved").asInt()).isEqualTo(60);
    assertThat(all.path("evictions").asInt()).isZero();
    assertThat(all.path("hit_rate").asDouble()).isCloseTo(12.0 / 14, offset(1e-9));
    assertThat(all.path("entries").asInt()).isEqualTo(60);
    JsonNode little = results.path(1);
    assertThat(little.path("misses").asInt()).isEqualTo(60 * 14);
    assertThat(little.path("bytes").asLong()).isLessThanOrEqualTo(few);
    Cli.Ran late = Cli.succeed(with(replay, "--from", 390_000, "--requests", 10, "--half"));
    assertThat(late.out()).contains("hit rate", "100.0 %");
    assertThat(Cli.run(with(replay, "--from", "2030-01-01")).err())
        .contains("[GR/InvalidValue]", "after the last event");
    assertThat(Cli.run("bench", "replay", "--help").out()).contains("Examples:", "--anchor");
  }

  /** Twice the cache holds twice the users, and half a history takes less. */
  private static void plans(Path run) {
    JsonNode plan = Cli.run("plan", run, "--cache-bytes", 1 << 20, "--workers", 1, "--json").json();
    long total = plan.at("/total").asLong();
    long sum = 0;
    for (JsonNode part : plan.at("/parts")) {
      sum += part.asLong();
    }
    assertThat(total).isEqualTo(sum);
    assertThat(plan.at("/users").asLong())
        .isEqualTo((1 << 20) / plan.at("/historyBytes").asLong())
        .isPositive();
    Cli.Ran shorter = Cli.run("plan", run, "--history", 4, "--workers", 1, "--json");
    assertThat(shorter.json().at("/historyBytes").asLong())
        .isLessThan(plan.at("/historyBytes").asLong());
    List<Object> limited = List.of("plan", run, "--cache-bytes", 1 << 20, "--workers", 1);
    Cli.Ran fits = Cli.succeed(with(limited, "--budget", total));
    assertThat(fits.out()).contains("values", "sessions", "total", "the cache holds");
    assertThat(Cli.run(with(limited, "--disk")).out()).contains("spills", "to the disk");
    Cli.Ran over = Cli.run(with(limited, "--budget", total - 1));
    assertThat(over.status()).isEqualTo(1);
    assertThat(over.err())
        .contains("[GR/OverBudget]", "lower cacheBytes to " + ((1 << 20) - 1) + ",");
    assertThat(Cli.run("plan", run, "--candidates", 0).err())
        .contains("[GR/InvalidValue]", "--candidates");
    assertThat(Cli.run("plan", "--help").out()).contains("Examples:", "--budget");
  }

  /** Whoever clicks on odd numbers is given those first, by any strategy. */
  private static void ranks(Path run, Path folder) {
    List<Object> request =
        List.of("rank", run, "--data", data, "--user", "u3", "--top-popular", 20);
    JsonNode answer = rank(request, "--context", "page=p1", "--json");
    assertThat(answer.at("/candidates")).hasSize(20);
    List<String> first = items(answer).subList(0, 10);
    assertThat(first.stream().filter(id -> Integer.parseInt(id.substring(1)) % 2 == 1).count())
        .isGreaterThanOrEqualTo(8);
    assertThat(answer.at("/by").asText()).isEqualTo("click");
    assertThat(answer.at("/candidates/0/predictions/click").asDouble()).isBetween(0.6, 1.0);
    // Seconds, not deviations: a click took 60, anything else 3.
    assertThat(answer.at("/candidates/0/predictions/seconds").asDouble()).isBetween(30.0, 75.0);
    for (String strategy : List.of("full", "{\"name\": \"batched\", \"microBatch\": 7}")) {
      JsonNode same = rank(request, "--context", "page=p1", "--strategy", strategy, "--json");
      for (int i = 0; i < 20; i++) {
        double score = answer.at("/candidates/" + i + "/score").asDouble();
        assertThat(same.at("/candidates/" + i + "/score").asDouble())
            .isCloseTo(score, Offset.offset(1e-4));
      }
    }
    Path events =
        Cli.write(
            folder.resolve("events.csv"),
            "item,time,click,seconds,page,kind,price\ni1,5,1,60,p0,k1,1\nnew,9,0,3,p1,k0,2\n");
    Path candidates = Cli.write(folder.resolve("ids.csv"), "item\ni7\ni8\nnobody\ni8\n");
    List<Object> fromFile =
        List.of("rank", run, "--events", events, "--candidates", candidates, "--at", "20");
    Cli.Ran printed = Cli.run(fromFile.toArray());
    assertThat(printed.out())
        .contains("1 events and 1 candidates", "4 candidates by click:", "nobody (unknown)");
    JsonNode bySize = rank(fromFile, "--by", "seconds", "-k", "3", "--json");
    assertThat(bySize.at("/candidates")).hasSize(3);
    assertThat(bySize.at("/unknownEvents").asInt()).isEqualTo(1);
    assertThat(Cli.run(with(fromFile, "--reject-unknown")).err()).contains("[GR/UnknownItem]");
    assertThat(Cli.run(with(fromFile, "--by", "clik")).err())
        .contains("[GR/UnknownPrediction]", "did you mean \"click\"?");
    assertThat(Cli.run(with(fromFile, "--strategy", "falcon")).err())
        .contains("[GR/UnknownStrategy]");
    assertThat(Cli.run("rank", "--help").out()).contains("Examples:", "--top-popular");
  }

  private static JsonNode rank(List<Object> request, Object... more) {
    Cli.Ran ran = Cli.succeed(with(request, more));
    return ran.json();
  }

  private static Object[] with(List<Object> request, Object... more) {
    return Cli.with(request.toArray(), more);
  }

  private static List<String> items(JsonNode answer) {
    List<String> items = new ArrayList<>();
    answer.at("/candidates").forEach(one -> items.add(one.path("item").asText()));
    return items;
  }

  @Test
  void refusesWhatTellsTheAnswer(@TempDir Path folder) {
    Path config = config(folder, "ranking-interleaved", "", "{\"name\": \"seconds\"}");
    Cli.Ran ran = Cli.run("train", config, "--data", data, "--out", folder.resolve("run"));
    assertThat(ran.err()).contains("[GR/LabelLeakage]", "\"seconds\"", "known only after");
    assertThat(ran.status()).isEqualTo(1);
  }

  /** Context that only users with many events have tells their first events that more will come. */
  @Test
  void refusesContextOfLongHistoriesWhereAllEventsAreLearnedFrom(@TempDir Path folder)
      throws IOException {
    Path config = config(folder, "ranking-interleaved", "", "");
    String text = Files.readString(config);
    String embedding = "\"embedding\": {\"hidden\": 16";
    assertThat(text).contains(embedding);
    Cli.write(
        config, text.replace(embedding, embedding + ", \"contextMinimum\": {\"country\": 20}"));
    Cli.Ran ran = Cli.run("train", config, "--data", data, "--out", folder.resolve("run"));
    assertThat(ran.err()).contains("[GR/NotCausal]", "ranking/embedding/contextMinimum");
    assertThat(ran.status()).isEqualTo(1);
  }

  /** In GRU4Rec a candidate knows those before it. */
  @Test
  void candidatesThatMeetAreTrainedOneAtATime(@TempDir Path folder) throws IOException {
    Path config = config(folder, "ranking", "", "");
    String text = Files.readString(config);
    String gru =
        text.replaceAll("(?s)\"encoder\": \\{.*?}", "\"encoder\": {\"name\": \"gru4rec\"}");
    Path run = folder.resolve("run");
    Cli.write(config, gru.replace("\"epochs\": 12", "\"epochs\": 1"));
    Cli.Ran refused = Cli.run("train", config, "--data", data, "--out", run);
    assertThat(refused.err()).contains("[GR/CandidatesMeet]", "up to 10", "\"chunk\": 1");
    assertThat(run).doesNotExist();
    Cli.write(
        config,
        Files.readString(config)
            .replace("\"name\": \"ranking\"", "\"name\": \"ranking\", \"chunk\": 1"));
    Cli.succeed("train", config, "--data", data, "--out", run);
    assertThat(Cli.readJson(run.resolve("run.json")).at("/history")).hasSize(1);
  }

  /** Trials choose, seeds are measured, and everything is compared impression by impression. */
  @Test
  void anExperimentTunesMeasuresAndCompares(@TempDir Path folder) throws IOException {
    Path config = config(folder, "ranking", "{\"name\": \"kind\", \"dim\": 4}", "");
    String tune =
        """
        "tune": [{"axis": "rate", "path": "optimizer/rate"},
                 {"axis": "depth", "path": "encoder/blocks"}]""";
    Path file =
        Cli.write(
            folder.resolve("experiment.json"),
            """
            {"name": "shown", "data": "%s", "compareWith": "plain",
             "tuning": {"trials": 3, "seed": 5, "grid": {"rate": [1e-5, 1e-2, 1e30], "depth": [1]}},
             "rows": [{"name": "plain", "config": "%s", "protocols": ["impressions"],
                       "set": {"epochs": 2}},
                      {"name": "tuned", "config": "%s", "protocols": ["impressions"],
                       "seeds": [1, 2], "set": {"epochs": 2}, %s}]}
            """
                .formatted(data, config, config, tune));
    Object[] command = {
      "experiment", file, "--results", folder.resolve("results"), "--runs", folder.resolve("runs")
    };
    Cli.Ran early = Cli.run(Cli.with(command, "--only", "tuned-impressions-seed1"));
    assertThat(early.err()).contains("[GR/MissingCell]", "tuned-trial01", "run the trials first");
    Cli.Ran ran = Cli.succeed(command);
    assertThat(ran.out()).contains("6 of 6 cells are finished", "GFLOP/epoch", "smoothed-rates");

    Path results = folder.resolve("results/shown");
    JsonNode first = Cli.readJson(results.resolve("trials/tuned-trial01.json"));
    assertThat(first.at("/results")).isEmpty();
    assertThat(first.at("/cpuSeconds").asDouble()).isPositive();
    assertThat(first.at("/epochFlops").asDouble()).isPositive();
    assertThat(folder.resolve("runs/shown/tuned-trial01")).doesNotExist();
    // Of all trials the one that learns at all.
    JsonNode cell = Cli.readJson(results.resolve("tuned-impressions-seed2.json"));
    assertThat(cell.at("/configuration/optimizer/rate").asDouble()).isEqualTo(1e-2);
    assertThat(cell.at("/configuration/seed").asInt()).isEqualTo(2);
    assertThat(results.resolve("tuned-impressions-seed2.ranks")).doesNotExist();
    Predictions kept = PredictionsFile.read(results.resolve("tuned-impressions-seed2.predictions"));
    double auc = cell.at("/results/0/metrics").path("auc/click").asDouble();
    assertThat(kept.find("all earlier", "click").orElseThrow().auc()).isCloseTo(auc, offset(5e-3));
    Predictions floor = PredictionsFile.read(results.resolve("smoothed-rates.predictions"));
    assertThat(floor.columns()).hasSize(2);
    assertThat(results.resolve("table.md"))
        .content()
        .contains(
            "## IMPRESSIONS, what was chosen on the validation day",
            "depth 1, rate 0.01",
            "diverged",
            "| tuned | 1, 2 | ",
            "difference to plain, history: before the test period",
            "paired bootstrap over users with all their impressions")
        .doesNotContain("whole catalogue");
    JsonNode json = Cli.run(Cli.with(command, "--json")).json();
    assertThat(json.at("/ran").asInt()).isZero();
    assertThat(json.at("/table/1/differences")).hasSize(6);
    Cli.write(folder.resolve("config.json"), Files.readString(config).replace("1e-2", "3e-2"));
    assertThat(Cli.run(command).err()).contains("[GR/OtherRun]", "plain-impressions-seed1");
  }

  /** All trials train an epoch; the best are trained again, for as long as runs are. */
  @Test
  void theBestTrialsGoOn(@TempDir Path folder) throws IOException {
    Path config = config(folder, "ranking", "", "");
    Path file =
        Cli.write(
            folder.resolve("experiment.json"),
            """
            {"name": "shown", "data": "%s",
             "tuning": {"trials": 3, "seed": 5, "halving": {"epochs": 1, "finalists": 2},
                        "grid": {"rate": [1e-5, 1e-2, 1e30]}},
             "rows": [{"name": "tuned", "config": "%s", "protocols": ["impressions"],
                       "set": {"epochs": 3, "patience": 3},
                       "tune": [{"axis": "rate", "path": "optimizer/rate"}]}]}
            """
                .formatted(data, config));
    Object[] command = {
      "experiment", file, "--results", folder.resolve("results"), "--runs", folder.resolve("runs")
    };
    Cli.succeed(Cli.with(command, "--only", "tuned-trial01,tuned-trial03"));
    Cli.Ran early = Cli.run(Cli.with(command, "--only", "tuned-finalist01"));
    assertThat(early.err()).contains("[GR/MissingCell]", "tuned-trial02", "run the trials first");
    assertThat(Cli.succeed(command).out()).contains("6 of 6 cells are finished");

    Path trials = folder.resolve("results/shown/trials");
    for (int i = 1; i <= 3; i++) {
      JsonNode trial = Cli.readJson(trials.resolve("tuned-trial0" + i + ".json"));
      assertThat(trial.at("/history").size()).isLessThanOrEqualTo(1);
    }
    JsonNode best = Cli.readJson(trials.resolve("tuned-finalist01.json"));
    JsonNode second = Cli.readJson(trials.resolve("tuned-finalist02.json"));
    assertThat(best.at("/configuration/optimizer/rate").asDouble()).isEqualTo(1e-2);
    assertThat(second.at("/configuration/optimizer/rate").asDouble()).isEqualTo(1e-5);
    assertThat(best.at("/history")).hasSize(3);
    assertThat(best.at("/results")).isEmpty();
    JsonNode cell = Cli.readJson(folder.resolve("results/shown/tuned-impressions-seed1.json"));
    assertThat(cell.at("/configuration/optimizer/rate").asDouble()).isEqualTo(1e-2);
    assertThat(folder.resolve("results/shown/table.md"))
        .content()
        .contains("3 of 3, then 2 of 2", "rate 0.01");

    // Trials that were longer, before they were halved, choose nothing.
    Cli.write(file, Files.readString(file).replace("{\"epochs\": 1, ", "{\"epochs\": 2, "));
    Cli.Ran stale = Cli.run(Cli.with(command, "--only", "tuned-finalist01"));
    assertThat(stale.err()).contains("[GR/OtherRun]", "--redo --only tuned-trial0");
    assertThat(stale.status()).isEqualTo(1);
  }

  @Test
  void cutsAreAskedFor(@TempDir Path folder) {
    Path config = config(folder, "ranking-interleaved", "", "");
    Cli.Ran ran =
        Cli.run(
            "train",
            config,
            "--data",
            data,
            "--out",
            folder.resolve("run"),
            "--protocol",
            "impressions");
    assertThat(ran.err()).contains("[GR/InvalidValue]", "--validation and --cut");
    Cli.Ran other =
        Cli.run(
            "train",
            config,
            "--data",
            data,
            "--out",
            folder.resolve("run"),
            "--protocol",
            "strict",
            "--validation",
            "5");
    assertThat(other.err()).contains("[GR/InvalidValue]", "only for --protocol impressions");
  }
}
