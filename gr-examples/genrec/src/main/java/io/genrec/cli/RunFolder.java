package io.genrec.cli;

import io.genrec.api.GenRecException;
import io.genrec.api.storage.AtomicDirectory;
import io.genrec.api.storage.Leftovers;
import io.genrec.engine.storage.CheckpointStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/**
 * The folder of a run.
 *
 * @param path where it is, or will be
 * @param kind what such a run is called, as in "training run"
 * @param result the file that every such run has from its beginning
 */
record RunFolder(Path path, String kind, String result) {
  static final String CHECKPOINTS = "checkpoints";

  /** What is done if the folder holds a run already. */
  enum Existing {
    /** Refuse. */
    REFUSE,
    /** Continue from the newest checkpoint, or start if there is none. */
    RESUME,
    /** Remove it first. */
    REPLACE
  }

  /** The options that say so. */
  static final class ExistingOption {
    @Option(
        names = "--resume",
        description = "Continue the run in --out after its newest checkpoint.")
    private boolean resume;

    @Option(names = "--overwrite", description = "Replace the run in --out.")
    private boolean overwrite;

    /** What was given; null for neither. */
    static Existing of(@Nullable ExistingOption given) {
      if (given == null) {
        return Existing.REFUSE;
      }
      return given.resume ? Existing.RESUME : Existing.REPLACE;
    }
  }

  /**
   * Whether the folder holds a run.
   *
   * @throws GenRecException {@code [GR/OutputExists]} if it holds anything else, or a run that must
   *     not be written to
   */
  boolean isRun(Existing existing) {
    if (!Files.exists(path)) {
      return false;
    }
    boolean empty;
    try (Stream<Path> files = Files.list(path)) {
      // What a killed run left of a file that it never finished is nothing.
      empty = files.allMatch(Leftovers::isLeftover);
    } catch (IOException e) {
      throw new GenRecException("OutputExists", path + " is there and is no folder", e);
    }
    if (empty) {
      return false;
    }
    if (!Files.isRegularFile(path.resolve(result))) {
      throw new GenRecException(
          "OutputExists", path + " is not empty and holds no " + kind + "; give another --out");
    }
    if (existing == Existing.REFUSE) {
      throw new GenRecException(
          "OutputExists",
          path
              + " holds a "
              + kind
              + " already; continue it with --resume, replace it with --overwrite, or give another"
              + " --out");
    }
    return true;
  }

  /** Removes the run: its checkpoints, other parts, and last what says that it is one. */
  void clear(List<String> parts) {
    AtomicDirectory.delete(path.resolve(CHECKPOINTS));
    parts.forEach(part -> AtomicDirectory.delete(path.resolve(part)));
    AtomicDirectory.delete(path.resolve(result));
  }

  /** The run's checkpoints, of which the newest is kept; damaged ones are told of. */
  CheckpointStore checkpoints(Reporter reporter) {
    return checkpoints(path, reporter);
  }

  /** The checkpoints in a run's folder. */
  static CheckpointStore checkpoints(Path run, Reporter reporter) {
    return new CheckpointStore(
        run.resolve(CHECKPOINTS), 1, damaged -> reporter.say(String.valueOf(damaged.getMessage())));
  }
}
