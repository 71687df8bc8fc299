package io.genrec.cli;

import io.genrec.api.GenRecException;
import io.genrec.api.config.StrictConfig;
import io.genrec.api.storage.IfExists;
import io.genrec.engine.evaluation.RankingMetrics;
import io.genrec.engine.evaluation.RankingProtocol;
import io.genrec.engine.evaluation.TargetRank;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToIntFunction;

/**
 * Ranks as a small file, {@code .ranks}. Gzip over:
 *
 * <ol>
 *   <li>a header in JSON after its length in two bytes (the largest byte first): {@code protocol},
 *       {@code users}, {@code columns}
 *   <li>the users' numbers in ascending order, less 0, 1, 2, ...
 *   <li>for each column the items above each user's target, less those of the column before (of the
 *       first: less 0)
 *   <li>for each column the items with the target's score, the target included and 0 if it was no
 *       candidate, less those of the column before
 * </ol>
 *
 * Numbers d are written as 2d, or -2d - 1 if negative, in four bytes: first the largest byte of
 * all, then the next byte of all. So what repeats lies together, and nothing is rounded.
 */
final class RanksFile {
  private RanksFile() {}

  private record Label(String requestTime, String removed) {}

  private record Header(RankingProtocol protocol, int users, List<Label> columns) {
    Header {
      if (users < 0) {
        throw new IllegalArgumentException("users must not be negative but is " + users);
      }
    }
  }

  /**
   * Writes a file.
   *
   * @throws GenRecException {@code [GR/OutputExists]}, {@code [GR/WriteFailed]}
   * @throws IllegalArgumentException unless all columns are of the same users and protocol
   */
  static void write(Path file, IfExists ifExists, Ranks ranks) {
    RankingMetrics first = ranks.columns().get(0).metrics();
    int[] users = first.users();
    for (Ranks.Column column : ranks.columns()) {
      if (!Arrays.equals(column.metrics().users(), users)
          || !column.metrics().protocol().equals(first.protocol())) {
        throw new IllegalArgumentException("columns of ranks need the same users and protocol");
      }
    }
    List<Label> labels =
        ranks.columns().stream()
            .map(column -> new Label(column.requestTime(), column.removed()))
            .toList();
    PackedFile.write(
        file,
        ifExists,
        data -> {
          data.writeUTF(StrictConfig.toJson(new Header(first.protocol(), users.length, labels)));
          write(data, users, counting(users.length));
          int[] above = new int[users.length];
          for (Ranks.Column column : ranks.columns()) {
            above = write(data, numbers(column, TargetRank::above), above);
          }
          int[] tied = new int[users.length];
          for (Ranks.Column column : ranks.columns()) {
            tied = write(data, numbers(column, TargetRank::tied), tied);
          }
        });
  }

  private static int[] numbers(Ranks.Column column, ToIntFunction<TargetRank> number) {
    return column.metrics().ranks().stream().mapToInt(number).toArray();
  }

  private static int[] counting(int users) {
    int[] counting = new int[users];
    Arrays.setAll(counting, i -> i);
    return counting;
  }

  private static int[] write(OutputStream out, int[] numbers, int[] before) throws IOException {
    int[] coded = new int[numbers.length];
    for (int i = 0; i < coded.length; i++) {
      int difference = numbers[i] - before[i];
      coded[i] = difference << 1 ^ difference >> 31;
    }
    PackedFile.writeInts(out, coded);
    return numbers;
  }

  /**
   * Reads a file.
   *
   * @throws GenRecException {@code [GR/CorruptResult]} if it is damaged
   */
  static Ranks read(Path file) {
    return PackedFile.read(file, PackedFile.onlyForIntervals("ranks", file), in -> read(file, in));
  }

  private static Ranks read(Path file, DataInputStream in) throws IOException {
    Header header = StrictConfig.parse(file.toString(), in.readUTF()).as(Header.class);
    int count = header.columns().size();
    int[] users = read(in, counting(header.users()));
    List<int[]> above = read(in, count, header.users());
    List<int[]> tied = read(in, count, header.users());
    List<Ranks.Column> columns = new ArrayList<>();
    for (int column = 0; column < count; column++) {
      RankingMetrics metrics = new RankingMetrics(header.protocol());
      for (int i = 0; i < users.length; i++) {
        metrics.add(users[i], new TargetRank(above.get(column)[i], tied.get(column)[i]));
      }
      Label label = header.columns().get(column);
      columns.add(new Ranks.Column(label.requestTime(), label.removed(), metrics));
    }
    return new Ranks(columns);
  }

  private static List<int[]> read(DataInputStream in, int columns, int users) throws IOException {
    List<int[]> all = new ArrayList<>();
    int[] before = new int[users];
    for (int column = 0; column < columns; column++) {
      before = read(in, before);
      all.add(before);
    }
    return all;
  }

  private static int[] read(DataInputStream in, int[] before) throws IOException {
    int[] coded = PackedFile.readInts(in, before.length);
    int[] numbers = new int[coded.length];
    Arrays.setAll(numbers, i -> before[i] + (coded[i] >>> 1 ^ -(coded[i] & 1)));
    return numbers;
  }
}
