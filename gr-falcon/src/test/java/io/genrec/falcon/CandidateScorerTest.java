package io.genrec.falcon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtSession;
import io.genrec.api.inference.CacheUse;
import io.genrec.api.inference.Candidate;
import io.genrec.api.inference.Event;
import io.genrec.api.inference.RankRequest;
import io.genrec.api.inference.RankedCandidates;
import io.genrec.api.inference.RankedCandidates.Ranked;
import io.genrec.api.sequence.History;
import io.genrec.api.storage.VocabularyFile;
import io.genrec.api.task.RankingCase;
import io.genrec.api.task.RankingSet;
import io.genrec.engine.RawEvents;
import io.genrec.engine.bundle.ModelBundle;
import io.genrec.engine.evaluation.ImpressionEvaluator;
import io.genrec.engine.evaluation.ImpressionScores;
import io.genrec.engine.optimizer.ParameterStore;
import io.genrec.engine.runtime.Device;
import io.genrec.engine.wiring.Registry;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CandidateScorerTest {
  private static final String HSTU = "{\"name\": \"hstu\", \"blocks\": 1, \"heads\": 2}";

  @TempDir static Path shared = Path.of("");
  private static Path bundle = Path.of("");

  @BeforeAll
  static void write() {
    bundle = SmallBundle.write(shared, HSTU, SmallBundle.INTERLEAVED);
  }

  private static Event event(int item, long time, int click) {
    Map<String, String> features =
        Map.of("genre", "g" + item % 3, "price", "" + item, "click", "" + click, "watch", "70");
    return new Event("i" + item, time, features);
  }

  private static List<Event> events(int count) {
    List<Event> events = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      events.add(event(1 + i * 5 % 9, 1_000_000L + 700L * (i / 2), i % 2));
    }
    return events;
  }

  private static RankRequest request(int count, String... items) {
    List<Candidate> candidates = new ArrayList<>();
    for (String item : items) {
      candidates.add(new Candidate(item, Map.of("genre", "g2", "price", "7")));
    }
    return RankRequest.of(events(count), candidates)
        .at(2_000_000)
        .fields(Map.of("age", "a2"))
        .user("u");
  }

  private static double[] byIndex(RankedCandidates answer) {
    double[] scores = new double[answer.candidates().size()];
    answer.candidates().forEach(one -> scores[one.index()] = one.score());
    return scores;
  }

  /** As the evaluator, which runs whole sequences, says. */
  @Test
  void scoresAreThoseOfEvaluation() {
    RankRequest request = request(5, "i3", "i1", "i9", "i3");
    try (CandidateScorer scorer = CandidateScorer.open(bundle);
        BufferAllocator memory = new RootAllocator();
        ModelBundle opened = ModelBundle.open(bundle, Registry.onClassPath(), memory);
        ImpressionEvaluator evaluator =
            new ImpressionEvaluator(opened.model(), opened.task(), memory, 1, Device.CPU)) {
      History history = RawEvents.of(opened, request.events(), request.fields());
      History asked = RawEvents.of(opened, request.candidates());
      RankingSet question =
          new RankingSet() {
            @Override
            public int size() {
              return 1;
            }

            @Override
            public RankingCase get(int index) {
              return new RankingCase(0, history, asked, 2_000_000);
            }
          };
      ImpressionScores expected = evaluator.evaluate(question, opened.parameters()::column);
      RankedCandidates found = scorer.rank(request);
      assertThat(found.by()).isEqualTo("click");
      assertThat(found.cache()).isEqualTo(CacheUse.MISS);
      double[] scores = byIndex(found);
      for (Ranked one : found.candidates()) {
        float logit = expected.predictions()[0][one.index()];
        assertThat(one.score()).isCloseTo(logit, Offset.offset(1e-5));
        assertThat(one.predictions().get("click"))
            .isCloseTo(1 / (1 + Math.exp(-logit)), Offset.offset(1e-5));
        assertThat(one.predictions().get("watch"))
            .as("in its own unit")
            .isCloseTo(100 + 50 * expected.predictions()[1][one.index()], Offset.offset(1e-3));
      }
      assertThat(scores[0]).as("a duplicate").isCloseTo(scores[3], Offset.offset(1e-6));
      List<Double> order = found.candidates().stream().map(Ranked::score).toList();
      assertThat(order).isSortedAccordingTo((a, b) -> Double.compare(b, a));
      assertThat(scorer.rank(request.by("watch")).cache()).isEqualTo(CacheUse.HIT);
      assertThat(scorer.statistics().hits()).isEqualTo(1);
      scorer.invalidate("u");
      assertThat(scorer.statistics().entries()).isZero();
    }
  }

  /** Only the most recent events are shown, however many are given. */
  @Test
  void aLongHistoryIsItsMostRecentEvents() {
    try (CandidateScorer scorer = CandidateScorer.open(bundle)) {
      RankRequest all = request(15, "i1", "i2");
      List<Event> last = all.events().subList(15 - SmallBundle.MAX_HISTORY, 15);
      RankRequest recent =
          RankRequest.of(last, all.candidates()).at(2_000_000).fields(all.fields());
      assertThat(byIndex(scorer.rank(all)))
          .containsExactly(byIndex(scorer.rank(recent)), Offset.offset(1e-6));
      RankRequest second = recent.user("u").firstIndex(15 - SmallBundle.MAX_HISTORY);
      assertThat(scorer.rank(second).cache()).isEqualTo(CacheUse.HIT);
    }
  }

  @Test
  void nothingToGoByAndNothingToRankAreFine() {
    try (CandidateScorer scorer = CandidateScorer.open(bundle)) {
      RankedCandidates noEvents = scorer.rank(request(0, "i1", "i2"));
      assertThat(noEvents.candidates()).allMatch(one -> Double.isFinite(one.score()));
      RankRequest noTime = RankRequest.of(List.of(), Candidate.of(List.of("i1")));
      assertThat(scorer.rank(noTime).candidates()).hasSize(1);
      assertThat(scorer.rank(request(3)).candidates()).isEmpty();
    }
  }

  @Test
  void unknownItemsCountAsNoneOrAreRefused() {
    List<Event> events = new ArrayList<>(events(3));
    events.add(event(33, 1_500_000, 1));
    RankRequest request =
        RankRequest.of(events, Candidate.of(List.of("i1", "nobody", "someone"))).at(2_000_000);
    try (CandidateScorer scorer = CandidateScorer.open(bundle)) {
      RankedCandidates answer = scorer.rank(request);
      assertThat(answer.unknownEvents()).isEqualTo(1);
      assertThat(answer.unknownCandidates()).isEqualTo(2);
      double[] scores = byIndex(answer);
      assertThat(scores[1]).isCloseTo(scores[2], Offset.offset(1e-6));
    }
    try (CandidateScorer strict =
        CandidateScorer.builder(bundle).scorer("{\"unknownItems\": \"reject\"}").open()) {
      assertThatThrownBy(() -> strict.rank(request))
          .hasMessageContaining("[GR/UnknownItem]")
          .hasMessageContaining("candidate 1");
      RankRequest badEvent = RankRequest.of(events, Candidate.of(List.of("i1")));
      assertThatThrownBy(() -> strict.rank(badEvent))
          .hasMessageContaining("[GR/UnknownItem]")
          .hasMessageContaining("event 3");
    }
  }

  /** Those before the anchor too, which are not shown. */
  @Test
  void allGivenEventsOfUnknownItemsAreCounted() {
    List<Event> events = new ArrayList<>();
    for (int i = 0; i < 2 * SmallBundle.MAX_HISTORY; i++) {
      events.add(Event.of("nobody" + i, i));
    }
    RankRequest request = RankRequest.of(events, Candidate.of(List.of("i1")));
    for (String settings : List.of("{}", "{\"anchor\": 4}")) {
      try (CandidateScorer scorer = CandidateScorer.builder(bundle).scorer(settings).open()) {
        assertThat(scorer.rank(request).unknownEvents()).as(settings).isEqualTo(events.size());
      }
    }
  }

  /** A new item is scored as itself, at once and as one by one; those that are known as before. */
  @Test
  void anItemThatIsFirstSeenInServiceGetsARow(@TempDir Path folder) throws IOException {
    RankRequest request = request(5, "i3", "fresh", "other", "i9");
    try (CandidateScorer plain = CandidateScorer.open(bundle);
        CandidateScorer scorer =
            CandidateScorer.builder(bundle).scorer("{\"newItems\": 2, \"admit\": 2}").open()) {
      double[] before = byIndex(plain.rank(request));
      int known = scorer.items().size();
      assertThat(byIndex(scorer.rank(request))).containsExactly(before, Offset.offset(1e-6));
      assertThat(before[1]).isCloseTo(before[2], Offset.offset(1e-6));

      assertThat(scorer.observe(Event.of("i3", 1))).isEqualTo(scorer.items().row("i3"));
      assertThat(scorer.observe(Event.of("fresh", 1))).isZero();
      assertThat(scorer.items().waiting()).isEqualTo(1);
      assertThat(scorer.rank(request).unknownCandidates()).isEqualTo(2);
      assertThat(scorer.observe(Event.of("fresh", 2))).isEqualTo(known + 1);
      assertThat(scorer.observe(Event.of("fresh", 3))).isEqualTo(known + 1);
      RankedCandidates answer = scorer.rank(request);
      assertThat(answer.unknownCandidates()).isEqualTo(1);
      double[] after = byIndex(answer);
      assertThat(after[1]).isNotCloseTo(after[2], Offset.offset(1e-4));
      for (int candidate : new int[] {0, 2, 3}) {
        assertThat(after[candidate]).isCloseTo(before[candidate], Offset.offset(1e-6));
      }
      assertThat(byIndex(scorer.rank(request(5, "fresh")))[0])
          .isCloseTo(after[1], Offset.offset(1e-5));

      // Entries of slower-changing series are no items.
      for (int second = 4; second < 8; second++) {
        assertThat(scorer.observe(Event.entry("follows", "zoe", second))).isZero();
      }
      assertThat(scorer.items().waiting()).isZero();
      assertThat(scorer.items().added()).isEqualTo(1);

      // The second row, and no third.
      scorer.observe(Event.of("other", 4));
      assertThat(scorer.observe(Event.of("other", 5))).isEqualTo(known + 2);
      assertThat(scorer.observe(Event.of("late", 6))).isZero();
      assertThat(scorer.observe(Event.of("late", 7))).isZero();
      assertThat(scorer.items().refused()).isEqualTo(2);
      assertThat(scorer.items().added()).isEqualTo(2);
      assertThat(scorer.items().size()).isEqualTo(known + 2);

      // What is written keeps all rows for the next run.
      Path file = folder.resolve("vocabulary-item.arrow");
      try (BufferAllocator memory = new RootAllocator()) {
        scorer.items().write(file, memory);
        VocabularyFile written = VocabularyFile.read(file, memory);
        assertThat(written.size()).isEqualTo(known + 2);
        for (int row = 1; row <= written.size(); row++) {
          assertThat(written.id(row)).isEqualTo(scorer.items().id(row));
        }
        assertThat(written.count(known + 1)).isEqualTo(3);
      }

      // And for the next time in service.
      String settings = "{\"newItems\": 2, \"admit\": 2}";
      try (CandidateScorer again =
          CandidateScorer.builder(bundle).scorer(settings).newItems(file).open()) {
        assertThat(byIndex(again.rank(request)))
            .containsExactly(byIndex(scorer.rank(request)), Offset.offset(1e-7));
        assertThat(again.items().row("other")).isEqualTo(known + 2);
        assertThat(again.observe(Event.of("fresh", 9))).isEqualTo(known + 1);
        assertThat(again.observe(Event.of("late", 9))).isZero();
      }
      assertThatThrownBy(
              () ->
                  CandidateScorer.builder(bundle).scorer("{\"newItems\": 1}").newItems(file).open())
          .hasMessageContainingAll("[GR/VocabularyLimit]", "2 new items", "1 spare rows");
      Path foreign = bundle.resolve("vocabulary-genre.arrow");
      assertThatThrownBy(
              () -> CandidateScorer.builder(bundle).scorer(settings).newItems(foreign).open())
          .hasMessageContainingAll("[GR/ForeignVocabulary]", "row 1", "\"i1\"");
    }
  }

  /** What a new row holds is what a new model of the same seed and size would begin with. */
  @Test
  void newRowsAreInitialisedAndTrainedOnesStay() {
    try (BufferAllocator memory = new RootAllocator();
        ModelBundle plain = ModelBundle.open(bundle, Registry.onClassPath(), memory);
        ModelBundle grown = ModelBundle.open(bundle, Registry.onClassPath(), 3, 1, memory);
        ParameterStore fresh = new ParameterStore(grown.model().parameters().values(), memory)) {
      fresh.initialise(grown.card().seed());
      for (String name : plain.model().parameters().keySet()) {
        FloatBuffer trained = plain.parameters().column(name).bytes().asFloatBuffer();
        FloatBuffer values = grown.parameters().column(name).bytes().asFloatBuffer();
        FloatBuffer drawn = fresh.column(name).bytes().asFloatBuffer();
        boolean items = name.equals("embedding/item");
        int spare = values.remaining() - trained.remaining();
        assertThat(spare > 0).as(name).isEqualTo(items);
        assertThat(values.slice(0, trained.remaining())).as(name).isEqualTo(trained);
        assertThat(values.slice(trained.remaining(), spare))
            .isEqualTo(drawn.slice(trained.remaining(), spare));
      }
    }
  }

  @Test
  void whatIsNoValueIsNamed() {
    try (CandidateScorer scorer = CandidateScorer.open(bundle)) {
      RankRequest price =
          RankRequest.of(List.of(), List.of(new Candidate("i1", Map.of("price", "cheap"))));
      assertThatThrownBy(() -> scorer.rank(price))
          .hasMessageContaining("[GR/InvalidRequest]")
          .hasMessageContaining("\"price\"")
          .hasMessageContaining("\"cheap\"; expected a number");
      RankRequest click =
          RankRequest.of(List.of(new Event("i1", 5, Map.of("click", "yes"))), List.of());
      assertThatThrownBy(() -> scorer.rank(click)).hasMessageContaining("expected 1 or 0");
      RankRequest order = RankRequest.of(List.of(Event.of("i1", 5), Event.of("i1", 4)), List.of());
      assertThatThrownBy(() -> scorer.rank(order)).hasMessageContaining("[GR/UnorderedEvents]");
      assertThatThrownBy(() -> request(1).firstIndex(-1))
          .hasMessageContaining("[GR/InvalidRequest]");
      assertThatThrownBy(() -> scorer.rank(request(3, "i1").by("clik")))
          .hasMessageContaining("[GR/UnknownPrediction]")
          .hasMessageContaining("did you mean \"click\"?");
    }
  }

  @Test
  void anAnswerMayBeWaitedForElsewhereOrBeTooLate() {
    try (CandidateScorer scorer = CandidateScorer.open(bundle)) {
      RankRequest request = request(4, "i1", "i2");
      CompletableFuture<RankedCandidates> later = scorer.submit(request, Duration.ofMinutes(5));
      assertThat(byIndex(later.join()))
          .containsExactly(byIndex(scorer.rank(request)), Offset.offset(1e-6));
      assertThatThrownBy(() -> scorer.submit(request, Duration.ZERO).get())
          .hasMessageContaining("[GR/DeadlinePassed]");
    }
  }

  @Test
  void brokenWeightsAreSaidToBeBroken(@TempDir Path folder) {
    Path broken = SmallBundle.write(folder, HSTU, SmallBundle.INTERLEAVED, Float.POSITIVE_INFINITY);
    try (CandidateScorer scorer = CandidateScorer.open(broken)) {
      RankRequest request = request(2, "i1");
      assertThatThrownBy(() -> scorer.rank(request))
          .hasMessageContaining("[GR/NotANumber]")
          .hasMessageContaining("small@");
    }
  }

  /** Whoever closes it, all memory is given back once, and is given back when the call returns. */
  @Test
  void manyMayCloseIt() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try (BufferAllocator memory = new RootAllocator()) {
      for (int i = 0; i < 25; i++) {
        CandidateScorer scorer = CandidateScorer.builder(bundle).memory(memory).open();
        CyclicBarrier together = new CyclicBarrier(4);
        List<Future<Long>> closed = new ArrayList<>();
        for (int thread = 0; thread < 4; thread++) {
          closed.add(
              threads.submit(
                  () -> {
                    together.await();
                    scorer.close();
                    return memory.getAllocatedMemory();
                  }));
        }
        for (Future<Long> left : closed) {
          assertThat(left.get()).isZero();
        }
      }
    } finally {
      threads.shutdown();
    }
  }

  @Test
  void aModelOfItemsIsRefused(@TempDir Path folder) {
    Path items = SmallBundle.write(folder, HSTU, "{\"name\": \"next-item\"}");
    assertThatThrownBy(() -> CandidateScorer.open(items))
        .hasMessageContaining("[GR/NotARanker]")
        .hasMessageContaining("\"next-item\"");
  }

  @Test
  void anotherVersionOfABundleIsRefused(@TempDir Path folder) throws IOException {
    Path other = SmallBundle.write(folder, HSTU, SmallBundle.INTERLEAVED);
    SmallBundle.ofAnotherVersion(other);
    assertThatThrownBy(() -> CandidateScorer.open(other))
        .hasMessageContaining("[GR/UnsupportedBundle]");
  }

  @Test
  void anEncoderThatSeesBothWaysIsScoredOneByOne(@TempDir Path folder) {
    Path both =
        SmallBundle.write(
            folder, "{\"name\": \"llama\", \"causal\": false}", "{\"name\": \"click\"}");
    assertThatThrownBy(() -> CandidateScorer.open(both))
        .hasMessageContaining("[GR/NotCacheable]")
        .hasMessageContaining("\"full\"");
    assertThatThrownBy(
            () -> CandidateScorer.builder(both).strategy("{\"name\": \"batched\"}").open())
        .hasMessageContaining("[GR/CandidatesMeet]");
    try (CandidateScorer full =
        CandidateScorer.builder(both).strategy("{\"name\": \"full\"}").open()) {
      double[] together = byIndex(full.rank(request(4, "i1", "i2", "i3")));
      double[] alone = byIndex(full.rank(request(4, "i2")));
      assertThat(together[1]).isCloseTo(alone[0], Offset.offset(1e-6));
    }
    assertThat(both.resolve("graphs/predictions.onnx")).exists();
    assertThat(both.resolve("graphs/prefill.onnx")).doesNotExist();
  }

  @Test
  void theBundleHoldsTheGraphs() throws Exception {
    for (String name :
        List.of("predictions", "prefill", "extend", "arrange", "score", "score-loop")) {
      String file = bundle.resolve("graphs/" + name + ".onnx").toString();
      try (OrtSession session =
          OrtEnvironment.getEnvironment().createSession(file, new OrtSession.SessionOptions())) {
        switch (name) {
          case "prefill", "extend" ->
              assertThat(session.getOutputNames())
                  .contains("memory/layer0/key", "memory/layer0/value");
          case "arrange" -> assertThat(session.getOutputNames()).contains("arranged/layer0/key");
          default -> assertThat(session.getOutputNames()).contains("prediction/click");
        }
        if (name.startsWith("score")) {
          assertThat(session.getInputNames())
              .contains("arranged/layer0/key", "again/layer0/key", "candidates/item");
        }
      }
    }
  }

  /** What is planned for a bundle is what a start is measured by. */
  @Test
  void opensWithinItsBudgetOnly() {
    try (BufferAllocator memory = new RootAllocator()) {
      MFalconConfig config = new MFalconConfig(0, 1, 1 << 20, MFalconConfig.Precision.FULL, 512, 0);
      MemoryPlan plan;
      try (ModelBundle opened = ModelBundle.open(bundle, Registry.onClassPath(), memory)) {
        int most = MemoryPlan.tokens(opened, 1_000);
        assertThat(most).isEqualTo(opened.model().schema().maxLength());
        // An item and an action for each event, after the user's field.
        assertThat(MemoryPlan.tokens(opened, 2)).isEqualTo(5);
        plan = MemoryPlan.of(opened, MemoryPlan.Load.of(most), config);
      }
      CandidateScorer.Builder builder = CandidateScorer.builder(bundle).memory(memory);
      builder.strategy(SmallBundle.budget(plan.total())).open().close();
      assertThatThrownBy(() -> builder.strategy(SmallBundle.budget(plan.total() - 1)).open())
          .hasMessageContaining("[GR/OverBudget]")
          .hasMessageContaining("lower cacheBytes to " + ((1 << 20) - 1));
      assertThat(memory.getAllocatedMemory()).isZero();
    }
  }
}
