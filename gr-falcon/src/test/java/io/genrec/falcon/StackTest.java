package io.genrec.falcon;

import static org.assertj.core.api.Assertions.assertThat;

import io.genrec.api.sequence.Batch;
import io.genrec.api.sequence.Batch.Column;
import java.nio.FloatBuffer;
import java.util.List;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.Test;

class StackTest {
  private static Column column(Batch batch, String name, float first, long... size) {
    FloatBuffer values = batch.floats(name, size);
    for (int i = 0; i < values.capacity(); i++) {
      values.put(i, first + i);
    }
    return batch.column(name);
  }

  /** By index arithmetic of its own. */
  private static void check(int axis, long[] a, long[] b, long[] whole) {
    try (RootAllocator memory = new RootAllocator();
        Batch batch = new Batch(memory)) {
      List<Column> parts = List.of(column(batch, "a", 1, a), column(batch, "b", 1000, b));
      Column stacked = Stack.of(batch, "both", parts, axis);
      assertThat(stacked.size()).containsExactly(whole);
      FloatBuffer values = stacked.bytes().asFloatBuffer();
      for (int i = 0; i < whole[0]; i++) {
        long[] size = parts.get(i).size();
        for (int j = 0; j < whole[1]; j++) {
          for (int k = 0; k < whole[2]; k++) {
            boolean inside = j < size[1] && k < size[2];
            float expected =
                inside ? parts.get(i).bytes().asFloatBuffer().get((int) (j * size[2] + k)) : 0;
            assertThat(values.get((int) ((i * whole[1] + j) * whole[2] + k))).isEqualTo(expected);
          }
        }
      }
    }
  }

  @Test
  void shorterOnesAreFollowedByZeros() {
    check(1, new long[] {1, 2, 3}, new long[] {1, 4, 3}, new long[] {2, 4, 3});
    check(2, new long[] {1, 3, 5}, new long[] {1, 3, 2}, new long[] {2, 3, 5});
    check(0, new long[] {1, 3, 2}, new long[] {1, 3, 2}, new long[] {2, 3, 2});
  }

  @Test
  void microBatchesAreFewAndEven() {
    assertThat(MicroBatches.of(10, 4).stream().map(MicroBatches.Range::size))
        .containsExactly(3, 3, 4);
    assertThat(MicroBatches.of(8, 4))
        .containsExactly(new MicroBatches.Range(0, 4), new MicroBatches.Range(4, 8));
    assertThat(MicroBatches.of(0, 4)).isEmpty();
    assertThat(MicroBatches.of(3, Integer.MAX_VALUE)).hasSize(1);
  }
}
