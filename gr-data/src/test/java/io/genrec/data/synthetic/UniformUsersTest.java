package io.genrec.data.synthetic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.genrec.data.DatasetFiles;
import io.genrec.data.SequenceDataset;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UniformUsersTest {
  private static final int USERS = 9_000;
  private static final int EVENTS = 30;
  private static final int ITEMS = 50;

  @Test
  void areADataSetThatIsWrittenByBatchesAndReadInPlace(@TempDir Path folder) throws Exception {
    try (BufferAllocator memory = new RootAllocator()) {
      new UniformUsers(USERS, EVENTS, ITEMS).write(folder, memory);
      long bytes = Files.size(folder.resolve(DatasetFiles.SEQUENCES));
      assertThat(bytes).isGreaterThan(12L * USERS * EVENTS);
      // Buffers double as they grow, but never hold two of the three batches.
      assertThat(memory.getPeakMemoryAllocation()).isLessThan(bytes);

      long[] chosen = new long[ITEMS + 1];
      try (SequenceDataset data = SequenceDataset.open(folder, memory, true)) {
        assertThat(data.users()).isEqualTo(USERS);
        assertThat(data.items()).isEqualTo(ITEMS);
        for (int user = 0; user < USERS; user++) {
          assertThat(data.length(user)).isEqualTo(EVENTS);
          for (int event = 0; event < EVENTS; event++) {
            chosen[data.item(user, event)]++;
          }
        }
        assertThat(data.user(USERS - 1)).isEqualTo("user" + (USERS - 1));
        // Opening has checked that times ascend and that rows are in the vocabulary.
        assertThat(data.time(4_097, 1)).isNotEqualTo(data.time(4_098, 1));
        // What belongs to the ties' order is a copy, since the file is not written to.
        try (SequenceDataset shuffled = data.shuffleTies(1, memory)) {
          assertThat(shuffled.length(5)).isEqualTo(EVENTS);
        }
      }
      assertThat(chosen[0]).isZero();
      for (int item = 1; item <= ITEMS; item++) {
        // 5,400 of each, give or take five standard deviations.
        assertThat(chosen[item]).isBetween(5_000L, 5_800L);
      }
      assertThat(memory.getAllocatedMemory()).isZero();
    }
  }

  @Test
  void equalSizesGiveEqualFiles(@TempDir Path one, @TempDir Path two) throws Exception {
    try (BufferAllocator memory = new RootAllocator()) {
      new UniformUsers(10, 3, 4).write(one, memory);
      new UniformUsers(10, 3, 4).write(two, memory);
    }
    for (String file : new String[] {DatasetFiles.SEQUENCES, DatasetFiles.INFO}) {
      assertThat(two.resolve(file)).hasSameBinaryContentAs(one.resolve(file));
    }
    assertThatThrownBy(() -> new UniformUsers(0, 1, 1)).hasMessageContaining("at least 1");
  }
}
