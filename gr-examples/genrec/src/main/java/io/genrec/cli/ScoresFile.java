package io.genrec.cli;

import io.genrec.api.GenRecException;
import io.genrec.api.storage.IfExists;
import io.genrec.gpsd.UserScores;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * The order of scores as a small file, {@code .scores}: all that an AUC needs, exactly. Gzip over
 * the number of users in four bytes (the largest first), then for each target and then each
 * negative how many different scores are lower: first the largest byte of all, then the next byte
 * of all.
 */
final class ScoresFile {
  private ScoresFile() {}

  /** Writes scores, replacing the file if it is there. */
  static void write(Path file, UserScores scores) {
    PackedFile.write(
        file,
        IfExists.REPLACE,
        data -> {
          data.writeInt(scores.targets().length);
          PackedFile.writeInts(data, places(scores));
        });
  }

  private static int[] places(UserScores scores) {
    int users = scores.targets().length;
    float[] all = Arrays.copyOf(scores.targets(), 2 * users);
    System.arraycopy(scores.negatives(), 0, all, users, users);
    float[] sorted = all.clone();
    Arrays.sort(sorted);
    int different = 0;
    for (float score : sorted) {
      if (different == 0 || sorted[different - 1] != score) {
        sorted[different++] = score;
      }
    }
    int[] places = new int[all.length];
    for (int i = 0; i < all.length; i++) {
      places[i] = Arrays.binarySearch(sorted, 0, different, all[i]);
    }
    return places;
  }

  /**
   * Reads scores: whole numbers in the order of what was written.
   *
   * @throws GenRecException {@code [GR/CorruptResult]} if the file is damaged or not there
   */
  static UserScores read(Path file) {
    return PackedFile.read(
        file,
        wrong ->
            "scores "
                + file
                + " are damaged or not there ("
                + wrong
                + "); delete the cell's .json to run it again",
        ScoresFile::read);
  }

  private static UserScores read(DataInputStream in) throws IOException {
    int users = in.readInt();
    int[] places = PackedFile.readInts(in, 2 * users);
    float[] targets = new float[users];
    float[] negatives = new float[users];
    for (int i = 0; i < users; i++) {
      targets[i] = places[i];
      negatives[i] = places[users + i];
    }
    return new UserScores(targets, negatives);
  }
}
