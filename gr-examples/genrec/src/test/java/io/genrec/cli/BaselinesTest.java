package io.genrec.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Models to compare with. */
class BaselinesTest {
  @TempDir static Path shared = Path.of("");
  @TempDir Path folder = Path.of("");

  private static Path data = Path.of("");

  @BeforeAll
  static void prepare() {
    data = Cli.dataset(shared);
  }

  @ParameterizedTest
  @ValueSource(strings = {"gru4rec", "fuxi-alpha"})
  void encodersOfTheExampleTrainAndRecommend(String encoder) {
    String config =
        Cli.TINY.replace("\"name\": \"hstu\", \"blocks\": 1", "\"name\": \"" + encoder + "\"");
    Path run = folder.resolve("run");
    Cli.Ran trained =
        Cli.run(
            "train", Cli.write(folder.resolve("tiny.json"), config), "--data", data, "--out", run);
    assertThat(trained.err()).contains("validation HR@10");
    assertThat(trained.status()).isZero();
    JsonNode answer =
        Cli.run("recommend", run, "--data", data, "--user", "u3", "-k", 2, "--json").json();
    assertThat(answer.at("/items")).hasSize(2);
  }
}
