package io.genrec.falcon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.genrec.api.config.StrictConfig;
import io.genrec.api.inference.CacheStatistics;
import io.genrec.api.inference.CacheUse;
import io.genrec.api.inference.Candidates;
import io.genrec.api.inference.InferenceStrategy;
import io.genrec.api.inference.Scores;
import io.genrec.api.inference.ScoringRequest;
import io.genrec.engine.onnx.Precision;
import io.genrec.falcon.Scoring.Events;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Histories that leave the memory go to files, and come back as they were. */
class DiskTierTest {
  private static final long LATER = 1L << 33;
  private static final int EVENTS = 12;

  private final Scoring scoring =
      new Scoring(Encoders.hstu("{\"heads\": 2}"), Precision.FLOAT32, 3);
  private final Events events = Events.random(new Random(4), EVENTS);
  private final InferenceStrategy full = scoring.full();
  private final Path folder;

  DiskTierTest(@TempDir Path temporary) {
    folder = temporary.resolve("histories");
  }

  @AfterEach
  void everythingIsGivenBack() throws Exception {
    scoring.close();
  }

  /** Room for one history in memory, not for two. */
  private MFalconConfig small(MFalconConfig.Precision precision) {
    InferenceStrategy probe = scoring.mFalcon(config(precision, 1 << 20));
    probe.score(List.of(request(events, EVENTS, "a")));
    return config(precision, probe.statistics().bytes() * 3 / 2);
  }

  private static MFalconConfig config(MFalconConfig.Precision precision, long cacheBytes) {
    return new MFalconConfig(8, 1, cacheBytes, precision, 64, 0);
  }

  private InferenceStrategy open(MFalconConfig.Precision precision, long diskBytes) {
    return scoring.mFalcon(small(precision).withDisk(folder.toString(), diskBytes));
  }

  private InferenceStrategy open() {
    return open(MFalconConfig.Precision.FULL, 1 << 20);
  }

  private static ScoringRequest request(Events shown, int count, String user) {
    return new ScoringRequest(
        shown.slice(0, count), 0, LATER, Optional.of(user), Candidates.items(1, 2, 9));
  }

  private CacheUse ask(InferenceStrategy strategy, Events shown, int count, String user) {
    return ask(strategy, shown, count, user, 1e-5);
  }

  /** Scores are right whatever was found. */
  private CacheUse ask(
      InferenceStrategy strategy, Events shown, int count, String user, double tolerance) {
    ScoringRequest request = request(shown, count, user);
    Scores found = strategy.score(List.of(request)).get(0);
    double[] expected = full.score(List.of(request)).get(0).of("watch");
    double largest = Math.max(1, Arrays.stream(expected).map(Math::abs).max().orElse(0));
    assertThat(found.of("watch")).containsExactly(expected, Offset.offset(tolerance * largest));
    return found.cache();
  }

  private List<Path> files() {
    try (Stream<Path> all = Files.list(folder)) {
      return all.filter(file -> file.toString().endsWith(".history")).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private long folderBytes() throws IOException {
    long bytes = 0;
    for (Path file : files()) {
      bytes += Files.size(file);
    }
    return bytes;
  }

  @ParameterizedTest
  @EnumSource(MFalconConfig.Precision.class)
  void whatLeftTheMemoryIsFoundAgain(MFalconConfig.Precision precision) throws Exception {
    double tolerance = precision == MFalconConfig.Precision.FULL ? 1e-5 : 2e-2;
    InferenceStrategy strategy = open(precision, 1 << 20);
    assertThat(ask(strategy, events, 9, "a", tolerance)).isEqualTo(CacheUse.MISS);
    double[] before = strategy.score(List.of(request(events, 9, "a"))).get(0).of("watch");
    assertThat(ask(strategy, events, 9, "b", tolerance)).isEqualTo(CacheUse.MISS);
    assertThat(strategy.statistics().evictions()).isEqualTo(1);
    assertThat(strategy.statistics().entries()).isEqualTo(1);
    Scores after = strategy.score(List.of(request(events, 9, "a"))).get(0);
    assertThat(after.cache()).isEqualTo(CacheUse.HIT);
    assertThat(after.of("watch")).as("to the last bit").containsExactly(before);
    assertThat(ask(strategy, events, 9, "b", tolerance)).isEqualTo(CacheUse.HIT);
    assertThat(ask(strategy, events, 11, "a", tolerance)).isEqualTo(CacheUse.EXTEND);
    assertThat(ask(strategy, events, 5, "b", tolerance)).as("a beginning").isEqualTo(CacheUse.HIT);
    CacheStatistics.Disk disk = strategy.statistics().disk();
    assertThat(disk.hits()).isEqualTo(4);
    // a, b, and a's longer one; b was there already when it left again.
    assertThat(disk.spills()).isEqualTo(3);
    assertThat(disk.entries()).isEqualTo(2);
    assertThat(disk.failures()).isZero();
    assertThat(disk.bytes()).isEqualTo(folderBytes()).isPositive();
    assertThat(strategy.statistics().hits()).isEqualTo(4);
    assertThat(strategy.statistics().extensions()).isEqualTo(1);
    assertThat(strategy.statistics().misses()).isEqualTo(2);
  }

  @Test
  void anotherPastIsAMiss() {
    InferenceStrategy strategy = open();
    ask(strategy, events, 9, "a");
    ask(strategy, events, 9, "b");
    Events other = new Events(0, events.items().clone(), events.times());
    other.items()[0]++;
    assertThat(ask(strategy, other, 9, "a")).isEqualTo(CacheUse.MISS);
    // The other past has left the memory, and takes the place of the first in the folder.
    ask(strategy, events, 9, "c");
    assertThat(ask(strategy, other, 5, "a")).isEqualTo(CacheUse.HIT);
    ask(strategy, events, 9, "d");
    assertThat(ask(strategy, events, 5, "a")).as("read to know").isEqualTo(CacheUse.MISS);
    assertThat(strategy.statistics().disk().hits()).isEqualTo(1);
  }

  /** Whatever happens to a file, the answer is right, and the file is gone. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "magic", "key", "first", "length", "hash", "row", "sum", "short", "header", "empty", "long",
        "other", "gone"
      })
  void aDamagedFileIsAMiss(String damage) throws Exception {
    InferenceStrategy strategy = open();
    ask(strategy, events, 9, "a");
    ask(strategy, events, 9, "b");
    Path file = files().get(0);
    byte[] content = Files.readAllBytes(file);
    int row = 52 + 8 * 8 + 40;
    switch (damage) {
      case "magic" -> content[0] ^= 1;
      case "key" -> content[20] ^= 1;
      case "first" -> content[41] ^= 1;
      case "length" -> content[48] ^= 1;
      case "hash" -> content[52 + 8 * 7] ^= 1;
      case "row" -> content[row] ^= 1;
      case "sum" -> content[content.length - 1] ^= 1;
      case "short" -> content = Arrays.copyOf(content, content.length - 1);
      case "header" -> content = Arrays.copyOf(content, 30);
      case "empty" -> content = new byte[0];
      case "long" -> content = Arrays.copyOf(content, content.length + 1);
      case "other" -> {
        ask(strategy, events, 9, "c");
        Path second = files().stream().filter(one -> !one.equals(file)).findFirst().orElseThrow();
        content = Files.readAllBytes(second);
      }
      default -> {}
    }
    Files.write(file, content);
    if (damage.equals("gone")) {
      Files.delete(file);
    }
    assertThat(ask(strategy, events, 9, "a")).isEqualTo(CacheUse.MISS);
    assertThat(file).doesNotExist();
    assertThat(strategy.statistics().disk().hits()).isZero();
    assertThat(strategy.statistics().disk().failures()).isEqualTo(1);
    assertThat(strategy.statistics().disk().bytes()).isEqualTo(folderBytes());
  }

  @Test
  void theLeastRecentlyUsedLeavesTheFolderToo() throws Exception {
    InferenceStrategy probe = open();
    ask(probe, events, 9, "a");
    ask(probe, events, 9, "b");
    long one = probe.statistics().disk().bytes();
    probe.close();
    long bound = 3 * one + one / 2;
    InferenceStrategy strategy = open(MFalconConfig.Precision.FULL, bound);
    for (String user : List.of("a", "b", "c", "d", "a", "e", "f")) {
      ask(strategy, events, 9, user);
      assertThat(strategy.statistics().disk().bytes()).isEqualTo(folderBytes());
      assertThat(folderBytes()).isLessThanOrEqualTo(bound);
    }
    // a was read again before e and f came: b and c had to leave for d and e.
    assertThat(strategy.statistics().disk().evictions()).isEqualTo(2);
    assertThat(ask(strategy, events, 9, "a")).isEqualTo(CacheUse.HIT);
    assertThat(ask(strategy, events, 9, "b")).isEqualTo(CacheUse.MISS);
    strategy.close();
    InferenceStrategy none = open(MFalconConfig.Precision.FULL, 100);
    ask(none, events, 9, "a");
    ask(none, events, 9, "b");
    assertThat(none.statistics().disk()).isEqualTo(CacheStatistics.Disk.NONE);
  }

  @Test
  void aForgottenUserIsForgottenThere() {
    InferenceStrategy strategy = open();
    ask(strategy, events, 9, "a");
    ask(strategy, events, 9, "b");
    assertThat(files()).hasSize(1);
    strategy.invalidate("a");
    assertThat(files()).isEmpty();
    assertThat(strategy.statistics().disk().bytes()).isZero();
    assertThat(ask(strategy, events, 9, "a")).isEqualTo(CacheUse.MISS);
    strategy.invalidate("nobody");
  }

  /** Between leaving the memory and being written, a user is forgotten or comes again. */
  @Test
  void aHistoryOnItsWayIsForgottenToo() throws Exception {
    try (Workspaces workspaces = new Workspaces(scoring.memory())) {
      MFalconConfig.Precision precision = MFalconConfig.Precision.FULL;
      HistoryRuns runs = new HistoryRuns(scoring.model(), workspaces, precision, 64);
      MFalconConfig.Disk where = new MFalconConfig.Disk(folder.toString(), 1 << 20);
      HistoryCache.Key key = new HistoryCache.Key("test", "a");
      try (DiskTier tier = DiskTier.open(where, precision, scoring.model(), runs)) {
        DiskTier.Spill forgotten = tier.spill(key, memory(5)).orElseThrow();
        assertThat(tier.forget(key)).isEmpty();
        forgotten.run();
        assertThat(files()).isEmpty();
        assertThat(tier.statistics(0)).isEqualTo(CacheStatistics.Disk.NONE);

        DiskTier.Spill older = tier.spill(key, memory(5)).orElseThrow();
        DiskTier.Spill newer = tier.spill(key, memory(7)).orElseThrow();
        newer.run();
        older.run();
        assertThat(files()).hasSize(1);
        HistoryMemory found = tier.read(key, new long[7]);
        assertThat(found).isNotNull();
        assertThat(found.length()).isEqualTo(7);
        found.release();
        HistoryMemory same = memory(7);
        assertThat(tier.spill(key, same)).as("it is there").isEmpty();
        same.release();
      }
      assertThat(files()).as("of a closed tier").isEmpty();
    }
  }

  private HistoryMemory memory(int tokens) {
    return memory(tokens, tokens);
  }

  /** Cannot be written with more tokens than there are rows. */
  private HistoryMemory memory(int rows, int tokens) {
    MemoryRows memory = new MemoryRows(scoring.model(), MFalconConfig.Precision.FULL, rows);
    return new HistoryMemory(memory, null, 0, new long[tokens]);
  }

  /** What cannot be written holds nothing else up, takes no room and fails nobody's request. */
  @Test
  void aHistoryThatCannotBeWrittenIsForgotten() throws Exception {
    long before = scoring.memory().getAllocatedMemory();
    MFalconConfig.Precision precision = MFalconConfig.Precision.FULL;
    MFalconConfig.Disk where = new MFalconConfig.Disk(folder.toString(), 1 << 20);
    HistoryMemory large = memory(80);
    try (Workspaces workspaces = new Workspaces(scoring.memory())) {
      HistoryRuns runs = new HistoryRuns(scoring.model(), workspaces, precision, 64);
      DiskTier tier = DiskTier.open(where, precision, scoring.model(), runs);
      try (HistoryCache cache = new HistoryCache(large.bytes(), tier)) {
        publish(cache, "bad", memory(5, 50));
        publish(cache, "good", memory(5));
        assertThat(cache.statistics().entries()).isEqualTo(2);
        publish(cache, "large", large);
        assertThat(cache.statistics().evictions()).isEqualTo(2);
        CacheStatistics.Disk disk = cache.statistics().disk();
        assertThat(disk.failures()).isEqualTo(1);
        assertThat(disk.spills()).isEqualTo(1);
        assertThat(disk.bytes()).isEqualTo(folderBytes()).isPositive();
        try (Stream<Path> unfinished = Files.list(folder)) {
          assertThat(unfinished.filter(file -> file.toString().endsWith(".tmp"))).isEmpty();
        }
      }
    }
    assertThat(scoring.memory().getAllocatedMemory()).isEqualTo(before);
  }

  private static void publish(HistoryCache cache, String user, HistoryMemory memory) {
    HistoryCache.Key key = new HistoryCache.Key("test", user);
    cache.publish(cache.claim(key, 0, memory.hashes()), memory);
    memory.release();
  }

  /**
   * Java closes a file's channel under a thread that is interrupted: the file is as good as ever.
   */
  @ParameterizedTest
  @EnumSource(MFalconConfig.Precision.class)
  void anInterruptedThreadReadsAndWritesAll(MFalconConfig.Precision precision) {
    double tolerance = precision == MFalconConfig.Precision.FULL ? 1e-5 : 2e-2;
    Thread.currentThread().interrupt();
    InferenceStrategy strategy = open(precision, 1 << 20);
    ask(strategy, events, 9, "a", tolerance);
    ask(strategy, events, 9, "b", tolerance);
    assertThat(files()).hasSize(1);
    Path first = files().get(0);
    assertThat(ask(strategy, events, 9, "a", tolerance)).isEqualTo(CacheUse.HIT);
    assertThat(Thread.interrupted()).as("still").isTrue();
    assertThat(first).exists();
    CacheStatistics.Disk disk = strategy.statistics().disk();
    assertThat(disk.failures()).isZero();
    assertThat(disk.hits()).isEqualTo(1);
    assertThat(disk.spills()).isEqualTo(2);
  }

  /** A process loses its lock when it closes any channel of the file. */
  @Test
  void aRefusalLeavesTheFolderToItsOwner() throws Exception {
    InferenceStrategy owner = open();
    Path lock = folder.resolve("genrec-histories.lock");
    Path sameFolder = folder.resolveSibling("link");
    Files.createSymbolicLink(sameFolder, folder);
    MFalconConfig.Precision full = MFalconConfig.Precision.FULL;
    MFalconConfig again = config(full, 1 << 20).withDisk(sameFolder.toString(), 1 << 20);
    for (int i = 0; i < 2; i++) {
      assertThatThrownBy(this::open).hasMessageContaining("[GR/FolderInUse]");
      assertThatThrownBy(() -> scoring.mFalcon(again)).hasMessageContaining("[GR/FolderInUse]");
      assertThat(LockProbe.isLocked(lock)).as("to other processes").isTrue();
    }
    owner.close();
    assertThat(LockProbe.isLocked(lock)).as("given back").isFalse();
    open();
  }

  @Test
  void theClaimOfADeadProcessHindersNobody() throws Exception {
    Files.createDirectories(folder);
    Path dead = Files.createFile(folder.resolve("genrec-histories-99999999999-5.claim"));
    InferenceStrategy strategy = open();
    assertThat(dead).doesNotExist();
    strategy.close();
    try (Stream<Path> left = Files.list(folder)) {
      assertThat(left).containsExactly(folder.resolve("genrec-histories.lock"));
    }
  }

  @Test
  void namesTellNobodysId() throws Exception {
    InferenceStrategy strategy = open();
    ask(strategy, events, 9, "somebody/../@example.org");
    ask(strategy, events, 9, "b");
    assertThat(files()).hasSize(1);
    String name = files().get(0).getFileName().toString();
    assertThat(name).matches("[0-9a-f]{64}-[0-9]+\\.history").doesNotContain("somebody");
    String content = new String(Files.readAllBytes(files().get(0)), "ISO-8859-1");
    assertThat(content).doesNotContain("somebody");
  }

  @Test
  void whatAnEarlierProcessLeftIsDeleted() throws Exception {
    Files.createDirectories(folder);
    Path left = folder.resolve("0".repeat(64) + "-7.history");
    Path unfinished = folder.resolve("0".repeat(64) + "-8.history.tmp");
    Path notOurs = folder.resolve("notes.history.txt");
    for (Path file : List.of(left, unfinished, notOurs)) {
      Files.writeString(file, "x");
    }
    InferenceStrategy strategy = open();
    assertThat(left).doesNotExist();
    assertThat(unfinished).doesNotExist();
    assertThat(notOurs).exists();
    ask(strategy, events, 9, "a");
    ask(strategy, events, 9, "b");
    assertThat(files()).hasSize(1);
    assertThatThrownBy(this::open)
        .hasMessageContaining("[GR/FolderInUse]")
        .hasMessageContaining(folder.toString());
    strategy.close();
    assertThat(files()).isEmpty();
    open();
  }

  @Test
  void aFolderThatCannotBeWrittenIsSaid() throws Exception {
    Files.writeString(folder, "a file");
    assertThatThrownBy(this::open)
        .hasMessageContaining("[GR/WriteFailed]")
        .hasMessageContaining(folder.toString())
        .hasMessageContaining("name another folder");
  }

  /** A disk that is full, or gone, costs hits and no answer. */
  @Test
  void whatCannotBeWrittenIsForgotten() throws Exception {
    InferenceStrategy strategy = open();
    ask(strategy, events, 9, "a");
    Files.walk(folder).sorted((a, b) -> b.compareTo(a)).forEach(file -> file.toFile().delete());
    assertThat(ask(strategy, events, 9, "b")).isEqualTo(CacheUse.MISS);
    assertThat(ask(strategy, events, 9, "a")).isEqualTo(CacheUse.MISS);
    assertThat(strategy.statistics().disk().failures()).isEqualTo(2);
    assertThat(strategy.statistics().disk().bytes()).isZero();
  }

  private static MFalconConfig parse(String json) {
    return StrictConfig.parse("strategy", json).as(MFalconConfig.class);
  }

  @Test
  void settingsAreChecked() {
    MFalconConfig config = parse("{\"disk\": {\"folder\": \"x\", \"bytes\": 5}}");
    assertThat(config.disk()).isEqualTo(new MFalconConfig.Disk("x", 5));
    assertThat(parse("{}").disk()).isNull();
    assertThatThrownBy(() -> parse("{\"disk\": {\"folder\": \"x\", \"bytes\": 0}}"))
        .hasMessageContaining("[GR/InvalidValue]")
        .hasMessageContaining("/disk/bytes")
        .hasMessageContaining("at least 1");
    assertThatThrownBy(() -> parse("{\"disk\": {\"bytes\": 5}}"))
        .hasMessageContaining("[GR/MissingKey]")
        .hasMessageContaining("/disk/folder");
    assertThatThrownBy(() -> parse("{\"disk\": {\"folder\": \" \", \"bytes\": 5}}"))
        .hasMessageContaining("/disk/folder")
        .hasMessageContaining("is blank");
    assertThatThrownBy(
            () -> parse("{\"cacheBytes\": 0, \"disk\": {\"folder\": \"x\", \"bytes\": 5}}"))
        .hasMessageContaining("/cacheBytes")
        .hasMessageContaining("above 0 with a disk");
  }
}
