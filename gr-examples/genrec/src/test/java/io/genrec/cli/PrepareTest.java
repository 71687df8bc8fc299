package io.genrec.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.genrec.data.ingest.Presets;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PrepareTest {
  @TempDir Path folder = Path.of("");
  private Path out;

  @BeforeEach
  void out() {
    out = folder.resolve("out");
  }

  private Path mapping(String csv, String more) {
    Cli.write(folder.resolve("log.csv"), csv);
    return Cli.write(
        folder.resolve("shop.json"),
        """
        {"name": "shop", "events": {"files": ["log.csv"], "format": "csv"},
         "user": "user", "item": "item", "time": "time"%s}
        """
            .formatted(more));
  }

  private void refused(Cli.Ran ran, String id, String... words) throws IOException {
    assertThat(ran.status()).isEqualTo(1);
    assertThat(ran.out()).isEmpty();
    assertThat(ran.err().lines().filter(line -> line.startsWith("[GR/")))
        .singleElement()
        .asString()
        .startsWith("[GR/" + id + "]")
        .contains(words);
    try (Stream<Path> left = Files.list(folder)) {
      assertThat(left.map(file -> file.getFileName().toString()).toList())
          .as("nothing half-written")
          .isSubsetOf(List.of("log.csv", "shop.json"));
    }
  }

  @Test
  void tellsWhatItMade() {
    Cli.Ran ran = Cli.run("prepare", Cli.mapping(folder), "--out", out);

    assertThat(ran.status()).isZero();
    // 40 users with 5, 6, 7 or 8 events each.
    assertThat(ran.out())
        .startsWith("walk: 40 users, 20 items, 260 events; 5 to 8 events per user, 6.5 on average")
        .contains("ties:", "hash:", out.toString());
    assertThat(out.resolve("dataset.json")).exists();
  }

  @Test
  void printsOneObjectForPrograms() {
    JsonNode json = Cli.run("prepare", Cli.mapping(folder), "--out", out, "--json").json();

    assertThat(json.at("/counts/users").asInt()).isEqualTo(40);
    assertThat(json.at("/contentHash").asText()).hasSize(64);
  }

  @Test
  void theShippedDataNeedNoFiles() {
    Cli.Ran ran = Cli.run("prepare", "ml-latest-small", "--out", out);

    assertThat(ran.out())
        .startsWith("ml-latest-small: 610 users, 9,724 items, 100,836 events; 20 to 2698 events");
  }

  @Test
  void replacesOnlyWhenAskedTo() {
    Path mapping = Cli.mapping(folder);
    assertThat(Cli.run("prepare", mapping, "--out", out).status()).isZero();

    Cli.Ran again = Cli.run("prepare", mapping, "--out", out);
    assertThat(again.status()).isEqualTo(1);
    assertThat(again.err()).contains("[GR/OutputExists]", "--overwrite");
    assertThat(Cli.run("prepare", mapping, "--out", out, "--overwrite").status()).isZero();
  }

  @Test
  void aFileThatIsNotThere() throws IOException {
    Path mapping = mapping("user,item,time\na,b,1\n", "");
    Files.delete(folder.resolve("log.csv"));

    refused(Cli.run("prepare", mapping, "--out", out), "MissingFile", "log.csv");
  }

  @Test
  void aColumnThatIsNotThere() throws IOException {
    Path mapping = mapping("user,itm,time\na,b,1\n", "");

    refused(
        Cli.run("prepare", mapping, "--out", out),
        "MissingColumn",
        "\"item\"",
        "did you mean \"itm\"?");
  }

  @Test
  void aRowThatCannotBeReadIsNamedByItsLine() throws IOException {
    Path mapping = mapping("user,item,time\na,b,1\na,c,noon\n", "");

    refused(Cli.run("prepare", mapping, "--out", out), "UnparsableRow", "line 3", "noon");
  }

  @Test
  void nothingLeftAfterFiltering() throws IOException {
    Path mapping = mapping("user,item,time\na,b,1\n", ", \"minimum\": {\"users\": 5}");

    refused(
        Cli.run("prepare", mapping, "--out", out), "EmptyDataset", "at least 5 events per user");
  }

  @Test
  void rowsThatStandTwice() throws IOException {
    Path mapping = mapping("user,item,time\na,b,1\na,b,1\n", "");

    refused(Cli.run("prepare", mapping, "--out", out), "DuplicateKeys", "line 2", "line 3");
  }

  @Test
  void aKeyThatIsNotKnown() throws IOException {
    Path mapping = mapping("user,item,time\na,b,1\n", ", \"timeUnt\": \"ms\"");

    refused(
        Cli.run("prepare", mapping, "--out", out),
        "UnknownKey",
        "timeUnt",
        "did you mean \"timeUnit\"?");
  }

  @Test
  void aPresetThatIsNotKnown() throws IOException {
    refused(Cli.run("prepare", "ml-1k", "--out", out), "UnknownPreset", "did you mean \"ml-1m\"?");
  }

  @Test
  void theHelpNamesAllPresets() {
    String help = Cli.run("prepare", "--help").out().replaceAll("\\s+", " ");

    assertThat(help).contains(String.join(", ", Presets.names()));
  }

  @Test
  void aPresetWithoutItsSource() {
    Cli.Ran ran = Cli.run("prepare", "ml-1m", "--out", out);

    assertThat(ran.status()).isEqualTo(2);
    assertThat(ran.err()).startsWith("[GR/Usage] preset ml-1m needs its SOURCE");
  }
}
