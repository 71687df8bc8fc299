package io.genrec.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.genrec.gpsd.UserScores;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ScoresFileTest {
  private static final int USERS = 7000;

  @TempDir private Path folder = Path.of("");

  /** Some of them equal. */
  private static UserScores scores(long seed) {
    Random random = new Random(seed);
    float[] targets = new float[USERS];
    float[] negatives = new float[USERS];
    for (int i = 0; i < USERS; i++) {
      targets[i] = (float) random.nextGaussian() + 0.3f;
      negatives[i] = i % 5 == 0 ? targets[i / 2] : (float) random.nextGaussian();
    }
    return new UserScores(targets, negatives);
  }

  @Test
  void keepsTheOrderExactlyInLittleSpace() throws IOException {
    UserScores one = scores(1);
    UserScores other = scores(2);
    Path file = folder.resolve("a.scores");
    ScoresFile.write(file, one);
    UserScores read = ScoresFile.read(file);
    assertThat(read.auc()).isEqualTo(one.auc());
    assertThat(UserScores.difference(List.of(read), List.of(other), 20, 5))
        .isEqualTo(UserScores.difference(List.of(one), List.of(other), 20, 5));
    for (int i = 0; i < 500; i++) {
      for (int j = 0; j < 500; j++) {
        assertThat(Float.compare(read.targets()[i], read.negatives()[j]))
            .isEqualTo(Float.compare(one.targets()[i], one.negatives()[j]));
      }
    }
    assertThat(Files.size(file)).isLessThan(26_000);
  }

  @Test
  void damageIsFound() throws IOException {
    Path file = folder.resolve("a.scores");
    ScoresFile.write(file, scores(3));
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length / 2] ^= 1;
    Files.write(file, bytes);
    assertThatThrownBy(() -> ScoresFile.read(file)).hasMessageContaining("[GR/CorruptResult]");
    Files.write(file, Arrays.copyOf(bytes, bytes.length / 3));
    assertThatThrownBy(() -> ScoresFile.read(file)).hasMessageContaining("[GR/CorruptResult]");
    Files.delete(file);
    assertThatThrownBy(() -> ScoresFile.read(file)).hasMessageContaining("[GR/CorruptResult]");
  }
}
