package io.genrec.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.genrec.api.GenRecException;
import io.genrec.data.Split.Part;
import io.genrec.data.ingest.Presets;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SequenceDatasetTest {
  @TempDir Path folder = Path.of("");
  private final BufferAllocator allocator = new RootAllocator();

  /** a: 4 events, the last three tied; b: 2; c: 1; d: 3. */
  @BeforeEach
  void ingest() throws Exception {
    Files.writeString(
        folder.resolve("ratings.csv"),
        """
        userId,movieId,rating,timestamp
        a,1,1,10
        a,2,2,20
        a,3,3,20
        a,1,4,20
        b,2,5,30
        b,3,6,40
        c,1,7,50
        d,3,8,5
        d,1,9,15
        d,2,10,25
        """);
    Presets.of("ml-20m", folder).threads(1).run(folder.resolve("out"));
  }

  @AfterEach
  void allMemoryIsGivenBack() {
    assertThat(allocator.getAllocatedMemory()).isZero();
    allocator.close();
  }

  private SequenceDataset open() {
    return SequenceDataset.open(folder.resolve("out"), allocator, true);
  }

  @Test
  void givesHistories() {
    try (SequenceDataset data = open()) {
      assertThat(data.users()).isEqualTo(4);
      assertThat(data.items()).isEqualTo(3);
      assertThat(data.events()).isEqualTo(10);
      assertThat(data.user(3)).isEqualTo("d");
      assertThat(data.find("d")).hasValue(3);
      assertThat(data.find("x")).isEmpty();
      assertThat(data.length(0)).isEqualTo(4);
      assertThat(data.item(3, 0)).isEqualTo(3);
      assertThat(data.time(3, 2)).isEqualTo(25);
      assertThat(data.categorical("item").get(3, 1)).isEqualTo(1);
      assertThat(data.numeric("rating").get(3, 2)).isEqualTo(10f);
      assertThat(data.tied(0, 0)).isFalse();
      assertThat(data.tied(0, 1)).isFalse();
      assertThat(data.tied(0, 2)).isTrue();
    }
  }

  @Test
  void copiesRuns() {
    try (SequenceDataset data = open();
        ArrowBuf target = allocator.buffer(32)) {
      data.copyItems(0, 1, 4, target, 4);
      assertThat(List.of(target.getInt(4), target.getInt(8), target.getInt(12)))
          .containsExactly(2, 3, 1);
      data.copyTimes(3, 1, 3, target, 0);
      assertThat(List.of(target.getLong(0), target.getLong(8))).containsExactly(15L, 25L);
      data.numeric("rating").copy(1, 0, 1, target, 0);
      assertThat(target.getFloat(0)).isEqualTo(5f);
      data.copyItems(0, 4, 4, target, 0);
      assertThatThrownBy(() -> data.copyItems(0, 1, 5, target, 0))
          .isInstanceOf(IndexOutOfBoundsException.class);
    }
  }

  @Test
  void refusesWhatIsNotThere() {
    try (SequenceDataset data = open()) {
      assertThatThrownBy(() -> data.item(0, 4)).isInstanceOf(IndexOutOfBoundsException.class);
      assertThatThrownBy(() -> data.item(0, -1)).isInstanceOf(IndexOutOfBoundsException.class);
      assertThatThrownBy(() -> data.length(4)).isInstanceOf(IndexOutOfBoundsException.class);
      assertThatThrownBy(() -> data.user(4)).isInstanceOf(IndexOutOfBoundsException.class);
      assertThatThrownBy(() -> data.numeric("ratng"))
          .hasMessageContainingAll("UnknownField", "did you mean \"rating\"");
      assertThatThrownBy(() -> data.numeric("item")).hasMessageContaining("CATEGORICAL");
      assertThatThrownBy(() -> data.itemVocabulary(allocator).metadata("x", 1))
          .hasMessageContaining("UnknownField");
    }
    assertThatThrownBy(() -> SequenceDataset.vocabulary(folder.resolve("out"), "genre", allocator))
        .hasMessageContainingAll("MissingFile", "genre");
  }

  @Test
  void strictSplit() {
    try (SequenceDataset data = open()) {
      DatasetSplit split = Split.strict().of(data);
      assertThat(ends(split)).containsExactly(2, 0, 0, 1);
      assertThat(targets(split, Part.VALIDATION)).containsExactly(2, -1, -1, 1);
      assertThat(targets(split, Part.TEST)).containsExactly(3, -1, -1, 2);
      assertThat(split.users(Part.TEST)).containsExactly(0, 3);
      assertThat(split.skipped(Part.TEST)).isEqualTo(2);
      assertThat(split.targetInTie(0, Part.TEST)).isTrue();
      assertThat(split.targetInTie(3, Part.TEST)).isFalse();
      assertThat(split.targetInTie(1, Part.TEST)).isFalse();
      // Training events: a 1, a 2, d 3.
      assertThat(split.popularity()).containsExactly(0, 1, 1, 1);
      assertThat(split.trainEvents()).isEqualTo(3);
    }
  }

  @Test
  void metaSplit() {
    try (SequenceDataset data = open()) {
      DatasetSplit split = Split.meta().of(data);
      assertThat(ends(split)).containsExactly(3, 1, 0, 2);
      assertThat(targets(split, Part.VALIDATION)).containsOnly(-1);
      assertThat(targets(split, Part.TEST)).containsExactly(3, 1, -1, 2);
      assertThat(split.skipped(Part.TEST)).isEqualTo(1);
      assertThat(split.popularity()).containsExactly(0, 2, 2, 2);
    }
  }

  @Test
  void temporalSplit() {
    try (SequenceDataset data = open()) {
      DatasetSplit split = Split.temporal(20).of(data);
      assertThat(ends(split)).containsExactly(1, 0, 0, 2);
      assertThat(targets(split, Part.TEST)).containsExactly(1, -1, -1, 2);
      DatasetSplit late = Split.temporal(51).of(data);
      assertThat(ends(late)).containsExactly(4, 2, 1, 3);
      assertThat(targets(late, Part.TEST)).containsOnly(-1);
    }
    assertThatThrownBy(() -> new Split(Split.Protocol.META, 3))
        .hasMessageContaining("InvalidValue");
  }

  @Test
  void usersSplit() {
    try (SequenceDataset data = open()) {
      DatasetSplit split = Split.users(20).of(data);
      // Users 0 and 3 have events on both sides: what is after the cut is in no part.
      assertThat(ends(split)).containsExactly(1, 0, 0, 2);
      assertThat(targets(split, Part.TEST)).containsExactly(-1, 1, -1, -1);
      assertThat(targets(split, Part.VALIDATION)).containsOnly(-1);
      assertThat(targets(Split.users(0).of(data), Part.TEST)).containsExactly(3, 1, -1, 2);
    }
  }

  private static List<Integer> ends(DatasetSplit split) {
    List<Integer> ends = new ArrayList<>();
    for (int user = 0; user < split.data().users(); user++) {
      ends.add(split.trainEnd(user));
    }
    return ends;
  }

  private static List<Integer> targets(DatasetSplit split, Part part) {
    List<Integer> targets = new ArrayList<>();
    for (int user = 0; user < split.data().users(); user++) {
      targets.add(split.target(user, part));
    }
    return targets;
  }

  @Test
  void splitHashesTellDataProtocolAndCut() {
    try (SequenceDataset data = open();
        SequenceDataset again = open();
        SequenceDataset shuffled = data.shuffleTies(1, allocator)) {
      DatasetSplit split = Split.strict().of(data);
      assertThat(split.splitHash()).hasSize(64).startsWith(split.shortHash());
      assertThat(Split.strict().of(again).splitHash()).isEqualTo(split.splitHash());
      Set<String> hashes = new HashSet<>();
      hashes.add(split.splitHash());
      hashes.add(Split.meta().of(data).splitHash());
      hashes.add(Split.temporal(1).of(data).splitHash());
      hashes.add(Split.temporal(2).of(data).splitHash());
      hashes.add(Split.users(2).of(data).splitHash());
      hashes.add(Split.strict().of(shuffled).splitHash());
      assertThat(hashes).hasSize(6);
    }
  }

  @Test
  void shufflingTiesMovesWholeEventsWithinTheirSecondOnly() {
    SequenceDataset data = open();
    Set<List<Integer>> orders = new HashSet<>();
    for (int seed = 0; seed < 60; seed++) {
      try (SequenceDataset shuffled = data.shuffleTies(seed, allocator);
          SequenceDataset same = data.shuffleTies(seed, allocator)) {
        List<Integer> order = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
          order.add(shuffled.item(0, i));
          assertThat(same.item(0, i)).isEqualTo(shuffled.item(0, i));
          assertThat(shuffled.time(0, i)).isEqualTo(data.time(0, i));
        }
        orders.add(order);
        assertThat(order.get(0)).isEqualTo(1);
        assertThat(shuffled.user(0)).isEqualTo("a");
        // Ratings go with their items: of the tied ones 2 has 2, 3 has 3, 1 has 4.
        for (int i = 1; i < 4; i++) {
          float rating = order.get(i) == 1 ? 4f : order.get(i);
          assertThat(shuffled.numeric("rating").get(0, i)).isEqualTo(rating);
        }
        assertThat(shuffled.item(3, 0)).isEqualTo(3);
      }
    }
    assertThat(orders).as("all 3! orders of the tie").hasSize(6);
    // The shuffled copy outlives the original.
    try (SequenceDataset shuffled = data.shuffleTies(1, allocator)) {
      data.close();
      assertThat(shuffled.length(0)).isEqualTo(4);
      assertThat(shuffled.user(1)).isEqualTo("b");
    }
  }

  @Test
  void missingAndUnknownFolders() throws Exception {
    assertThatThrownBy(() -> SequenceDataset.open(folder.resolve("x"), allocator, false))
        .hasMessageContainingAll("MissingFile", "is no data set");
    Path info = folder.resolve("out").resolve(DatasetFiles.INFO);
    String json = Files.readString(info);
    Files.writeString(info, json.replace("\"formatVersion\" : 1", "\"formatVersion\" : 99"));
    assertThatThrownBy(this::open).hasMessageContainingAll("UnknownFormatVersion", "99");
    Files.writeString(info, json.substring(0, json.length() / 2));
    assertThatThrownBy(this::open).hasMessageContaining("CorruptDataset");
  }

  /** Users are cut in time by looking for the place, so times must ascend. */
  @Test
  void timesThatDoNotAscendAreCorrupt() throws Exception {
    Path file = folder.resolve("out").resolve(DatasetFiles.SEQUENCES);
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    int changed = 0;
    for (int at = 0; at + 16 <= bytes.capacity(); at += 8) {
      // The first two events of user d.
      if (bytes.getLong(at) == 5 && bytes.getLong(at + 8) == 15) {
        bytes.putLong(at, 15).putLong(at + 8, 5);
        changed++;
      }
    }
    assertThat(changed).isEqualTo(1);
    Files.write(file, bytes.array());
    assertThatThrownBy(() -> SequenceDataset.open(folder.resolve("out"), allocator, false))
        .isInstanceOf(GenRecException.class)
        .hasMessageContainingAll("[GR/CorruptDataset]", "the times of user 3 do not ascend");
  }

  @Test
  void countsThatDoNotFitAreCorrupt() throws Exception {
    Path info = folder.resolve("out").resolve(DatasetFiles.INFO);
    String json = Files.readString(info);
    List<String> wrong =
        List.of(
            json.replace("\"users\" : 4", "\"users\" : 5"),
            json.replace("\"users\" : 4", "\"users\" : 3"),
            json.replace("\"events\" : 10", "\"events\" : 11"),
            json.replace("\"rows\" : 3", "\"rows\" : 2"),
            json.replace("\"name\" : \"rating\"", "\"name\" : \"stars\""));
    for (String text : wrong) {
      assertThat(text).isNotEqualTo(json);
      Files.writeString(info, text);
      assertThatThrownBy(() -> SequenceDataset.open(folder.resolve("out"), allocator, false))
          .isInstanceOfSatisfying(
              GenRecException.class, e -> assertThat(e.id()).isEqualTo("CorruptDataset"));
    }
  }

  @Test
  void truncatedFilesAreCorrupt() throws Exception {
    Path file = folder.resolve("out").resolve(DatasetFiles.SEQUENCES);
    byte[] whole = Files.readAllBytes(file);
    for (int length = 0; length < whole.length; length += 37) {
      Files.write(file, Arrays.copyOf(whole, length));
      assertThatThrownBy(() -> SequenceDataset.open(folder.resolve("out"), allocator, false))
          .isInstanceOfSatisfying(
              GenRecException.class, e -> assertThat(e.id()).isEqualTo("CorruptDataset"));
    }
    assertThatThrownBy(this::open).hasMessageContainingAll("CorruptDataset", "content hash");
  }

  /** Whatever bytes are damaged: a data set opens or is refused, and no memory is lost. */
  @Test
  void damagedFilesNeverDoHarm() throws Exception {
    Path file = folder.resolve("out").resolve(DatasetFiles.SEQUENCES);
    byte[] whole = Files.readAllBytes(file);
    Random random = new Random(7);
    for (int run = 0; run < 300; run++) {
      byte[] damaged = whole.clone();
      damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
      Files.write(file, damaged);
      try (SequenceDataset data = SequenceDataset.open(folder.resolve("out"), allocator, false)) {
        for (int user = 0; user < data.users(); user++) {
          data.user(user);
          for (int i = 0; i < data.length(user); i++) {
            assertThat(data.item(user, i)).isBetween(1, data.items());
            data.numeric("rating").get(user, i);
          }
        }
      } catch (GenRecException e) {
        assertThat(e.id()).as("run %d", run).isEqualTo("CorruptDataset");
      }
      assertThat(allocator.getAllocatedMemory()).isZero();
    }
  }

  @Test
  void truncatedVocabulariesAreCorrupt() throws Exception {
    Path file = folder.resolve("out").resolve(DatasetFiles.vocabulary("item"));
    byte[] whole = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(whole, whole.length / 2));
    assertThatThrownBy(() -> SequenceDataset.vocabulary(folder.resolve("out"), "item", allocator))
        .hasMessageContaining("CorruptVocabulary");
  }
}
