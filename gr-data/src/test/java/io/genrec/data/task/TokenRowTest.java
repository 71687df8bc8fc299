package io.genrec.data.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.genrec.api.sequence.Batch;
import io.genrec.api.sequence.History;
import io.genrec.api.sequence.Role;
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
}
