package io.genrec.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.genrec.api.GenRecException;
import io.genrec.api.storage.IfExists;
import io.genrec.engine.evaluation.RankingMetrics;
import io.genrec.engine.evaluation.RankingProtocol;
import io.genrec.engine.evaluation.TargetRank;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RanksFileTest {
  @TempDir Path folder = Path.of("");

  private static Ranks.Column column(String time, RankingMetrics metrics) {
    return new Ranks.Column(time, "all earlier", metrics);
  }

  private static RankingMetrics metrics(int[] users, TargetRank... ranks) {
    RankingMetrics metrics = new RankingMetrics(RankingProtocol.published());
    for (int i = 0; i < users.length; i++) {
      metrics.add(users[i], ranks[i]);
    }
    return metrics;
  }

  private static void assertSame(Ranks read, Ranks written) {
    assertThat(read.columns()).hasSameSizeAs(written.columns());
    for (Ranks.Column column : written.columns()) {
      RankingMetrics found = read.find(column.requestTime(), column.removed()).orElseThrow();
      assertThat(found.protocol()).isEqualTo(column.metrics().protocol());
      assertThat(found.users()).isEqualTo(column.metrics().users());
      assertThat(found.ranks()).isEqualTo(column.metrics().ranks());
    }
  }

  @Test
  void keepsRanksTiesAndAbsentTargetsExactly() {
    Random random = new Random(4);
    int[] users = random.ints(3000, 0, 1 << 30).distinct().sorted().toArray();
    RankingMetrics[] both = {metrics(new int[0]), metrics(new int[0])};
    for (int user : users) {
      for (RankingMetrics metrics : both) {
        int above = random.nextInt(1 << 1 + random.nextInt(29));
        boolean absent = random.nextInt(50) == 0;
        metrics.add(user, absent ? TargetRank.ABSENT : new TargetRank(above, 1 + above % 3));
      }
    }
    Ranks ranks = new Ranks(List.of(column("target's", both[0]), column("last", both[1])));
    Path file = folder.resolve("x.ranks");
    RanksFile.write(file, IfExists.FAIL, ranks);

    assertSame(RanksFile.read(file), ranks);
    assertThat(ranks.find("target's", "nothing")).isEmpty();
    assertThatThrownBy(() -> RanksFile.write(file, IfExists.FAIL, ranks))
        .hasMessageContaining("[GR/OutputExists]");
  }

  @Test
  void ranksOfNobodyAreRanks() {
    Ranks nobody = new Ranks(List.of(column("target's", metrics(new int[0]))));
    Path file = folder.resolve("x.ranks");
    RanksFile.write(file, IfExists.FAIL, nobody);

    assertSame(RanksFile.read(file), nobody);
  }

  /** The bytes as the description of the format says, worked out by hand. */
  @Test
  void theFormatIsAsDescribed() throws IOException {
    int[] users = {0, 2};
    Path file = folder.resolve("x.ranks");
    RanksFile.write(
        file,
        IfExists.FAIL,
        new Ranks(
            List.of(
                column("a", metrics(users, new TargetRank(300, 1), new TargetRank(5, 2))),
                column("b", metrics(users, new TargetRank(298, 1), TargetRank.ABSENT)))));

    byte[] bytes =
        new GZIPInputStream(new ByteArrayInputStream(Files.readAllBytes(file))).readAllBytes();
    int header = (bytes[0] & 0xFF) << 8 | bytes[1] & 0xFF;
    assertThat(new String(bytes, 2, header, StandardCharsets.UTF_8))
        .contains("\"users\" : 2", "\"cutoff\" : 2500", "\"requestTime\" : \"b\"");
    assertThat(Arrays.copyOfRange(bytes, 2 + header, bytes.length))
        .containsExactly(
            // Users less 0, 1: 0 and 1, written as 0 and 2.
            new int[] {
              0, 0, 0, 0, 0, 0, 0, 2, //
              // Above: 300 and 5, written as 600 = 2 * 256 + 88 and 10.
              0, 0, 0, 0, 2, 0, 88, 10, //
              // Less those: -2 and -5, written as 3 and 9.
              0, 0, 0, 0, 0, 0, 3, 9, //
              // Tied: 1 and 2, then 0 and -2.
              0, 0, 0, 0, 0, 0, 2, 4, //
              0, 0, 0, 0, 0, 0, 0, 3
            });
  }

  @Test
  void damagedFilesAreNamed() throws IOException {
    Path file = folder.resolve("x.ranks");
    TargetRank[] ranks = new TargetRank[200];
    Arrays.setAll(ranks, i -> new TargetRank(i * i % 97, 1));
    int[] users = new int[ranks.length];
    Arrays.setAll(users, i -> i);
    RanksFile.write(
        file, IfExists.FAIL, new Ranks(List.of(column("target's", metrics(users, ranks)))));
    byte[] whole = Files.readAllBytes(file);

    byte[] changed = whole.clone();
    changed[whole.length / 2] ^= 16;
    byte[] sum = whole.clone();
    sum[whole.length - 6] ^= 1;
    for (byte[] bytes :
        List.of(
            changed,
            sum,
            Arrays.copyOf(whole, whole.length - 30),
            "ranks".getBytes(StandardCharsets.UTF_8))) {
      Files.write(file, bytes);
      assertThatThrownBy(() -> RanksFile.read(file))
          .isInstanceOf(GenRecException.class)
          .hasMessageContaining("[GR/CorruptResult] ranks " + file)
          .hasMessageContaining("delete the file");
    }
  }

  @Test
  void columnsOfOtherUsersDoNotFitTogether() {
    RankingMetrics one = metrics(new int[] {1}, TargetRank.ABSENT);
    RankingMetrics two = metrics(new int[] {2}, TargetRank.ABSENT);
    Ranks ranks = new Ranks(List.of(column("a", one), column("b", two)));

    assertThatThrownBy(() -> RanksFile.write(folder.resolve("x"), IfExists.FAIL, ranks))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("same users");
    assertThat(folder.resolve("x")).doesNotExist();
  }
}
