package io.genrec.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
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
    Cli.Ran compared =
        Cli.run("evaluate", run, "--data", data, "--baseline", "item-knn", "--baseline", "ease");
    assertThat(compared.status()).isZero();
    assertThat(compared.out()).contains("tiny", "most-popular", "item-knn", "ease", "seed 1");
  }

  /**
   * Users walk through the items a step at a time, so the next item is a neighbour of the last: one
   * that counts what users have in common finds it, one that counts events does not.
   */
  @Test
  void baselinesAreMeasuredWithoutAModel() {
    String weak = "{\"name\": \"ease\", \"lambda\": 1}";
    JsonNode json =
        Cli.run(
                "evaluate",
                "--data",
                data,
                "--baseline",
                "most-popular",
                "--baseline",
                "item-knn",
                "--baseline",
                weak,
                "--json")
            .json();
    assertThat(json.at("/protocol").asText()).isEqualTo("strict");
    assertThat(json.at("/results")).hasSize(6);
    assertThat(json.findValuesAsText("who"))
        .containsExactly("most-popular", "most-popular", "item-knn", "item-knn", weak, weak);
    double popular = json.at("/results/0/metrics/MRR").asDouble();
    assertThat(json.at("/MRR").asDouble()).isEqualTo(popular);
    assertThat(json.at("/results/2/metrics/MRR").asDouble()).isGreaterThan(2 * popular);
    assertThat(json.at("/results/4/metrics/MRR").asDouble()).isGreaterThan(2 * popular);
  }

  @Test
  void wrongBaselinesAreNamed() {
    assertThat(Cli.run("evaluate", "--data", data, "--baseline", "eese").err())
        .contains("[GR/UnknownBaseline]", "did you mean \"ease\"?");
    assertThat(
            Cli.run("evaluate", "--data", data, "--baseline", "{\"name\": \"ease\", \"lamda\": 1}")
                .err())
        .contains("[GR/UnknownKey]", "did you mean \"lambda\"?");
    assertThat(
            Cli.run(
                    "evaluate",
                    "--data",
                    data,
                    "--baseline",
                    "{\"name\": \"ease\", \"maxItems\": 19}")
                .err())
        .contains("[GR/TooManyItems]", "20 items", "item-knn");
    Cli.Ran nothing = Cli.run("evaluate", "--data", data);
    assertThat(nothing.status()).isEqualTo(2);
    assertThat(nothing.err()).startsWith("[GR/Usage]").contains("BUNDLE", "--baseline");
  }
}
