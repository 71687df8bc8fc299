package io.genrec.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import io.genrec.api.GenRecException;
import io.genrec.api.storage.IfExists;
import io.genrec.engine.evaluation.OutcomeScores;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PredictionsFileTest {
  private static final int IMPRESSIONS = 4000;

  @TempDir Path folder = Path.of("");

  /** Predictions that are right in the mean: what comes has the chance that was given. */
  private static Predictions predictions() {
    Random random = new Random(3);
    int[] users = new int[IMPRESSIONS];
    float[] logits = new float[IMPRESSIONS];
    float[] outcomes = new float[IMPRESSIONS];
    for (int i = 0; i < IMPRESSIONS; i++) {
      users[i] = 70_000 * (i / 40) - 5 * (i / 1000);
      logits[i] = (float) (1.5 * random.nextGaussian());
      outcomes[i] = random.nextDouble() < 1 / (1 + Math.exp(-logits[i])) ? 1 : 0;
    }
    logits[0] = 1e9f;
    logits[1] = -1e9f;
    outcomes[0] = 1;
    outcomes[1] = 0;
    OutcomeScores scores = new OutcomeScores(users, logits, outcomes);
    OutcomeScores few = new OutcomeScores(new int[] {4}, new float[] {-0.5f}, new float[] {1});
    return new Predictions(
        List.of(
            new Predictions.Column("m", "all", "click", scores),
            new Predictions.Column("m", "all", "like", few)));
  }

  @Test
  void keepsUsersAndOutcomesAndLogitsToA64th() throws IOException {
    Path file = folder.resolve("some.predictions");
    Predictions before = predictions();
    PredictionsFile.write(file, IfExists.FAIL, before);
    Predictions after = PredictionsFile.read(file);

    OutcomeScores first = before.find("all", "click").orElseThrow();
    OutcomeScores second = after.find("all", "click").orElseThrow();
    assertThat(second.users()).isEqualTo(first.users());
    assertThat(second.outcomes()).isEqualTo(first.outcomes());
    for (int i = 2; i < IMPRESSIONS; i++) {
      assertThat(second.logits()[i]).isCloseTo(first.logits()[i], offset(1 / 128f));
    }
    assertThat(second.logits()[0]).isEqualTo(Short.MAX_VALUE / 64f);
    assertThat(second.logits()[1]).isEqualTo(Short.MIN_VALUE / 64f);
    assertThat(second.auc()).isCloseTo(first.auc(), offset(1e-4));
    assertThat(second.normalisedEntropy()).isCloseTo(first.normalisedEntropy(), offset(1e-4));
    assertThat(after.find("all", "like").orElseThrow().logits()).containsExactly(-0.5f);
    assertThat(after.find("none", "like")).isEmpty();
    assertThat(Files.size(file)).isLessThan(3L * IMPRESSIONS);
  }

  @Test
  void damageIsNamed() throws IOException {
    Path file = folder.resolve("some.predictions");
    PredictionsFile.write(file, IfExists.FAIL, predictions());
    byte[] bytes = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(bytes, bytes.length / 2));
    assertThatThrownBy(() -> PredictionsFile.read(file))
        .isInstanceOf(GenRecException.class)
        .hasMessageContainingAll("[GR/CorruptResult]", "some.predictions", "delete the file");
  }
}
