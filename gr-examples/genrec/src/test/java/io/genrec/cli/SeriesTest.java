package io.genrec.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Users enter six of sixteen rooms, at random. What they take there only this room has, and whether
 * they like what they are shown follows from the room, so without the entries nothing can be known.
 */
class SeriesTest {
  private static final int USERS = 120;
  private static final int STEPS = 6;
  private static final int ROOMS = 16;

  @TempDir Path folder = Path.of("");
  private Path data = Path.of("");

  private void prepare(String item) {
    Random random = new Random(5);
    StringBuilder log = new StringBuilder("who,taken,shown,when,like\n");
    List<Integer> entered = new ArrayList<>(IntStream.range(0, ROOMS).boxed().toList());
    StringBuilder rooms = new StringBuilder("who,room,when\n");
    for (int user = 0; user < USERS; user++) {
      Collections.shuffle(entered, random);
      for (int step = 0; step < STEPS; step++) {
        int room = entered.get(step);
        int time = time(step);
        rooms.append(user).append(',').append(room).append(',').append(time - 10).append('\n');
        log.append(user).append(',').append(item(room)).append(",s");
        log.append(random.nextInt(20)).append(',').append(time).append(',');
        log.append(room % 2).append('\n');
      }
    }
    Cli.write(folder.resolve("log.csv"), log.toString());
    Cli.write(folder.resolve("rooms.csv"), rooms.toString());
    Path mapping =
        Cli.write(
            folder.resolve("rooms.json"),
            """
            {"name": "rooms", "events": {"files": ["log.csv"], "format": "csv"},
             "user": "who", "item": "ITEM", "time": "when",
             "actions": {"names": ["like"]},
             "series": [{"name": "room", "user": "who", "time": "when", "keep": "all",
                         "source": {"files": ["rooms.csv"], "format": "csv"}}]}
            """
                .replace("ITEM", item));
    data = folder.resolve("data");
    succeeds(Cli.run("prepare", mapping, "--out", data));
  }

  private static int time(int step) {
    return 1_000_000 + 1_000 * step;
  }

  private static String item(int room) {
    return "i" + room;
  }

  @Test
  void theNextItemFollowsFromTheLastEntry() throws IOException {
    prepare("taken");
    Path run =
        train(
            """
            {"name": "rooms", "model": {"dim": 16, "maxHistory": 12},
             "encoder": {"name": "hstu", "blocks": 1},
             "sampler": {"name": "uniform", "count": 16, "sharing": "position"},
             "optimizer": {"name": "adamw", "rate": 0.01},
             "training": {"batch": 16}, "epochs": 20}
            """);
    assertThat(measured(run).path("HR@1").asDouble()).isGreaterThan(0.9);
    StringBuilder events = new StringBuilder();
    for (int step = 0; step < 3; step++) {
      events.append(entry(3 + step, time(step) - 10)).append(event(item(3 + step), time(step)));
    }
    for (int room : new int[] {2, 11}) {
      String asked = events + entry(room, time(3) - 10);
      assertThat(first(run, asked)).isEqualTo(item(room));
    }
    // A room that nobody knows says nothing, and is not an event.
    JsonNode unknown = asked(run, events + entry(77, time(2)));
    assertThat(unknown.at("/items")).isEqualTo(asked(run, events.toString()).at("/items"));

    Cli.Ran refused = ask(run, event("i0", 5).replace("item", "itme"));
    assertThat(refused.status()).isNotZero();
    assertThat(refused.err())
        .contains("[GR/InvalidRequest]", "event 0", "did you mean \"itme\"", "series", "[room]");
  }

  @Test
  void outcomesFollowFromTheLastEntry() throws IOException {
    prepare("shown");
    Path run =
        train(
            """
            {"name": "liked",
             "split": {"protocol": "impressions", "validation": 1004000, "cut": 1005000},
             "model": {"dim": 16, "itemDim": 8, "maxHistory": 12, "outputSlots": 14},
             "ranking": {"embedding": {"hidden": 16}, "head": {"hidden": 16}},
             "encoder": {"name": "hstu", "blocks": 1, "output": "layer-norm"},
             "task": {"name": "ranking-interleaved", "labels": [{"name": "like"}]},
             "loss": {"name": "multitask", "weight": 1},
             "optimizer": {"name": "adamw", "rate": 0.01},
             "training": {"batch": 16}, "epochs": 12}
            """);
    assertThat(measured(run).path("auc/like").asDouble()).isGreaterThan(0.95);
    Path candidates = Cli.write(folder.resolve("candidates.csv"), "item\ns1\ns2\n");
    for (int room : new int[] {2, 11}) {
      Path events =
          Cli.write(
              folder.resolve("events.jsonl"), event("s3", time(0)) + entry(room, time(1) - 10));
      JsonNode answer =
          Cli.run(
                  "rank",
                  run,
                  "--events",
                  events,
                  "--candidates",
                  candidates,
                  "--at",
                  time(1),
                  "--reject-unknown",
                  "--json")
              .json();
      assertThat(answer.at("/unknownEvents").asInt()).isZero();
      double like = answer.at("/candidates/0/predictions/like").asDouble();
      assertThat(room % 2 == 1 ? like : 1 - like).as(answer.toString()).isGreaterThan(0.7);
    }
    Cli.Ran refused =
        Cli.run(
            "rank",
            run,
            "--candidates",
            Cli.write(candidates, "item,room\n,3\n"),
            "--events",
            candidates);
    assertThat(refused.status()).isNotZero();
    assertThat(refused.err()).contains("[GR/InvalidRequest]", "candidate 0", "no item", "room");
  }

  private Path train(String config) {
    Path run = folder.resolve("run");
    Path file = Cli.write(folder.resolve("config.json"), config);
    succeeds(Cli.run("train", file, "--data", data, "--out", run));
    return run;
  }

  private static JsonNode measured(Path run) throws IOException {
    return Cli.readJson(run.resolve("run.json")).at("/results/0/metrics");
  }

  private static String entry(int room, int time) {
    return "{\"room\": \"" + room + "\", \"time\": " + time + "}\n";
  }

  private static String event(String item, int time) {
    return "{\"item\": \"" + item + "\", \"time\": " + time + "}\n";
  }

  private String first(Path run, String events) {
    return asked(run, events).at("/items/0/item").asText();
  }

  private JsonNode asked(Path run, String events) {
    Cli.Ran ran = ask(run, events);
    succeeds(ran);
    return ran.json();
  }

  private Cli.Ran ask(Path run, String events) {
    Path file = Cli.write(folder.resolve("events.jsonl"), events);
    return Cli.run("recommend", run, "--events", file, "--json");
  }

  private static void succeeds(Cli.Ran ran) {
    assertThat(ran.status()).as(ran.err() + ran.out()).isZero();
  }
}
