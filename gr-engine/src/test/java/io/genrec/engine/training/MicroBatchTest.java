package io.genrec.engine.training;

import static org.assertj.core.api.Assertions.assertThat;

import io.genrec.engine.runtime.NativeKernels;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MicroBatchTest {
  private static final int MAX_LENGTH = 50;

  private static List<MicroBatch> cut(int[] lengths, int tokens, int step) {
    return MicroBatch.cut(
        lengths,
        MAX_LENGTH,
        new TrainingSettings(16, tokens, 2, step, false, NativeKernels.Use.ONNX));
  }

  private static int tokens(MicroBatch piece) {
    return piece.members().size() * piece.length();
  }

  private static int padded(int length, int step) {
    return Math.min(MAX_LENGTH, (length + step - 1) / step * step);
  }

  @ParameterizedTest
  @ValueSource(ints = {40, 64, 100, 200, 400, 10_000})
  void piecesAreOfLikeSize(int most) {
    Random random = new Random(most);
    for (int round = 0; round < 40; round++) {
      int[] lengths = random.ints(1 + random.nextInt(24), 0, MAX_LENGTH + 1).toArray();
      int step = 1 + random.nextInt(8);
      List<MicroBatch> cuts = cut(lengths, most, step);
      List<Integer> members = new ArrayList<>();
      for (MicroBatch piece : cuts) {
        members.addAll(piece.members());
        assertThat(piece.length()).isEqualTo(padded(lengths[piece.members().get(0)], step));
        assertThat(piece.members().size() == 1 || tokens(piece) <= most).isTrue();
      }
      int[] sorted = members.stream().mapToInt(i -> lengths[i]).toArray();
      assertThat(members).doesNotHaveDuplicates();
      assertThat(sorted).doesNotContain(0);
      assertThat(sorted.length).isEqualTo((int) Arrays.stream(lengths).filter(n -> n > 0).count());
      int[] padded = Arrays.stream(sorted).map(length -> padded(length, step)).toArray();
      for (int i = 1; i < sorted.length; i++) {
        assertThat(sorted[i]).isLessThanOrEqualTo(sorted[i - 1]);
      }
      if (padded.length == 0 || padded[0] > most) {
        continue; // Nothing, or a sequence that is longer than a piece may be.
      }
      int fewest = 1;
      while (largest(padded, fewest) > most) {
        fewest++;
      }
      int wanted = fewest == 1 ? 1 : fewest + fewest % 2;
      int pieces = Math.min(wanted, padded.length);
      assertThat(cuts.size()).isBetween(fewest, pieces);
      assertThat(cuts.stream().mapToInt(MicroBatchTest::tokens).max().orElseThrow())
          .isEqualTo(largest(padded, pieces));
    }
  }

  /** The tokens of the largest piece of the best cut, by trying all cuts into so many pieces. */
  private static int largest(int[] padded, int pieces) {
    int n = padded.length;
    int[] best = new int[n + 1];
    Arrays.fill(best, Integer.MAX_VALUE);
    best[0] = 0;
    for (int piece = 0; piece < pieces; piece++) {
      int[] next = best.clone();
      for (int to = 1; to <= n; to++) {
        for (int from = 0; from < to; from++) {
          if (best[from] < Integer.MAX_VALUE) {
            next[to] = Math.min(next[to], Math.max(best[from], (to - from) * padded[from]));
          }
        }
      }
      best = next;
    }
    return best[n];
  }

  @Test
  void likeLengthsKeepTheirOrder() {
    List<MicroBatch> cuts = cut(new int[] {3, 5, 0, 3, 5, 3}, 10, 1);
    assertThat(cuts)
        .containsExactly(new MicroBatch(List.of(1, 4), 5), new MicroBatch(List.of(0, 3, 5), 3));
  }

  @Test
  void nothingIsCutIntoNothing() {
    assertThat(cut(new int[] {0, 0}, 10, 1)).isEmpty();
  }
}
