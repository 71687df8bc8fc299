package io.genrec.falcon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.genrec.api.inference.Anchor;
import io.genrec.api.inference.CacheStatistics;
import io.genrec.api.inference.CacheUse;
import io.genrec.api.inference.Event;
import io.genrec.api.inference.Recommendation;
import io.genrec.api.inference.Recommendations;
import io.genrec.api.inference.Request;
import io.genrec.engine.Recommender;
import io.genrec.engine.bundle.ModelBundle;
import io.genrec.engine.wiring.Registry;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A recommender that keeps histories answers as one that does not. */
class CachedRecommenderTest {
  private static final String NEXT_ITEM = "{\"name\": \"next-item\"}";
  private static final String HSTU = "{\"name\": \"hstu\", \"blocks\": 2, \"heads\": 2}";

  private static final long ROOM_FOR_SOME = 9_000;

  @TempDir private Path folder = Path.of("");

  private Path bundle(String encoder) {
    return SmallBundle.write(folder, encoder, NEXT_ITEM);
  }

  private static String mFalcon(long cacheBytes) {
    return "{\"name\": \"m-falcon\", \"workers\": 1, \"cacheBytes\": " + cacheBytes + "}";
  }

  private static Recommender.Builder cached(Path bundle) {
    return Recommender.builder(bundle).strategy(mFalcon(1 << 20));
  }

  private static Event event(int item, long time) {
    return Event.of("i" + item, time);
  }

  private static List<Event> events(int count) {
    List<Event> events = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      events.add(event(1 + i * 5 % 9, 1_000_000L + 700L * i));
    }
    return events;
  }

  private static void assertSame(String what, Recommendations expected, Recommendations found) {
    assertThat(found.fromPrior()).as(what).isEqualTo(expected.fromPrior());
    assertThat(found.unknownEvents()).as(what).isEqualTo(expected.unknownEvents());
    assertThat(found.modelVersion()).as(what).isEqualTo(expected.modelVersion());
    assertThat(found.items()).as(what).hasSameSizeAs(expected.items());
    Map<String, Float> scores = new TreeMap<>();
    expected.items().forEach(one -> scores.put(one.item(), one.score()));
    float largest = 1;
    for (float score : scores.values()) {
      largest = Math.max(largest, Math.abs(score));
    }
    Offset<Float> tolerance = Offset.offset(1e-5f * largest);
    for (int i = 0; i < expected.items().size(); i++) {
      Recommendation one = found.items().get(i);
      assertThat(one.score()).as(what).isCloseTo(expected.items().get(i).score(), tolerance);
      // The items are the same; two whose scores are equal up to rounding may change places.
      assertThat(scores).as(what).containsKey(one.item());
      assertThat(one.score()).as(what).isCloseTo(scores.get(one.item()), tolerance);
    }
  }

  /** Requests of a few users as they come: again, later, with more events or another past. */
  private static final class Users {
    private final Random random;
    private final Map<Integer, List<Event>> known = new TreeMap<>();

    Users(long seed) {
      random = new Random(seed);
    }

    Request next() {
      int user = random.nextInt(5);
      List<Event> events = new ArrayList<>(known.getOrDefault(user, List.of()));
      if (random.nextInt(15) == 0) {
        events.clear();
      }
      int more = random.nextInt(events.isEmpty() ? 9 : 3);
      for (int i = 0; i < more; i++) {
        long last = events.isEmpty() ? 1_000_000 : events.get(events.size() - 1).time();
        // Item 10 is none that the model knows.
        events.add(event(1 + random.nextInt(10), last + random.nextInt(3) * 5_000L));
      }
      known.put(user, events);
      int skipped = random.nextInt(4) == 0 ? Math.min(2, events.size()) : 0;
      Request request =
          new Request(
              events.subList(skipped, events.size()),
              OptionalLong.empty(),
              random.nextInt(6) == 0 ? Optional.empty() : Optional.of("u" + user),
              skipped,
              1 + random.nextInt(9),
              Set.of("i" + random.nextInt(12)),
              random.nextBoolean());
      return random.nextInt(3) == 0 ? request : request.at(3_000_000 + random.nextInt(1 << 20));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        HSTU,
        "{\"name\": \"stu\", \"blocks\": 2, \"heads\": 2}",
        "{\"name\": \"stu\", \"blocks\": 2, \"heads\": 2, \"position\": \"absolute\","
            + " \"time\": \"none\"}",
        "{\"name\": \"sasrec\", \"heads\": 2}",
        "{\"name\": \"llama\", \"blocks\": 2, \"heads\": 4, \"keyValueHeads\": 2}",
        "{\"name\": \"fuxi-alpha\", \"heads\": 2}"
      })
  void answersAreThoseOfWholeHistories(String encoder) {
    Users users = new Users(encoder.hashCode());
    try (BufferAllocator memory = new RootAllocator()) {
      Recommender.Builder builder = Recommender.builder(bundle(encoder)).anchor(3).memory(memory);
      try (Recommender whole = builder.open();
          Recommender kept = builder.strategy(mFalcon(ROOM_FOR_SOME)).open()) {
        for (int i = 0; i < 60; i++) {
          List<Request> requests = new ArrayList<>();
          for (int one = 0; one <= users.random.nextInt(3); one++) {
            requests.add(users.next());
          }
          List<Recommendations> expected = whole.recommend(requests);
          List<Recommendations> found = kept.recommend(requests);
          for (int one = 0; one < requests.size(); one++) {
            assertSame(encoder + ", " + requests.get(one), expected.get(one), found.get(one));
          }
          assertThat(kept.statistics().bytes()).isLessThanOrEqualTo(ROOM_FOR_SOME);
          if (i % 10 == 9) {
            kept.invalidate("u" + i % 5);
          }
        }
        assertThat(kept.statistics().extensions()).isPositive();
        assertThat(kept.statistics().evictions()).isPositive();
        assertThat(whole.statistics()).isEqualTo(CacheStatistics.NONE);
      }
    }
  }

  @Test
  void whatIsKeptIsSaidAndForgotten() {
    try (Recommender recommender = cached(bundle(HSTU)).open()) {
      Request three = Request.of(events(3)).user("a").at(1_400_000);
      Request five = Request.of(events(5)).user("a").at(2_000_000);
      assertThat(recommender.recommend(three).cache()).isEqualTo(CacheUse.MISS);
      assertThat(recommender.recommend(three.at(1_500_000)).cache()).isEqualTo(CacheUse.HIT);
      assertThat(recommender.recommend(five).cache()).isEqualTo(CacheUse.EXTEND);
      assertThat(recommender.recommend(Request.of(events(5))).cache()).isEqualTo(CacheUse.NONE);
      assertThat(recommender.statistics().hits()).isEqualTo(1);
      assertThat(recommender.statistics().entries()).isEqualTo(1);
      recommender.invalidate("a");
      assertThat(recommender.statistics().entries()).isZero();
      assertThat(recommender.recommend(five).cache()).isEqualTo(CacheUse.MISS);
    }
  }

  /** A long history moves with each event, or by a few at a time. */
  @Test
  void anAnchorKeepsWhatIsKnownOfALongHistory() {
    Path bundle = bundle(HSTU);
    for (int anchor : new int[] {0, 3}) {
      try (Recommender recommender = cached(bundle).anchor(anchor).open()) {
        List<CacheUse> uses = new ArrayList<>();
        for (int count = 10; count < 13; count++) {
          uses.add(recommender.recommend(Request.of(events(count)).user("a")).cache());
        }
        CacheUse next = anchor == 0 ? CacheUse.MOVED : CacheUse.EXTEND;
        // 10 to 12 events are shown from the seventh on, if by 3 at a time.
        assertThat(uses).containsExactly(CacheUse.MISS, next, next);
      }
    }
    assertThatThrownBy(() -> Recommender.builder(bundle).anchor(-1))
        .hasMessageContaining("anchor must be at least 0 but is -1");
    assertThatThrownBy(() -> Recommender.builder(bundle).anchor(6).open())
        .hasMessageContaining("below maxHistory 6");
  }

  /**
   * Items 10 and 11 are none that the model knows. A history begins at the anchor of all events,
   * and is extended while that stays: whether it is given whole, or from an event on that is not
   * shown any more.
   */
  @Test
  void anAnchorCountsEventsThatAreLeftOut() {
    Path bundle = bundle(HSTU);
    Random random = new Random(8);
    List<Event> all = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      all.add(event(i % 5 == 0 ? 3 : 1 + random.nextInt(11), 1_000_000L + 700L * i));
    }
    Anchor anchor = new Anchor(SmallBundle.MAX_HISTORY, 4);
    try (Recommender shown = Recommender.open(bundle);
        Recommender whole = Recommender.builder(bundle).anchor(4).open();
        Recommender kept = cached(bundle).anchor(4).open()) {
      for (int count = 1; count <= all.size(); count++) {
        int start = (int) anchor.start(count);
        Request truth = asked(all.subList(start, count), 0);
        Request complete = asked(all.subList(0, count), 0);
        int from = random.nextInt(start + 1);
        Request end = asked(all.subList(from, count), from);
        String what = count + " events";
        Recommendations expected = shown.recommend(truth);
        assertSameItems(what, expected, whole.recommend(complete));
        assertSameItems(what, expected, whole.recommend(end));
        assertSameItems(what, expected, kept.recommend(complete));
        Recommendations again = kept.recommend(end);
        assertSameItems(what, expected, again);
        if (!expected.fromPrior()) {
          assertThat(again.cache()).as(what).isEqualTo(CacheUse.HIT);
        }
      }
      // The first event that is shown moves as often as the anchor does, and to a known item.
      long moves = 0;
      long first = -1;
      for (int count = 1; count <= all.size(); count++) {
        int at = (int) anchor.start(count);
        while (at < count && isUnknown(all.get(at))) {
          at++;
        }
        moves += at < count && first >= 0 && at != first ? 1 : 0;
        first = at < count ? at : first;
      }
      assertThat(moves).isGreaterThan(8);
      assertThat(kept.statistics().moved()).isEqualTo(moves);
    }
  }

  private static boolean isUnknown(Event event) {
    return event.item().equals("i10") || event.item().equals("i11");
  }

  private static Request asked(List<Event> events, int first) {
    return new Request(
        events, OptionalLong.of(2_000_000), Optional.of("a"), first, 9, Set.of(), false);
  }

  private static void assertSameItems(String what, Recommendations all, Recommendations found) {
    assertSame(what, withUnknown(all, found.unknownEvents()), found);
  }

  /** How many events were left out depends on how many were given. */
  private static Recommendations withUnknown(Recommendations answer, int unknown) {
    return new Recommendations(
        answer.items(), answer.modelVersion(), answer.cache(), unknown, answer.fromPrior());
  }

  @Test
  void badRequestsAreDefined() {
    Path bundle = bundle(HSTU);
    try (Recommender whole = Recommender.open(bundle);
        Recommender kept = cached(bundle).open()) {
      Recommendations none = kept.recommend(Request.of(List.of()).user("a"));
      assertThat(none.fromPrior()).as("an empty history").isTrue();
      assertThat(none.cache()).isEqualTo(CacheUse.NONE);
      Request unknown = Request.of(List.of(event(77, 5), event(78, 6))).user("a");
      assertThat(kept.recommend(unknown).fromPrior()).as("nothing but unknown items").isTrue();
      assertThat(kept.recommend(unknown).unknownEvents()).isEqualTo(2);
      Request recent = Request.of(events(15).subList(9, 15)).allowSeen(true);
      Request all = Request.of(events(15)).allowSeen(true);
      assertSame("longer than N", whole.recommend(recent), kept.recommend(all.user("a")));
      Request twice = Request.of(List.of(event(3, 5), event(3, 5), event(3, 6))).user("b");
      assertSame("an item again and again", whole.recommend(twice), kept.recommend(twice));
      assertThatThrownBy(() -> twice.k(0)).hasMessageContaining("[GR/InvalidRequest]");
      Request turned = Request.of(List.of(event(1, 5), event(2, 4))).user("c");
      assertThatThrownBy(() -> kept.recommend(turned)).hasMessageContaining("[GR/UnorderedEvents]");
      assertSame("after a bad one", whole.recommend(recent), kept.recommend(recent));
    }
  }

  @Test
  void unknownItemsAreRefusedIfThatIsWanted() {
    Path bundle = bundle(HSTU);
    List<Event> events = new ArrayList<>(events(3));
    events.add(event(77, 2_000_000));
    Request request = Request.of(events).user("a");
    try (Recommender strict = cached(bundle).rejectUnknownItems(true).open()) {
      assertThatThrownBy(() -> strict.recommend(request))
          .hasMessageContaining("[GR/UnknownItem]")
          .hasMessageContaining("1 of the request's events");
      assertThat(strict.recommend(Request.of(events(3))).items()).isNotEmpty();
    }
  }

  @Test
  void anAnswerMayBeWaitedForElsewhereOrBeTooLate() throws Exception {
    Request request = Request.of(events(4)).user("a");
    Recommender recommender = cached(bundle(HSTU)).queue(1_000).open();
    try (recommender) {
      Recommendations now = recommender.recommend(request);
      List<CompletableFuture<Recommendations>> later = new ArrayList<>();
      for (int i = 0; i < 50; i++) {
        later.add(recommender.submit(request, Duration.ofMinutes(5)));
      }
      for (CompletableFuture<Recommendations> answer : later) {
        assertSame("later", now, answer.get());
      }
      assertThatThrownBy(() -> recommender.submit(request, Duration.ZERO).get())
          .hasMessageContaining("[GR/DeadlinePassed]");
      Request turned = Request.of(List.of(event(1, 5), event(2, 4)));
      assertThatThrownBy(() -> recommender.submit(turned, Duration.ofMinutes(5)).get())
          .hasMessageContaining("[GR/UnorderedEvents]");
    }
    assertThatThrownBy(() -> recommender.submit(request, Duration.ofMinutes(5)))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void brokenWeightsAreSaidToBeBroken() {
    Path broken = SmallBundle.write(folder, HSTU, NEXT_ITEM, Float.NaN);
    try (Recommender recommender = cached(broken).open()) {
      for (int i = 0; i < 2; i++) {
        Request request = Request.of(events(3 + i)).user("a");
        assertThatThrownBy(() -> recommender.recommend(request))
            .hasMessageContaining("[GR/NotANumber]")
            .hasMessageContaining("small@");
      }
    }
  }

  @Test
  void anotherVersionOfABundleIsRefused() throws IOException {
    Path other = bundle(HSTU);
    SmallBundle.ofAnotherVersion(other);
    assertThatThrownBy(() -> cached(other).open()).hasMessageContaining("[GR/UnsupportedBundle]");
  }

  @ParameterizedTest
  @ValueSource(strings = {"{\"name\": \"gru4rec\"}", "{\"name\": \"llama\", \"causal\": false}"})
  void whatCannotBeKeptIsRefusedByNameAndFineWithoutOne(String encoder) {
    Path bundle = bundle(encoder);
    assertThatThrownBy(() -> cached(bundle).open())
        .hasMessageContaining("[GR/NotCacheable]")
        .hasMessageContaining("name no strategy");
    try (Recommender recommender = Recommender.open(bundle)) {
      Recommendations answer = recommender.recommend(Request.of(events(3)).user("a"));
      assertThat(answer.items()).isNotEmpty();
      assertThat(answer.cache()).isEqualTo(CacheUse.NONE);
    }
  }

  @Test
  void whatDoesNotFindItemsIsRefused() {
    Path bundle = bundle(HSTU);
    try (BufferAllocator memory = new RootAllocator()) {
      Recommender.Builder builder = Recommender.builder(bundle).memory(memory);
      assertThatThrownBy(() -> builder.strategy("{\"name\": \"full\"}").open())
          .hasMessageContaining("[GR/NoUserVectors]");
      assertThatThrownBy(() -> builder.strategy("{\"name\": \"m-falcom\"}").open())
          .hasMessageContaining("[GR/UnknownStrategy]")
          .hasMessageContaining("did you mean \"m-falcon\"?");
      assertThat(memory.getAllocatedMemory()).isZero();
    }
  }

  /** The items' vectors of length 1 are a second table. */
  @Test
  void opensWithinItsBudgetOnly() {
    Path bundle = bundle(HSTU);
    MFalconConfig config = new MFalconConfig(0, 1, 1 << 20, MFalconConfig.Precision.FULL, 512, 0);
    try (BufferAllocator memory = new RootAllocator()) {
      MemoryPlan plan;
      try (ModelBundle opened = ModelBundle.open(bundle, Registry.onClassPath(), memory)) {
        int most = MemoryPlan.tokens(opened, 1_000);
        assertThat(most).isEqualTo(opened.model().schema().maxLength());
        plan = MemoryPlan.of(opened, MemoryPlan.Load.of(most), config);
      }
      long values = plan.parts().getOrDefault("values", 0L);
      long items = plan.parts().getOrDefault("items", 0L);
      assertThat(items).isPositive();
      Recommender.Builder builder = Recommender.builder(bundle).memory(memory);
      try (Recommender fits = builder.strategy(SmallBundle.budget(plan.total())).open()) {
        assertThat(fits.memoryBytes()).isEqualTo(values + items);
      }
      assertThatThrownBy(() -> builder.strategy(SmallBundle.budget(plan.total() - 1)).open())
          .hasMessageContaining("[GR/OverBudget]")
          .hasMessageContaining("items " + items)
          .hasMessageContaining("lower cacheBytes to " + ((1 << 20) - 1));
      assertThat(memory.getAllocatedMemory()).isZero();
    }
  }

  @Test
  void aModelThatRanksIsRefused() {
    Path ranker = SmallBundle.write(folder, HSTU, SmallBundle.INTERLEAVED);
    assertThatThrownBy(() -> cached(ranker).open()).hasMessageContaining("[GR/NotARetriever]");
    assertThatThrownBy(() -> Recommender.open(ranker)).hasMessageContaining("[GR/NotARetriever]");
  }
}
