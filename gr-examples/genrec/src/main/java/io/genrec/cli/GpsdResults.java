package io.genrec.cli;

import io.genrec.api.GenRecException;
import io.genrec.gpsd.UserScores;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What is known of a study's cells, in files small enough to be kept with the code: for each
 * finished one its result as JSON, and the order of test users' scores beside it.
 *
 * @param folder where the files lie
 */
record GpsdResults(Path folder) {
  /**
   * Scores are those of a second evaluation, whose batches differ; what is tied but for rounding
   * may change places.
   */
  private static final double TOLERANCE = 1e-5;

  /** The file of a cell's result. */
  Path file(String cell) {
    return folder.resolve(cell + ".json");
  }

  private Path scoresFile(String cell) {
    return folder.resolve(cell + ".scores");
  }

  /** A cell's result; empty if it is not finished. */
  Optional<GpsdResult> result(String cell) {
    return GpsdResult.read(file(cell));
  }

  /** Keeps what came of a cell. The result appears last, so that a finished cell is complete. */
  void write(GpsdResult result, Optional<UserScores> scores) {
    try {
      Files.createDirectories(folder);
      Files.deleteIfExists(file(result.name()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    scores.ifPresent(all -> ScoresFile.write(scoresFile(result.name()), all));
    TrainingJob.writeJson(file(result.name()), result);
  }

  /**
   * The scores of test users; only their order counts.
   *
   * @throws GenRecException {@code [GR/CorruptResult]} if they are damaged, not there, or not those
   *     of the result
   */
  UserScores scores(GpsdResult result) {
    UserScores scores = ScoresFile.read(scoresFile(result.name()));
    if (!(Math.abs(scores.auc() - result.lastAuc()) <= TOLERANCE)) {
      throw new GenRecException(
          "CorruptResult",
          scoresFile(result.name())
              + " is not of the result beside it; delete "
              + file(result.name())
              + " to run the cell again");
    }
    return scores;
  }
}
