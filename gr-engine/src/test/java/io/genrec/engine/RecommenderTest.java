package io.genrec.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.genrec.api.inference.Event;
import io.genrec.api.inference.Recommendation;
import io.genrec.api.inference.Recommendations;
import io.genrec.api.inference.Request;
import io.genrec.engine.bundle.SlowSmallModel;
import io.genrec.engine.bundle.SmallModel;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RecommenderTest {
  private static final int ITEMS = 40;
  private static final Path STATUS = Path.of("/proc/self/status");

  private final BufferAllocator memory = new RootAllocator();
  private final Path folder;

  RecommenderTest(@TempDir Path folder) {
    this.folder = folder;
  }

  /** Fails if memory was lost. */
  @AfterEach
  void close() {
    memory.close();
  }

  private Recommender open() {
    return open(ITEMS);
  }

  private Recommender open(int items) {
    Path bundle = SmallModel.write(folder, items, memory);
    return Recommender.builder(bundle).registry(SmallModel.registry()).memory(memory).open();
  }

  private SlowSmallModel slow() {
    return new SlowSmallModel(folder.resolve("bundle"), SmallModel.registry(), memory);
  }

  /** Events an hour apart, every other one with a rating. */
  private static List<Event> events(int... items) {
    List<Event> events = new ArrayList<>();
    for (int i = 0; i < items.length; i++) {
      Map<String, String> features = i % 2 == 0 ? Map.of("rating", "r" + (1 + i % 5)) : Map.of();
      events.add(new Event("i" + items[i], 1_000_000 + 3600L * i, features));
    }
    return events;
  }

  private static List<String> ids(Recommendations answer) {
    return answer.items().stream().map(Recommendation::item).toList();
  }

  /** Compares an answer with all scores, computed elsewhere, of the rows that are allowed. */
  private static void assertBest(Recommendations answer, int k, double[] scores, Set<Integer> no) {
    List<Integer> expected =
        IntStream.range(1, scores.length)
            .boxed()
            .filter(row -> !no.contains(row))
            .sorted((a, b) -> Double.compare(scores[b], scores[a]))
            .limit(k)
            .toList();
    assertThat(answer.fromPrior()).isFalse();
    assertThat(ids(answer)).isEqualTo(expected.stream().map(row -> "i" + row).toList());
    for (int i = 0; i < expected.size(); i++) {
      assertThat((double) answer.items().get(i).score())
          .isCloseTo(scores[expected.get(i)], within(1e-5));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 6, 7, 11})
  void scoresAreTheFormulas(int length) {
    int[] items = IntStream.range(0, length).map(i -> 1 + i * 3 % ITEMS).toArray();
    List<Event> events = events(items);
    Set<Integer> seen = Set.copyOf(Arrays.stream(items).boxed().toList());
    try (Recommender recommender = open()) {
      Recommendations answer = recommender.recommend(Request.of(events).at(1_090_000).k(10));
      assertBest(answer, 10, slow().scores(events, 1_090_000), seen);
      assertThat(answer.unknownEvents()).isZero();
      assertThat(answer.modelVersion()).matches("small@[0-9a-f]{12}");
    }
  }

  @Test
  void withoutATimeItIsTheLastEvents() {
    List<Event> events = events(3, 5);
    try (Recommender recommender = open()) {
      Recommendations answer = recommender.recommend(Request.of(events));
      assertBest(answer, 10, slow().scores(events, 1_003_600), Set.of(3, 5));
    }
  }

  @Test
  void unknownItemsAreLeftOutAndCounted() {
    List<Event> events = new ArrayList<>(events(3, 5));
    events.add(1, Event.of("never seen", 1_000_001));
    try (Recommender recommender = open()) {
      Recommendations answer = recommender.recommend(Request.of(events));
      assertThat(answer.unknownEvents()).isEqualTo(1);
      assertBest(answer, 10, slow().scores(events(3, 5), 1_003_600), Set.of(3, 5));
    }
  }

  @Test
  void withoutKnownEventsThePriorAnswers() {
    try (Recommender recommender = open()) {
      // Row r has r * 7 % 11 events: 10 at rows 3, 14, 25, 36, then 9 at rows 6, 17 ...
      Recommendations answer = recommender.recommend(Request.of(List.of()).k(6));
      assertThat(answer.fromPrior()).isTrue();
      assertThat(ids(answer)).containsExactly("i3", "i14", "i25", "i36", "i6", "i17");
      assertThat(answer.items()).extracting(Recommendation::score).contains(10f, 9f);

      List<Event> strange = List.of(Event.of("x", 1), Event.of("y", 2));
      answer = recommender.recommend(Request.of(strange).k(2).exclude(List.of("i14", "i3", "z")));
      assertThat(answer.fromPrior()).isTrue();
      assertThat(answer.unknownEvents()).isEqualTo(2);
      assertThat(ids(answer)).containsExactly("i25", "i36");
    }
  }

  @Test
  void excludedAndSeenItemsAreNeverGiven() {
    List<Event> events = events(3, 5, 3);
    double[] scores;
    try (Recommender recommender = open()) {
      scores = slow().scores(events, 1_007_200);
      Request request = Request.of(events);
      assertBest(recommender.recommend(request), 10, scores, Set.of(3, 5));
      assertBest(recommender.recommend(request.allowSeen(true)), 10, scores, Set.of());
      String best = ids(recommender.recommend(request)).get(0);
      Recommendations answer = recommender.recommend(request.exclude(List.of(best, "z")));
      int row = Integer.parseInt(best.substring(1));
      assertBest(answer, 10, scores, Set.of(3, 5, row));
    }
  }

  @Test
  void aLargeKGivesAsManyAsThereAre() {
    List<Event> events = events(3, 5, 7);
    try (Recommender recommender = open()) {
      double[] scores = slow().scores(events, 1_007_200);
      Request request = Request.of(events).k(Integer.MAX_VALUE);
      assertBest(recommender.recommend(request), ITEMS - 3, scores, Set.of(3, 5, 7));
      List<String> all = IntStream.rangeClosed(1, ITEMS).mapToObj(row -> "i" + row).toList();
      assertThat(recommender.recommend(request.exclude(all)).items()).isEmpty();
      assertThat(recommender.recommend(Request.of(List.of()).k(1000)).items()).hasSize(ITEMS);
    }
  }

  @Test
  void eventsOutOfOrderAreRefused() {
    List<Event> events = List.of(Event.of("i1", 20), Event.of("i2", 20), Event.of("i3", 19));
    try (Recommender recommender = open()) {
      assertThatThrownBy(() -> recommender.recommend(Request.of(events)))
          .hasMessageContainingAll(
              "[GR/UnorderedEvents]", "event 2", "\"i3\"", "19", "20", "oldest first");
    }
  }

  @Test
  void numbersAreChecked() {
    Request request = Request.of(List.of());
    assertThatThrownBy(() -> request.k(0)).hasMessageContainingAll("[GR/InvalidRequest]", "k must");
    Path bundle = SmallModel.write(folder, ITEMS, memory);
    Recommender.Builder builder = Recommender.builder(bundle).registry(SmallModel.registry());
    assertThatThrownBy(() -> builder.threads(0)).hasMessageContaining("threads must be at least 1");
    try (Recommender recommender = builder.maxEvents(2).open()) {
      assertThatThrownBy(() -> recommender.recommend(Request.of(events(1, 2, 3))))
          .hasMessageContainingAll("[GR/TooManyEvents]", "3 events", "at most 2");
    }
  }

  @Test
  void manyRequestsTogetherEqualEachAlone() {
    List<Request> requests = requests(150);
    try (Recommender recommender = open()) {
      List<Recommendations> together = recommender.recommend(requests);
      for (int i = 0; i < requests.size(); i++) {
        assertSame(together.get(i), recommender.recommend(requests.get(i)));
      }
      assertThat(recommender.recommend(List.of())).isEmpty();
    }
  }

  /** Of different lengths, k and exclusions; every tenth without events. */
  private static List<Request> requests(int count) {
    Random random = new Random(5);
    List<Request> requests = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int[] items = random.ints(i % 10, 1, ITEMS + 1).toArray();
      List<String> excluded =
          random.ints(random.nextInt(5), 1, ITEMS + 1).mapToObj(row -> "i" + row).toList();
      requests.add(Request.of(events(items)).k(1 + i % 50).exclude(excluded));
    }
    return requests;
  }

  private static void assertSame(Recommendations actual, Recommendations expected) {
    assertThat(ids(actual)).isEqualTo(ids(expected));
    assertThat(actual.fromPrior()).isEqualTo(expected.fromPrior());
    for (int i = 0; i < expected.items().size(); i++) {
      assertThat(actual.items().get(i).score())
          .isCloseTo(expected.items().get(i).score(), within(1e-5f));
    }
  }

  @Test
  void eightThreadsGetTheAnswersOfOne() throws Exception {
    List<Request> requests = requests(60);
    Path bundle = SmallModel.write(folder, ITEMS, memory);
    ExecutorService pool = Executors.newFixedThreadPool(8);
    try (Recommender recommender =
        Recommender.builder(bundle)
            .registry(SmallModel.registry())
            .memory(memory)
            .concurrency(3)
            .open()) {
      List<Recommendations> expected = requests.stream().map(recommender::recommend).toList();
      List<Future<List<Recommendations>>> runs = new ArrayList<>();
      for (int thread = 0; thread < 8; thread++) {
        runs.add(pool.submit(() -> requests.stream().map(recommender::recommend).toList()));
      }
      for (Future<List<Recommendations>> run : runs) {
        assertThat(run.get()).isEqualTo(expected);
      }
    } finally {
      pool.shutdownNow();
    }
  }

  @Test
  void aClosedRecommenderRefusesAndHoldsNothing() {
    Recommender recommender = open();
    assertThat(memory.getAllocatedMemory()).isPositive();
    recommender.close();
    recommender.close();
    assertThat(memory.getAllocatedMemory()).isZero();
    assertThatThrownBy(() -> recommender.recommend(Request.of(List.of())))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("closed");
  }

  @Test
  void aFailedOpeningHoldsNothing() {
    Path bundle = SmallModel.write(folder, ITEMS, memory);
    assertThatThrownBy(() -> Recommender.builder(bundle).memory(memory).open())
        .hasMessageContainingAll("[GR/UnknownEncoder]", "needs the encoder \"sum\"");
    assertThatThrownBy(() -> Recommender.open(folder.resolve("none")))
        .hasMessageContaining("[GR/MissingBundle]");
    assertThat(memory.getAllocatedMemory()).isZero();
  }

  @Test
  void memoryDoesNotGrowWithRequests() throws IOException {
    assumeTrue(Files.exists(STATUS), "only Linux tells the resident set here");
    try (Recommender recommender = open(2_000)) {
      long half = 0;
      long data = 0;
      for (int i = 0; i < 4_000; i++) {
        int[] items = IntStream.range(0, 1 + i * 7 % 200).map(n -> 1 + n * 11 % 2_000).toArray();
        recommender.recommend(Request.of(events(items)).k(1 + i * 13 % 500));
        if (i == 1_999) {
          half = resident();
          data = recommender.memoryBytes();
        }
      }
      assertThat(recommender.memoryBytes()).isEqualTo(data);
      assertThat(resident() - half).as("growth in KiB").isLessThan(40 * 1024);
    }
  }

  private static long resident() throws IOException {
    return Files.readAllLines(STATUS).stream()
        .filter(line -> line.startsWith("VmRSS:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void aJvmWithoutTheFlagIsToldItsName() throws Exception {
    Path bundle = SmallModel.write(folder, ITEMS, memory);
    assertThat(output(bundle)).contains("[GR/MissingJvmFlag]", "--add-opens=java.base/java.nio=");
    assertThat(output(bundle, "--add-opens=java.base/java.nio=ALL-UNNAMED")).contains("answers 3");
  }

  private static String output(Path bundle, String... flags) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
    command.addAll(List.of(flags));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of(OpenAndAnswer.class.getName(), bundle.toString()));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    try (var out = process.getInputStream()) {
      return new String(out.readAllBytes(), StandardCharsets.UTF_8);
    } finally {
      process.destroyForcibly().waitFor();
    }
  }
}
