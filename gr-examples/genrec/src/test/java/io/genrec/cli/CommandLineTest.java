package io.genrec.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CommandLineTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "quickstart",
        "prepare",
        "train",
        "evaluate",
        "recommend",
        "plan",
        "export",
        "experiment",
        "doctor"
      })
  void everyCommandExplainsItselfWithExamples(String command) {
    Cli.Ran ran = Cli.run(command, "--help");

    assertThat(ran.status()).isZero();
    assertThat(ran.err()).isEmpty();
    assertThat(ran.out())
        .contains("Usage: genrec " + command, "Examples:", "  genrec " + command, "--json")
        .doesNotContain("null");
    assertThat(Cli.run("--help").out()).contains("  " + command + " ", "Examples:");
  }

  @Test
  void theVersionNamesWhatCounts() {
    Cli.Ran ran = Cli.run("--version");

    assertThat(ran.status()).isZero();
    assertThat(ran.out()).contains("genrec 0.", "onnxruntime 1.28.0", "java ");
  }

  @Test
  void aMistypedCommandGetsTheNearestOne() {
    Cli.Ran ran = Cli.run("trian");

    assertThat(ran.status()).isEqualTo(2);
    assertThat(ran.out()).isEmpty();
    assertThat(ran.err())
        .startsWith("[GR/Usage] unknown command \"trian\"")
        .contains("did you mean \"train\"?", "genrec --help");
  }

  @Test
  void aMistypedOptionGetsTheNearestOneEvenIfItWasRequired() {
    Cli.Ran ran = Cli.run("prepare", "ml-latest-small", "--ouut=x");

    assertThat(ran.status()).isEqualTo(2);
    assertThat(ran.err())
        .startsWith("[GR/Usage] unknown option \"--ouut\"")
        .contains("did you mean \"--out\"?", "genrec prepare --help");
  }

  @Test
  void aMissingOptionAndANumberThatIsNoneAreErrorsOfUse() {
    assertThat(Cli.run("train", "quickstart", "--out", "x").err())
        .startsWith("[GR/Usage]")
        .contains("--data");
    Cli.Ran ran = Cli.run("train", "quickstart", "--data", "d", "--out", "o", "--epochs", "many");
    assertThat(ran.status()).isEqualTo(2);
    assertThat(ran.err()).startsWith("[GR/Usage]").contains("--epochs", "many");
  }

  @Test
  void noCommandShowsHowToBegin() {
    Cli.Ran ran = Cli.run();

    assertThat(ran.status()).isEqualTo(2);
    assertThat(ran.err()).contains("genrec --help");
  }

  @Test
  void stackTracesAppearOnlyWhenAskedFor() {
    assertThat(Cli.run("prepare", "nowhere.json", "--out", "x").err())
        .startsWith("[GR/MissingFile]")
        .doesNotContain("\tat ");
    assertThat(Cli.run("prepare", "nowhere.json", "--out", "x", "--debug").err())
        .startsWith("[GR/MissingFile]")
        .contains("\tat io.genrec");
  }

  @Test
  void errorsAreOneObjectForPrograms() {
    Cli.Ran ran = Cli.run("prepare", "nowhere.json", "--out", "x", "--json");

    assertThat(ran.status()).isEqualTo(1);
    assertThat(ran.json().at("/error/id").asText()).isEqualTo("MissingFile");
    assertThat(ran.json().at("/error/message").asText()).startsWith("configuration file nowhere");
    assertThat(ran.err()).startsWith("[GR/MissingFile]");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "trian --json",
        "train quickstart --json --out x",
        "train quickstart --data d --out o --epochs many --json",
        "prepare ml-latest-small --ouut=x --json",
        "--json"
      })
  void errorsOfUseAreOneObjectForPrograms(String line) {
    Cli.Ran ran = Cli.run((Object[]) line.split(" ", -1));

    assertThat(ran.status()).isEqualTo(2);
    assertThat(ran.json().at("/error/id").asText()).isEqualTo("Usage");
    String message = ran.json().at("/error/message").asText();
    assertThat(message).contains("--help");
    assertThat(ran.err()).isEqualToIgnoringNewLines("[GR/Usage] " + message);
  }
}
