package io.genrec.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.ToIntFunction;
import java.util.stream.Stream;

/** Runs commands and catches what they print. */
final class Cli {
  /** A model so small that an epoch takes no time. */
  static final String TINY =
      """
      {"name": "tiny", "model": {"dim": 8, "maxHistory": 6},
       "encoder": {"name": "hstu", "blocks": 1},
       "sampler": {"name": "uniform", "count": 8, "sharing": "position"},
       "training": {"batch": 16}, "epochs": 2}
      """;

  private Cli() {}

  /** What a command left. */
  record Ran(int status, String out, String err) {
    /** Standard output, which must be exactly one JSON object. */
    JsonNode json() {
      try {
        JsonNode json =
            new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).readTree(out);
        if (!json.isObject()) {
          throw new AssertionError("no JSON object: " + out);
        }
        return json;
      } catch (JsonProcessingException e) {
        throw new AssertionError("standard output is not one JSON object: " + out, e);
      }
    }
  }

  static Ran run(Object... args) {
    return runWithInput("", args);
  }

  static Ran runWithInput(String input, Object... args) {
    String[] texts = Stream.of(args).map(Object::toString).toArray(String[]::new);
    return capture(input, terminal -> GenRec.run(terminal, texts));
  }

  /** Catches what is printed by something that gives an exit status. */
  static Ran capture(String input, ToIntFunction<Terminal> command) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    Terminal terminal =
        new Terminal(
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)),
            false);
    int status = command.applyAsInt(terminal);
    return new Ran(
        status, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  /** Runs a command that must succeed. */
  static Ran succeed(Object... args) {
    Ran ran = run(args);
    if (ran.status() != 0) {
      throw new AssertionError(ran.err());
    }
    return ran;
  }

  /** A command with further arguments. */
  static Object[] with(Object[] command, Object... more) {
    return Stream.concat(Stream.of(command), Stream.of(more)).toArray();
  }

  /**
   * Makes at most two cells of the study in {@code study.json}; its data, runs and results are
   * beside it.
   */
  static Ran reproduce(String study, Path folder) {
    return run(
        "reproduce",
        study,
        folder.resolve("study.json"),
        "--data",
        folder.resolve("data"),
        "--out",
        folder.resolve("runs"),
        "--results",
        folder.resolve("results"),
        "--max-cells",
        2);
  }

  static Path write(Path file, String text) {
    try {
      return Files.writeString(file, text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static JsonNode readJson(Path file) throws IOException {
    return new ObjectMapper().readTree(file.toFile());
  }

  /** Copies a folder. */
  static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(from.relativize(file).toString()));
      }
    }
  }

  /**
   * A mapping file of a small log in a folder: 40 users walk through 20 items, each from another
   * one on, a step at a time.
   */
  static Path mapping(Path folder) {
    StringBuilder log = new StringBuilder("who,what,when\n");
    for (int user = 1; user <= 40; user++) {
      for (int event = 0; event < 5 + user % 4; event++) {
        log.append('u').append(user).append(",i").append((user + event) % 20).append(',');
        log.append(1_000_000 + 100 * event + user).append('\n');
      }
    }
    write(folder.resolve("log.csv"), log.toString());
    return write(
        folder.resolve("walk.json"),
        """
        {"name": "walk", "events": {"files": ["log.csv"], "format": "csv"},
         "user": "who", "item": "what", "time": "when"}
        """);
  }

  /** The data set of {@link #mapping} in a folder. */
  static Path dataset(Path folder) {
    Path dataset = folder.resolve("dataset");
    succeed("prepare", mapping(folder), "--out", dataset);
    return dataset;
  }
}
