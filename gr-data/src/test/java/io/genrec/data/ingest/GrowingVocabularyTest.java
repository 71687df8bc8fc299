package io.genrec.data.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.genrec.api.GenRecException;
import io.genrec.api.storage.VocabularyFile;
import io.genrec.data.DatasetFiles;
import io.genrec.data.DatasetInfo;
import io.genrec.data.DatasetSplit;
import io.genrec.data.SequenceDataset;
import io.genrec.data.Split;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which items get rows, and whose rows are given to others. */
class GrowingVocabularyTest {
  @TempDir Path folder = Path.of("");
  private RawData raw = new RawData(Path.of(""));

  @BeforeEach
  void folder() {
    raw = new RawData(folder);
  }

  /** A log of one user: each letter an item, one after the other from a time on. */
  private void log(String file, long from, String items) {
    StringBuilder csv = new StringBuilder("u,i,t\n");
    for (int i = 0; i < items.length(); i++) {
      csv.append("1,").append(items.charAt(i)).append(',').append(from + i).append('\n');
    }
    raw.write(file, csv.toString());
  }

  private DatasetInfo first(String rule) {
    return raw.run(RawData.csv("one.csv", "'vocabulary': " + rule), "one");
  }

  private DatasetInfo next(String from, String file, String rule, String out) {
    return raw.ingest(RawData.csv(file, "'vocabulary': " + rule))
        .continuing(folder.resolve(from))
        .run(folder.resolve(out));
  }

  /** Rows in order, as {@code id:count:total:last}. */
  private List<String> rows(String dataset) {
    try (BufferAllocator memory = new RootAllocator()) {
      VocabularyFile items = SequenceDataset.vocabulary(folder.resolve(dataset), "item", memory);
      List<String> rows = new ArrayList<>();
      for (int row = 1; row <= items.size(); row++) {
        rows.add(
            "%s:%d:%d:%d"
                .formatted(
                    items.id(row),
                    items.count(row),
                    items.number(VocabularyFile.TOTAL, row),
                    items.number(VocabularyFile.LAST, row)));
      }
      return rows;
    }
  }

  private List<Integer> events(String dataset) {
    try (BufferAllocator memory = new RootAllocator();
        SequenceDataset data = SequenceDataset.open(folder.resolve(dataset), memory, true)) {
      List<Integer> rows = new ArrayList<>();
      for (int event = 0; event < data.length(0); event++) {
        rows.add(data.item(0, event));
      }
      return rows;
    }
  }

  @Test
  void anItemGetsARowAfterEnoughEventsOfAllLogs() {
    log("one.csv", 100, "aabbc");
    DatasetInfo one = first("{'admit': 2}");
    assertThat(one.growth()).isEqualTo(new DatasetInfo.Growth(0, 2, 0, 1));
    assertThat(rows("one")).containsExactly("a:2:2:101", "b:2:2:103");
    assertThat(events("one")).containsExactly(1, 1, 2, 2, 0);

    // c's second event; d's first. a is not seen and stays where it is.
    log("two.csv", 200, "bcd");
    DatasetInfo two = next("one", "two.csv", "{'admit': 2}", "two");
    assertThat(two.growth()).isEqualTo(new DatasetInfo.Growth(2, 1, 0, 1));
    assertThat(rows("two")).containsExactly("a:0:2:101", "b:1:3:200", "c:1:2:201");
    assertThat(events("two")).containsExactly(2, 3, 0);
    assertThat(two.counts().items()).isEqualTo(3);
    assertThat(two.previous()).isEqualTo(one.contentHash());
  }

  @Test
  void aLogWithoutARuleTakesPartInTheCounts() {
    log("one.csv", 100, "aabbc");
    first("{'admit': 2}");
    log("two.csv", 200, "bd");
    raw.ingest(RawData.csv("two.csv", ""))
        .continuing(folder.resolve("one"))
        .run(folder.resolve("two"));
    assertThat(rows("two")).containsExactly("a:0:2:101", "b:1:3:200", "d:1:1:201");
    // So it is known a log later that c was there once, and that a was longest ago.
    log("three.csv", 300, "c");
    next("two", "three.csv", "{'admit': 2}", "three");
    assertThat(rows("three")).containsExactly("a:0:2:101", "b:0:3:200", "d:0:1:201", "c:1:2:300");
    next("two", "three.csv", "{'limit': 3, 'evict': 'oldest'}", "age");
    assertThat(rows("age")).containsExactly("c:1:2:300", "b:0:3:200", "d:0:1:201");
  }

  @Test
  void whatHasNoRowIsNoTargetAndIsNotPopular() {
    log("one.csv", 100, "aacaac");
    first("{'admit': 3}");
    try (BufferAllocator memory = new RootAllocator();
        SequenceDataset data = SequenceDataset.open(folder.resolve("one"), memory, true)) {
      assertThat(Split.meta().of(data).target(0, Split.Part.TEST)).isEqualTo(DatasetSplit.NONE);
      assertThat(Split.strict().of(data).target(0, Split.Part.VALIDATION)).isEqualTo(4);
      assertThat(Split.meta().of(data).popularity()).containsExactly(0, 4);
    }
  }

  @Test
  void theOldestOrTheRarestIdleItemGivesItsRowAway() {
    log("one.csv", 100, "abbbcccc");
    log("old.csv", 50, "d");
    first("{'limit': 3, 'evict': 'oldest'}");
    // Only b has no event now; all other rows stay.
    log("two.csv", 200, "acd");
    DatasetInfo two = next("one", "two.csv", "{'limit': 3, 'evict': 'oldest'}", "two");
    assertThat(two.growth()).isEqualTo(new DatasetInfo.Growth(2, 1, 1, 0));
    assertThat(rows("two")).containsExactly("a:1:2:200", "d:1:1:202", "c:1:5:201");
    assertThat(events("two")).containsExactly(1, 3, 2);

    // All three are idle: by age a goes, by frequency d.
    log("three.csv", 300, "e");
    next("two", "three.csv", "{'limit': 3, 'evict': 'oldest'}", "age");
    assertThat(rows("age")).containsExactly("e:1:1:300", "d:0:1:202", "c:0:5:201");
    next("two", "three.csv", "{'limit': 3, 'evict': 'rarest'}", "frequency");
    assertThat(rows("frequency")).containsExactly("a:0:2:200", "e:1:1:300", "c:0:5:201");

    // Who comes back begins anew, at the end of what is known of it.
    log("four.csv", 400, "a");
    next("age", "four.csv", "{'limit': 3, 'evict': 'oldest'}", "back");
    assertThat(rows("back")).containsExactly("e:0:1:300", "d:0:1:202", "a:1:1:400");
  }

  @Test
  void aVocabularyOverItsLimitIsAnError() {
    log("one.csv", 100, "abcd");
    refused(() -> first("{'limit': 3}"))
        .hasMessageContainingAll("4 rows", "limit of 3", "0 kept, 4 new", "raise limit or admit");
    first("{'limit': 4}");
    // Every row is in use, so nothing can be evicted.
    log("two.csv", 200, "abcde");
    refused(() -> next("one", "two.csv", "{'limit': 4, 'evict': 'oldest'}", "two"))
        .hasMessageContainingAll("5 rows", "limit of 4", "4 kept, 1 new, 0 that may be reused");
    // Idle items are there, but none may be evicted.
    log("three.csv", 200, "e");
    refused(() -> next("one", "three.csv", "{'limit': 4}", "two"))
        .hasMessageContaining("evict is never");
    // A limit below what is kept cannot be reached without moving rows.
    refused(() -> next("one", "three.csv", "{'limit': 3, 'evict': 'oldest'}", "two"))
        .hasMessageContaining("limit of 3");
    assertThat(folder.resolve("two")).doesNotExist();
  }

  @Test
  void aBundlesRowsAreKeptToo() throws IOException {
    log("one.csv", 100, "aabbc");
    first("{'admit': 2}");
    Path bundle = Files.createDirectory(folder.resolve("bundle"));
    Files.copy(
        folder.resolve("one").resolve(DatasetFiles.vocabulary("item")),
        bundle.resolve("vocabulary.arrow"));
    // Nobody remembers c's first event here.
    log("two.csv", 200, "cd");
    next("bundle", "two.csv", "{'admit': 1}", "two");
    assertThat(rows("two")).containsExactly("a:0:2:101", "b:0:2:103", "c:1:1:200", "d:1:1:201");
    assertThatThrownBy(() -> next("nowhere", "two.csv", "{}", "three"))
        .isInstanceOf(GenRecException.class)
        .hasMessageContainingAll("[GR/MissingFile]", "nowhere", "vocabulary-item.arrow");
  }

  @Test
  void refusesARuleThatCannotHold() {
    log("one.csv", 100, "a");
    assertThatThrownBy(() -> first("{'admit': 0}")).hasMessageContaining("admit must be at least");
    assertThatThrownBy(() -> first("{'limit': 0}")).hasMessageContaining("limit must be at least");
    assertThatThrownBy(() -> first("{'evict': 'oldest'}")).hasMessageContaining("set limit too");
  }

  private static AbstractThrowableAssert<?, ? extends Throwable> refused(
      org.assertj.core.api.ThrowableAssert.ThrowingCallable run) {
    return assertThatThrownBy(run)
        .isInstanceOfSatisfying(
            GenRecException.class, e -> assertThat(e.id()).isEqualTo("VocabularyLimit"));
  }
}
