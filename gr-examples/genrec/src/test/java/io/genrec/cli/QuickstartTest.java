package io.genrec.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class QuickstartTest {
  @TempDir Path folder = Path.of("");

  @Test
  void goesTheWholePathAndMayBeRepeated() throws IOException {
    Path out = folder.resolve("first");
    JsonNode json = Cli.run("quickstart", "--epochs", 1, "--out", out, "--json").json();

    for (String who : new String[] {"/model", "/most_popular"}) {
      for (String metric : new String[] {"HR@10", "NDCG@10", "MRR"}) {
        JsonNode value = json.at(who).path(metric);
        assertThat(value.isNumber()).as(who + " " + metric).isTrue();
        assertThat(value.doubleValue()).isBetween(0.0, 1.0);
      }
    }
    assertThat(json.at("/seconds").isNumber()).isTrue();
    assertThat(json.at("/recommendations")).hasSize(10);
    assertThat(json.at("/recommendations/0/title").asText()).isNotBlank();
    assertThat(out.resolve("run/model/model.json")).exists();
    assertThat(out.resolve("run/learning-curve.png")).isNotEmptyFile();
    assertThat(Cli.readJson(out.resolve("quickstart.json"))).isEqualTo(json);

    Cli.Ran again = Cli.run("quickstart", "--epochs", 0, "--out", out);
    assertThat(again.status()).isZero();
    assertThat(again.out())
        .contains("User 1", "last of 232 events:", "recommended next:", "most popular", "Next:");
    assertThat(again.err()).contains("1/4", "2/4", "3/4", "4/4");
  }

  @Test
  void leavesForeignFoldersAlone() throws IOException {
    Files.writeString(folder.resolve("photo.jpg"), "x");

    Cli.Ran ran = Cli.run("quickstart", "--out", folder);
    assertThat(ran.status()).isEqualTo(1);
    assertThat(ran.err()).startsWith("[GR/OutputExists]");
    assertThat(folder.toFile().list()).containsExactly("photo.jpg");
  }
}
