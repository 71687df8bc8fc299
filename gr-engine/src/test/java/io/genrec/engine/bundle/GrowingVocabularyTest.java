package io.genrec.engine.bundle;

import static org.assertj.core.api.Assertions.assertThat;

import io.genrec.api.sequence.History;
import io.genrec.api.storage.VocabularyFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which items get rows in service, and what is written of them for the next run. */
class GrowingVocabularyTest {
  @TempDir private Path folder = Path.of("");

  /** Rows in order, as {@code id:count:total:last}; a number that is not known is empty. */
  private List<String> written(GrowingVocabulary items, String name, BufferAllocator memory) {
    Path file = folder.resolve(name);
    items.write(file, memory);
    VocabularyFile read = VocabularyFile.read(file, memory);
    List<String> rows = new ArrayList<>();
    for (int row = 1; row <= read.size(); row++) {
      rows.add(
          read.id(row)
              + ":"
              + read.count(row)
              + ":"
              + number(read, VocabularyFile.TOTAL, row)
              + ":"
              + number(read, VocabularyFile.LAST, row));
    }
    return rows;
  }

  private static String number(VocabularyFile file, String column, int row) {
    long value = file.number(column, row);
    return value == VocabularyFile.ABSENT ? "" : String.valueOf(value);
  }

  /** What evictions are decided by passes through service, however often. */
  @Test
  void numbersOfEarlierLogsAndTimesOfNewItemsAreWritten() {
    try (BufferAllocator memory = new RootAllocator()) {
      Path plain = SmallModel.vocabulary(folder.resolve("plain.arrow"), "i", 2, memory);
      GrowingVocabulary first = new GrowingVocabulary(VocabularyFile.read(plain, memory), 2, 2);
      // Row r has 7 r mod 11 events.
      assertThat(written(first, "first.arrow", memory)).containsExactly("i1:7::", "i2:3::");
      assertThat(first.see("a", 500)).isZero();
      assertThat(first.see("a", 400)).isEqualTo(3);
      assertThat(first.see("i1", 900)).isEqualTo(1);
      assertThat(first.see("b", History.NO_TIME)).isZero();
      assertThat(first.see("b", History.NO_TIME)).isEqualTo(4);
      assertThat(written(first, "second.arrow", memory))
          .containsExactly("i1:7::", "i2:3::", "a:2:0:500", "b:2:0:");

      VocabularyFile grown = VocabularyFile.read(folder.resolve("second.arrow"), memory);
      GrowingVocabulary second = new GrowingVocabulary(grown, 1, 1);
      assertThat(second.see("a", 700)).isEqualTo(3);
      assertThat(second.see("c", 650)).isEqualTo(5);
      assertThat(second.see("c", 640)).isEqualTo(5);
      assertThat(written(second, "third.arrow", memory))
          .containsExactly("i1:7::", "i2:3::", "a:2:0:500", "b:2:0:", "c:2:0:650");
    }
  }
}
