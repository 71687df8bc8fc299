package io.genrec.data.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.genrec.api.sequence.Batch;
import io.genrec.api.sequence.History;
import io.genrec.api.sequence.Role;
import io.genrec.api.sequence.TokenColumns;
import io.genrec.api.sequence.TokenRow;
import java.util.List;
import java.util.stream.LongStream;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.Test;

class TokenRowTest {
  private static long[] longs(Batch batch, String name) {
    var values = batch.column(name).bytes().asLongBuffer();
    return LongStream.range(0, values.capacity()).map(i -> values.get((int) i)).toArray();
  }

  @Test
  void countsTokensByRole() {
    try (var memory = new RootAllocator();
        var batch = new Batch(memory)) {
      TokenRow row = new TokenRow(batch, 2, 5, List.of("item"), List.of());
      row.at(0).token(Role.CONTEXT, 0, History.NO_TIME, 90);
      row.token(Role.EVENT, 1, 10, 10).token(Role.ACTION, 2, 10, 90);
      row.token(Role.CANDIDATE, 3, 90, 90).token(Role.CANDIDATE, 4, 90, 90);
      row.at(1).token(0, 5, 7);

      assertThat(longs(batch, "tokens/role")).containsExactly(0, 1, 2, 3, 3, 1, 0, 0, 0, 0);
      assertThat(longs(batch, "tokens/length")).containsExactly(5, 1);
      assertThat(longs(batch, "sequence/history")).containsExactly(3, 1);
      assertThat(longs(batch, "sequence/context")).containsExactly(1, 0);
      assertThat(longs(batch, "sequence/candidates")).containsExactly(2, 0);
      assertThat(longs(batch, "sequence/request_time")).containsExactly(90, 7);
    }
  }

  @Test
  void writingATokenAgainChangesItAndCountsItOnce() {
    try (var memory = new RootAllocator();
        var batch = new Batch(memory)) {
      TokenRow row = new TokenRow(batch, 1, 2, List.of("item"), List.of()).at(0);
      row.token(0, 5, 7).token(0, 6, 8);
      assertThat(longs(batch, "tokens/time")).containsExactly(6, 0);
      assertThat(longs(batch, "tokens/length")).containsExactly(1);
      assertThat(longs(batch, "sequence/request_time")).containsExactly(8);
      assertThatThrownBy(() -> row.token(2, 1, 1)).isInstanceOf(IndexOutOfBoundsException.class);
    }
  }

  /** What is used before the time is input alone, whatever its task writes. */
  @Test
  void targetsFromBeforeATimeHaveNoWeight() {
    try (var memory = new RootAllocator();
        var batch = new Batch(memory)) {
      TokenColumns columns =
          new TokenColumns(List.of("item"), List.of(), List.of("item"), List.of("click"));
      TokenRow row = new TokenRow(batch, 1, 4, columns).learnedFrom(20).at(0);
      long[] usedAt = {History.NO_TIME, 19, 20, 21};
      for (int slot = 0; slot < 4; slot++) {
        row.token(slot, 1, usedAt[slot]).target("item", slot, 7, 1).label("click", slot, 1, 1);
      }
      assertThat(floats(batch, "targets/weight")).containsExactly(0, 0, 1, 1);
      assertThat(floats(batch, "label_weights/click")).containsExactly(0, 0, 1, 1);
      assertThat(floats(batch, "labels/click")).containsExactly(1, 1, 1, 1);
    }
  }

  private static float[] floats(Batch batch, String name) {
    var values = batch.column(name).bytes().asFloatBuffer();
    float[] copy = new float[values.remaining()];
    values.get(copy);
    return copy;
  }

  /** Tokens that stay keep their places and what they are to predict; the others leave no trace. */
  @Test
  void tokensThatAreLeftOutCloseUp() {
    try (var memory = new RootAllocator();
        var batch = new Batch(memory)) {
      TokenColumns columns =
          new TokenColumns(List.of("item"), List.of("price"), List.of("item"), List.of("click"));
      TokenRow row = new TokenRow(batch, 2, 4, columns, true);
      for (int sequence = 0; sequence < 2; sequence++) {
        row.at(sequence);
        if (sequence == 0) {
          row.only(new int[] {0, 2, 3, 4}, 5);
        }
        for (int slot = 0; slot < (sequence == 0 ? 5 : 2); slot++) {
          Role role = slot < 3 ? Role.EVENT : Role.CANDIDATE;
          row.token(role, slot, 10 * slot, 10 * slot + 1);
          row.feature("item", slot, slot + 1).number("price", slot, slot);
          row.target("item", slot, slot + 2, 1).label("click", slot, 1, slot);
        }
      }
      assertThat(longs(batch, "tokens/item")).containsExactly(1, 3, 4, 5, 1, 2, 0, 0);
      // Both candidates stand at the place after all three events.
      assertThat(longs(batch, "tokens/position")).containsExactly(0, 2, 3, 3, 0, 1, 0, 0);
      assertThat(longs(batch, "tokens/time")).containsExactly(0, 20, 30, 40, 0, 10, 0, 0);
      assertThat(longs(batch, "targets/item")).containsExactly(2, 4, 5, 6, 2, 3, 0, 0);
      assertThat(longs(batch, "tokens/length")).containsExactly(4, 2);
      assertThat(longs(batch, "sequence/history")).containsExactly(3, 2);
      assertThat(longs(batch, "sequence/request_time")).containsExactly(41, 11);
      float[] weights = new float[8];
      batch.column("label_weights/click").bytes().asFloatBuffer().get(weights);
      assertThat(weights).containsExactly(0, 2, 3, 4, 0, 1, 0, 0);
      TokenRow whole = new TokenRow(batch, 1, 2, columns).at(0);
      assertThatThrownBy(() -> whole.only(new int[] {0}, 2))
          .isInstanceOf(IllegalStateException.class);
    }
  }
}
