package io.genrec.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.genrec.api.inference.Candidate;
import io.genrec.api.inference.Event;
import io.genrec.api.inference.RankRequest;
import io.genrec.api.inference.RankedCandidates;
import io.genrec.data.SequenceDataset;
import io.genrec.falcon.CandidateScorer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
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
    String both = event("i0", 5).replace("{", "{\"room\": 3, ");
    assertThat(ask(run, both).err())
        .contains("[GR/InvalidRequest]", "event 0", "item \"i0\"", "series \"room\"");
    goesOnWithTheSeriesAlone(run);
  }

  /** What a model learned of a series does not go without a word. */
  private void goesOnWithTheSeriesAlone(Path run) throws IOException {
    Path mapping = folder.resolve("rooms.json");
    Cli.write(folder.resolve("rooms.csv"), "who,room,when\n");
    Path later = folder.resolve("later");
    succeeds(Cli.run("prepare", mapping, "--vocabulary", run, "--out", later));
    succeeds(goOn(run, later, "more"));

    String without = Files.readString(mapping).replaceFirst("(?s),\\s*\"series\".*", "}");
    Path other = folder.resolve("other");
    succeeds(Cli.run("prepare", Cli.write(mapping, without), "--vocabulary", run, "--out", other));
    assertThat(goOn(run, other, "none").err())
        .contains("[GR/OtherModel]", "slower-changing series \"room\"", "the data has []");
    Path reads = folder.resolve("reads-none");
    Path config = folder.resolve("config.json");
    succeeds(Cli.run("train", config, "--data", other, "--epochs", 1, "--out", reads));
    assertThat(goOn(reads, later, "some").err())
        .contains("[GR/OtherModel]", "slower-changing series \"room\"", "the model reads []");
  }

  private Cli.Ran goOn(Path run, Path data, String out) {
    return Cli.run(
        "train", "--continue", run, "--data", data, "--epochs", 1, "--out", folder.resolve(out));
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
    for (int room : new int[] {2, 11}) {
      String history = event("s3", time(0)) + entry(room, time(1) - 10);
      JsonNode answer = rank(run, history, "{\"item\": \"s1\"}\n");
      double like = answer.at("/candidates/0/predictions/like").asDouble();
      assertThat(room % 2 == 1 ? like : 1 - like).as(answer.toString()).isGreaterThan(0.7);
    }

    // Entries are no items that the model does not know.
    Cli.Ran stored =
        Cli.run("rank", run, "--data", data, "--user", 3, "--top-popular", 5, "--reject-unknown");
    succeeds(stored);
    assertThat(stored.out()).doesNotContain("not known");
    String history = entry(2, time(0) - 10) + event("s1", time(0));
    String candidate = "{\"item\": \"s2\"}\n";
    assertThat(rank(run, history, candidate).at("/unknownEvents").asInt()).isZero();
    assertThat(ranked(run, history, candidate + "{\"itme\": \"s3\"}\n").err())
        .contains("[GR/InvalidRequest]", "candidate 1", "did you mean \"itme\"");
    assertThat(ranked(run, history, "{\"item\": \"s2\", \"room\": 3}\n").err())
        .contains("[GR/InvalidRequest]", "candidate 0", "item \"s2\"", "series \"room\"");
    anchorsCountUnknownEntries(run);
  }

  /** The end of a history, given with how much precedes it, is shown as in the whole. */
  private static void anchorsCountUnknownEntries(Path run) {
    List<Event> events = new ArrayList<>();
    for (int i = 0; i < 17; i++) {
      events.add(
          i == 14 ? Event.entry("room", "77", time(i)) : Event.of("s" + (1 + i % 7), time(i)));
    }
    List<Candidate> candidates = Candidate.of(List.of("s1", "s2", "s3"));
    try (CandidateScorer scorer =
        CandidateScorer.builder(run.resolve("model")).scorer("{\"anchor\": 4}").open()) {
      RankedCandidates whole = scorer.rank(RankRequest.of(events, candidates));
      RankRequest end = RankRequest.of(events.subList(4, 17), candidates).firstIndex(4);
      assertThat(scorer.rank(end).candidates()).isEqualTo(whole.candidates());
    }
  }

  /** Nobody asks for entries, and a day that has nothing else is none. */
  @Test
  void daysAndRequestsAreThoseOfItems() {
    prepare("shown");
    String rooms = "who,room,when\n0,1,5\n0,2,1000000\n0,3,1100000\n0,4,9000000\n";
    Cli.write(folder.resolve("rooms.csv"), rooms);
    Cli.write(
        folder.resolve("log.csv"),
        "who,shown,when,like\n0,s1,1000000,0\n0,s2,1000000,1\n0,s3,1200000,1\n");
    Path few = folder.resolve("few");
    Cli.Ran prepared = Cli.run("prepare", folder.resolve("rooms.json"), "--out", few);
    succeeds(prepared);
    assertThat(prepared.out()).contains("series room: 4 values");
    Cli.write(folder.resolve("rooms.csv"), rooms.replace("\n0,", "\nu0,"));
    assertThat(
            Cli.run("prepare", folder.resolve("rooms.json"), "--out", folder.resolve("none")).out())
        .contains("series room: no entry of a user with events");
    try (BufferAllocator memory = new RootAllocator();
        SequenceDataset log = SequenceDataset.open(few, memory, true)) {
      assertThat(log.length(0)).isEqualTo(7);
      long day = 86_400;
      assertThat(Days.of(log, Optional.empty(), 0).begins())
          .containsExactly(11 * day, 13 * day, 14 * day);
      assertThat(LogReplay.of(log, 0, 0).size()).isEqualTo(2);
    }
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

  private JsonNode rank(Path run, String events, String candidates) {
    Cli.Ran ran = ranked(run, events, candidates);
    succeeds(ran);
    return ran.json();
  }

  private Cli.Ran ranked(Path run, String events, String candidates) {
    return Cli.run(
        "rank",
        run,
        "--events",
        Cli.write(folder.resolve("events.jsonl"), events),
        "--candidates",
        Cli.write(folder.resolve("candidates.jsonl"), candidates),
        "--json");
  }

  private static void succeeds(Cli.Ran ran) {
    assertThat(ran.status()).as(ran.err() + ran.out()).isZero();
  }
}
