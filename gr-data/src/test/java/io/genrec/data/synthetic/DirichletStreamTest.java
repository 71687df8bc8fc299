package io.genrec.data.synthetic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.genrec.api.config.StrictConfig;
import io.genrec.data.DatasetSplit;
import io.genrec.data.SequenceDataset;
import io.genrec.data.Split.Part;
import io.genrec.data.TrainingHistories;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DirichletStreamTest {
  private static DirichletStream stream(String options) {
    return StrictConfig.parse("stream", options).as(DirichletStream.class);
  }

  private static List<List<Integer>> records(DirichletStream stream) {
    List<List<Integer>> all = new ArrayList<>();
    stream.forEach((record, items) -> all.add(Arrays.stream(items).boxed().toList()));
    return all;
  }

  @Test
  void theDefaultsAreThePapers() {
    DirichletStream paper = stream("{}");
    assertThat(paper.available(0)).isEqualTo(8_000);
    assertThat(paper.available(500_000)).isEqualTo(14_000);
    assertThat(paper.trainRecords()).isEqualTo(900_000);
    assertThat(paper.split().cut()).isEqualTo(900_000L * 128);
  }

  @Test
  void theSeedDecidesEverything() {
    List<List<Integer>> first = records(stream("{\"records\": 50, \"length\": 20, \"seed\": 3}"));
    assertThat(records(stream("{\"records\": 50, \"length\": 20, \"seed\": 3}"))).isEqualTo(first);
    assertThat(records(stream("{\"records\": 50, \"length\": 20, \"seed\": 4}")))
        .isNotEqualTo(first);
  }

  @Test
  void theCatalogueGrowsAndIsUsedUpToItsEnd() {
    DirichletStream stream =
        stream("{\"records\": 1000, \"length\": 64, \"items\": 200, \"categories\": 10}");
    int[] largest = new int[10];
    stream.forEach(
        (record, items) -> {
          int most = Arrays.stream(items).max().orElseThrow();
          assertThat(most).isLessThan(stream.available(record));
          largest[record / 100] = Math.max(largest[record / 100], most);
        });
    for (int tenth = 0; tenth < 10; tenth++) {
      // The last record of a tenth may draw 40 % + 60 % * share of 200 ids.
      int end = (int) (200 * (0.4 + 0.6 * (tenth * 100 + 99) / 1000.0));
      assertThat(largest[tenth]).isBetween(end - 3, end - 1);
    }
  }

  @Test
  void aRecordHasOneToFiveCategoriesEquallyOften() {
    DirichletStream stream =
        stream(
            "{\"records\": 5000, \"length\": 200, \"items\": 3000, \"leastAlpha\": 1e9, \"mostAlpha\": 1e9}");
    DirichletRecords source = new DirichletRecords(stream);
    int[] counts = new int[6];
    double[] largestShare = new double[6];
    for (int record = 0; record < stream.records(); record++) {
      int[] of = new int[stream.categories()];
      Arrays.stream(source.next()).forEach(item -> of[source.category(item)]++);
      int several = (int) Arrays.stream(of).filter(count -> count > 0).count();
      counts[several]++;
      largestShare[several] += Arrays.stream(of).max().orElseThrow() / 200.0;
    }
    // 1000 of each number are expected; a category of little weight may not occur in 200 draws.
    assertThat(counts[0]).isZero();
    assertThat(counts[1]).isBetween(900, 1150);
    assertThat(counts[5]).isBetween(800, 1100);
    // The larger of two parts of a line that is cut anywhere is 3/4 of it on average.
    assertThat(largestShare[2] / counts[2]).isCloseTo(0.75, within(0.02));
  }

  /** Each draw of a huge catalogue is another item, so different items are draws. */
  @Test
  void repetitionsFollowTheDirichletProcess() {
    DirichletStream stream =
        stream(
            """
            {"records": 4000, "length": 40, "items": 2000000, "categories": 1, "initialShare": 1,
             "leastAlpha": 7, "mostAlpha": 7}
            """);
    double expected = 0;
    double variance = 0;
    for (int t = 1; t <= 40; t++) {
      double fresh = 7 / (7 + t - 1.0);
      expected += fresh;
      variance += fresh * (1 - fresh);
    }
    List<List<Integer>> records = records(stream);
    double mean =
        records.stream()
            .mapToLong(record -> record.stream().distinct().count())
            .average()
            .orElse(0);
    assertThat(mean).isCloseTo(expected, within(4 * Math.sqrt(variance / 4000)));

    // Three of one kind: 1/(alpha+1) * 2/(alpha+2); the second and third alike but not the first:
    // alpha/(alpha+1) * 1/(alpha+2).
    double all = chance(records, record -> record.get(0), record -> record.get(2), true);
    double later = chance(records, record -> record.get(1), record -> record.get(2), false);
    assertThat(all).isCloseTo(1 / 8.0 * 2 / 9.0, within(4 * Math.sqrt(0.028 / 4000)));
    assertThat(later).isCloseTo(7 / 8.0 / 9.0, within(4 * Math.sqrt(0.097 / 4000)));
  }

  private interface Place {
    int of(List<Integer> record);
  }

  private static double chance(
      List<List<Integer>> records, Place one, Place other, boolean firstTwoAlike) {
    return records.stream()
            .filter(record -> record.get(0).equals(record.get(1)) == firstTwoAlike)
            .filter(record -> one.of(record) == other.of(record))
            .count()
        / (double) records.size();
  }

  @Test
  void aDataSetHasTheLastRecordsHeldOut(@TempDir Path folder) {
    DirichletStream stream =
        stream("{\"records\": 40, \"length\": 6, \"items\": 30, \"categories\": 4}");
    stream.write(folder.resolve("raw")).threads(1).run(folder.resolve("data"));
    List<List<Integer>> records = records(stream);
    try (BufferAllocator memory = new RootAllocator();
        SequenceDataset data = SequenceDataset.open(folder.resolve("data"), memory, true)) {
      DatasetSplit split = stream.split().of(data);
      assertThat(data.info().name()).isEqualTo(stream.name());
      assertThat(data.users()).isEqualTo(40);
      assertThat(new TrainingHistories(split).size()).isEqualTo(36);
      assertThat(split.trainEvents()).isEqualTo(36 * 6);
      assertThat(split.users(Part.TEST)).containsExactly(36, 37, 38, 39);
      assertThat(split.users(Part.VALIDATION)).isEmpty();
      for (int user : split.users(Part.TEST)) {
        assertThat(split.target(user, Part.TEST)).isEqualTo(5);
        assertThat(data.user(user)).isEqualTo(String.valueOf(user));
      }
      for (int event = 0; event < 6; event++) {
        assertThat(data.time(39, event)).isEqualTo(39 * 6 + event);
        assertThat(data.itemVocabulary(memory).id(data.item(39, event)))
            .isEqualTo(String.valueOf(records.get(39).get(event)));
      }
    }
  }

  @Test
  void refusesWhatCannotBeMade(@TempDir Path folder) {
    assertThatThrownBy(() -> stream("{\"mostAlpha\": 0.5}")).hasMessageContaining("mostAlpha");
    assertThatThrownBy(() -> stream("{\"trainShare\": 1.5}")).hasMessageContaining("trainShare");
    assertThatThrownBy(() -> stream("{\"items\": 2}")).hasMessageContaining("initialShare");
    DirichletStream small = stream("{\"records\": 1, \"length\": 1}");
    Path file = folder.resolve("file");
    small.write(folder).threads(1).run(file);
    assertThatThrownBy(() -> small.write(file.resolve("dataset.json/raw")))
        .hasMessageContaining("[GR/CannotWrite]");
  }
}
