package io.genrec.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.genrec.api.GenRecException;
import io.genrec.api.graph.ShapeException;
import io.genrec.cli.Cli.Ran;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;
import picocli.CommandLine.Command;

class FailuresTest {
  static Stream<Arguments> failures() {
    return Stream.of(
        Arguments.of(
            new GenRecException("NoSuchThing", "there is none; make one"),
            "NoSuchThing",
            "there is none; make one"),
        Arguments.of(
            new ShapeException("[2, 3] and [4] do not broadcast"),
            "ShapeMismatch",
            "a graph cannot be built, which is an error in the code of the encoder, loss or task, not"
                + " in the data: [2, 3] and [4] do not broadcast"),
        Arguments.of(
            new UncheckedIOException(new IOException("disk full")),
            "InputOutput",
            "cannot read or write: java.io.IOException: disk full"),
        Arguments.of(
            new IOException("disk full"),
            "InputOutput",
            "cannot read or write: java.io.IOException: disk full"),
        Arguments.of(
            new IllegalStateException("odd"),
            "Internal",
            "this should not have happened: java.lang.IllegalStateException: odd; add --debug to see"
                + " where, and please report it with the command that you ran"));
  }

  @ParameterizedTest
  @MethodSource("failures")
  void whatACommandThrowsIsOneMessageAndStatusOne(Exception thrown, String id, String message) {
    Ran ran = run(thrown);
    assertThat(ran.status()).isEqualTo(1);
    assertThat(ran.err()).isEqualTo("[GR/" + id + "] " + message + System.lineSeparator());
    assertThat(ran.out()).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("failures")
  void programsGetItAsJsonToo(Exception thrown, String id, String message) {
    Ran ran = run(thrown, "--json");
    JsonNode error = ran.json().path("error");
    assertThat(ran.status()).isEqualTo(1);
    assertThat(error.path("id").asText()).isEqualTo(id);
    assertThat(error.path("message").asText()).isEqualTo(message);
  }

  @Test
  void debugShowsWhere() {
    assertThat(run(new IllegalStateException("odd"), "--debug").err())
        .startsWith("[GR/Internal] ")
        .contains("\tat io.genrec.cli.FailuresTest");
  }

  /** A command that throws. */
  @Command(name = "throws")
  private static final class Throws extends Subcommand {
    private final Exception thrown;

    Throws(Terminal terminal, Exception thrown) {
      super(terminal);
      this.thrown = thrown;
    }

    @Override
    Answer run(Reporter reporter) throws Exception {
      throw thrown;
    }
  }

  private static Ran run(Exception thrown, String... args) {
    return Cli.capture(
        "",
        terminal ->
            new CommandLine(new Throws(terminal, thrown))
                .setExecutionExceptionHandler(new Failures(terminal))
                .execute(args));
  }
}
