package io.genrec.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.io.ByteArrayInputStream;
import java.lang.reflect.AnnotatedElement;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.UsageMessageSpec;
import picocli.CommandLine.Option;

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

  /** Where one is none, picocli prints a warning beside the help. */
  @Test
  void allTextsOfHelpAreFormats() {
    Terminal terminal =
        new Terminal(System.out, System.err, new ByteArrayInputStream(new byte[0]), false);
    List<String> commands = new ArrayList<>();
    Deque<CommandSpec> left = new ArrayDeque<>();
    left.add(GenRec.commandLine(terminal).getCommandSpec());
    while (!left.isEmpty()) {
      CommandSpec command = left.remove();
      commands.add(command.qualifiedName());
      command.subcommands().values().forEach(line -> left.add(line.getCommandSpec()));
      UsageMessageSpec usage = command.usageMessage();
      List<String> texts = new ArrayList<>();
      Stream.of(usage.header(), usage.description(), usage.footer())
          .map(Arrays::asList)
          .forEach(texts::addAll);
      // Specifications have descriptions that are formatted already.
      for (ArgSpec arg : command.args()) {
        if (arg.userObject() instanceof AnnotatedElement element
            && element.getAnnotation(Option.class) != null) {
          texts.addAll(List.of(element.getAnnotation(Option.class).description()));
        }
      }
      for (String text : texts) {
        assertThatCode(() -> String.format(text))
            .as("%s: %s", command.qualifiedName(), text)
            .doesNotThrowAnyException();
      }
    }
    assertThat(commands).contains("genrec", "genrec prepare", "genrec bench train");
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
