package io.genrec.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A model that reads each event's rating beside its item: the whole path. */
class RatedTest {
  @Test
  void ratingsReachTheModelInTrainingAndWhenItIsAsked(@TempDir Path folder) {
    StringBuilder log = new StringBuilder("who,what,when,stars\n");
    for (int user = 1; user <= 40; user++) {
      for (int event = 0; event < 6; event++) {
        log.append('u').append(user).append(",i").append((user + event) % 20).append(',');
        log.append(1_000_000 + 100 * event + user)
            .append(',')
            .append(1 + (user * event) % 5)
            .append('\n');
      }
    }
    Cli.write(folder.resolve("log.csv"), log.toString());
    Path mapping =
        Cli.write(
            folder.resolve("rated.json"),
            """
            {"name": "rated", "events": {"files": ["log.csv"], "format": "csv"},
             "user": "who", "item": "what", "time": "when",
             "features": [{"name": "stars", "column": "stars", "kind": "categorical"}]}
            """);
    Path config =
        Cli.write(
            folder.resolve("config.json"),
            """
            {"name": "rated",
             "model": {"dim": 8, "maxHistory": 6, "features": [{"name": "stars", "dim": 4}]},
             "encoder": {"name": "hstu", "blocks": 1, "inputFeatures": ["stars"]},
             "sampler": {"name": "uniform", "count": 8, "sharing": "position"},
             "training": {"batch": 16}, "epochs": 3}
            """);
    Path data = folder.resolve("data");
    Path run = folder.resolve("run");
    succeeds(Cli.run("prepare", mapping, "--out", data));
    succeeds(Cli.run("train", config, "--data", data, "--out", run));
    succeeds(Cli.run("evaluate", run, "--data", data));

    StringBuilder events = new StringBuilder("item,time,stars\n");
    StringBuilder others = new StringBuilder("item,time,stars\n");
    for (int event = 0; event < 6; event++) {
      String start = "i" + (3 + event) % 20 + "," + (1_000_000 + 100 * event + 3) + ",";
      events.append(start).append(1 + (3 * event) % 5).append('\n');
      others.append(start).append(1 + (3 * event + 2) % 5).append('\n');
    }
    JsonNode stored = Cli.run("recommend", run, "--data", data, "--user", "u3", "--json").json();
    JsonNode given = asked(run, Cli.write(folder.resolve("events.csv"), events.toString()));
    JsonNode otherRatings = asked(run, Cli.write(folder.resolve("others.csv"), others.toString()));
    assertThat(given.at("/items")).isNotEmpty().isEqualTo(stored.at("/items"));
    assertThat(otherRatings.at("/items")).isNotEqualTo(stored.at("/items"));
  }

  private static JsonNode asked(Path run, Path events) {
    return Cli.run("recommend", run, "--events", events, "--json").json();
  }

  private static void succeeds(Cli.Ran ran) {
    assertThat(ran.status()).as(ran.err()).isZero();
  }
}
