package io.genrec.cli;

import io.genrec.api.GenRecException;
import io.genrec.api.config.StrictConfig;
import io.genrec.api.storage.IfExists;
import io.genrec.engine.evaluation.OutcomeScores;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Predictions as a small file, {@code .predictions}. Gzip over:
 *
 * <ol>
 *   <li>a header in JSON after its length in two bytes: {@code columns}, each with {@code who},
 *       {@code history}, {@code label} and {@code impressions}
 *   <li>for each column the impressions' users, each less the one before, in four bytes, the
 *       largest first; an outcome in one byte each; and the logits, rounded to the nearest {@value
 *       #PARTS}th and cut to what two bytes hold: first the larger bytes of all, then the smaller
 *       ones
 * </ol>
 *
 * A logit is off by at most 1/128, which moves AUC and normalised entropy in their fifth decimal.
 */
final class PredictionsFile {
  private static final float PARTS = 64;
  private static final int BYTE = 0xFF;

  private PredictionsFile() {}

  private record Head(String who, String history, String label, int impressions) {
    Head {
      if (impressions < 0) {
        throw new IllegalArgumentException(
            "impressions must not be negative but is " + impressions);
      }
    }
  }

  private record Header(List<Head> columns) {}

  /**
   * Writes a file.
   *
   * @throws GenRecException {@code [GR/OutputExists]}, {@code [GR/WriteFailed]}
   */
  static void write(Path file, IfExists ifExists, Predictions predictions) {
    List<Head> heads =
        predictions.columns().stream()
            .map(c -> new Head(c.who(), c.history(), c.label(), c.scores().size()))
            .toList();
    PackedFile.write(
        file,
        ifExists,
        data -> {
          data.writeUTF(StrictConfig.toJson(new Header(heads)));
          for (Predictions.Column column : predictions.columns()) {
            data.write(bytes(column.scores()));
          }
        });
  }

  private static byte[] bytes(OutcomeScores scores) {
    int size = scores.size();
    ByteBuffer bytes = ByteBuffer.allocate((Integer.BYTES + 1 + Short.BYTES) * size);
    int before = 0;
    for (int user : scores.users()) {
      bytes.putInt(user - before);
      before = user;
    }
    for (float outcome : scores.outcomes()) {
      bytes.put((byte) outcome);
    }
    for (int shift : new int[] {Byte.SIZE, 0}) {
      for (float logit : scores.logits()) {
        bytes.put((byte) (rounded(logit) >> shift));
      }
    }
    return bytes.array();
  }

  private static int rounded(float logit) {
    return Math.max(Short.MIN_VALUE, Math.min(Short.MAX_VALUE, Math.round(logit * PARTS)));
  }

  /**
   * Reads a file.
   *
   * @throws GenRecException {@code [GR/CorruptResult]} if it is damaged
   */
  static Predictions read(Path file) {
    return PackedFile.read(
        file, PackedFile.onlyForIntervals("predictions", file), in -> read(file, in));
  }

  private static Predictions read(Path file, DataInputStream in) throws IOException {
    Header header = StrictConfig.parse(file.toString(), in.readUTF()).as(Header.class);
    List<Predictions.Column> columns = new ArrayList<>();
    for (Head head : header.columns()) {
      OutcomeScores scores = read(in, head.impressions());
      columns.add(new Predictions.Column(head.who(), head.history(), head.label(), scores));
    }
    return new Predictions(columns);
  }

  private static OutcomeScores read(DataInputStream in, int size) throws IOException {
    int length = (Integer.BYTES + 1 + Short.BYTES) * size;
    byte[] all = PackedFile.readBytes(in, length);
    ByteBuffer bytes = ByteBuffer.wrap(all);
    int[] users = new int[size];
    float[] outcomes = new float[size];
    float[] logits = new float[size];
    for (int i = 0; i < size; i++) {
      users[i] = bytes.getInt() + (i == 0 ? 0 : users[i - 1]);
    }
    for (int i = 0; i < size; i++) {
      outcomes[i] = bytes.get();
    }
    int larger = bytes.position();
    for (int i = 0; i < size; i++) {
      int number = all[larger + i] << Byte.SIZE | all[larger + size + i] & BYTE;
      logits[i] = number / PARTS;
    }
    return new OutcomeScores(users, logits, outcomes);
  }
}
