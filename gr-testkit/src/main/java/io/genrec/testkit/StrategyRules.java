package io.genrec.testkit;

import io.genrec.api.inference.CacheStatistics;
import io.genrec.api.inference.CacheUse;
import io.genrec.api.inference.InferenceStrategy;
import io.genrec.api.inference.Scores;
import io.genrec.api.inference.ScoringRequest;
import io.genrec.api.sequence.History;
import io.genrec.engine.onnx.Precision;
import io.genrec.engine.runtime.Workers;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import org.opentest4j.TestAbortedException;

/** The rules of inference strategies. */
final class StrategyRules {
  static final String SCORES = "rule 1: scores are those of a candidate alone after its history";
  static final String OTHERS = "rule 2: other candidates change nothing";
  static final String EARLIER = "rule 3: earlier requests change nothing";
  static final String TOGETHER = "rule 4: requests together are answered as alone";
  static final String INVALIDATE = "rule 5: a forgotten user is forgotten, others are not";
  static final String STATISTICS = "rule 6: statistics are what answers say";
  static final String FAILURES = "rule 7: a failed request leaves nothing behind";
  static final String BROKEN = "rule 8: predictions that are not numbers are refused";
  static final String THREADS = "rule 9: one strategy serves many threads";
  static final String MEMORY = "rule 10: closing gives all memory back";

  static final List<Rule<StrategyBench>> ALL =
      List.of(
          rule(SCORES, StrategyRules::scores),
          rule(OTHERS, StrategyRules::others),
          rule(EARLIER, StrategyRules::earlier),
          rule(TOGETHER, StrategyRules::together),
          rule(INVALIDATE, StrategyRules::invalidate),
          rule(STATISTICS, StrategyRules::statistics),
          rule(FAILURES, StrategyRules::failures),
          rule(BROKEN, StrategyRules::broken),
          rule(THREADS, StrategyRules::threads),
          rule(MEMORY, StrategyRules::memory),
          new UsersRule());

  private static final Tolerance TOLERANCE = Tolerance.of(Precision.FLOAT64, "");
  private static final int MANY = 25;
  private static final int REQUESTS = 40;
  private static final int THREAD_COUNT = 4;
  private static final int HOUR = 3_600;

  private StrategyRules() {}

  private static Rule<StrategyBench> rule(String title, Consumer<StrategyBench> check) {
    return new Rule<>() {
      @Override
      public String title() {
        return title;
      }

      @Override
      public void check(StrategyBench bench) {
        check.accept(bench);
      }
    };
  }

  private static ScoringRequest request(
      StrategyEvents events, int later, String user, StrategyEvents candidates) {
    return new ScoringRequest(events, 0, events.end() + later, Optional.of(user), candidates);
  }

  private static ScoringRequest anonymous(ScoringRequest request) {
    return new ScoringRequest(
        request.history(),
        request.firstIndex(),
        request.at(),
        Optional.empty(),
        request.candidates());
  }

  private static void requireSame(String what, Scores found, Scores expected) {
    if (!found.names().equals(expected.names())) {
      throw new AssertionError(
          what + ": predictions are " + found.names() + " but should be " + expected.names());
    }
    for (String name : expected.names()) {
      if (found.of(name).length != expected.of(name).length) {
        throw new AssertionError(
            what
                + ": there are "
                + found.of(name).length
                + " scores of "
                + expected.of(name).length
                + " candidates");
      }
      TOLERANCE.requireSame(what + ": \"" + name + "\"", found.of(name), expected.of(name));
    }
  }

  private static void scores(StrategyBench bench) {
    Random random = new Random(1);
    try (InferenceStrategy strategy = bench.open()) {
      for (int events : new int[] {0, 1, 3, StrategyBench.MAX_HISTORY}) {
        for (int candidates : new int[] {0, 1, 2, MANY}) {
          ScoringRequest request =
              anonymous(
                  request(
                      StrategyEvents.draw(random, events),
                      random.nextInt(HOUR),
                      "",
                      StrategyEvents.candidates(random, candidates)));
          requireSame(
              candidates + " candidates after " + events + " events",
              strategy.score(List.of(request)).get(0),
              OneByOne.score(bench.model(), request));
        }
      }
    }
  }

  private static void others(StrategyBench bench) {
    Random random = new Random(2);
    StrategyEvents events = StrategyEvents.draw(random, 5);
    StrategyEvents candidates = StrategyEvents.candidates(random, MANY);
    try (InferenceStrategy strategy = bench.open()) {
      Scores alone = null;
      for (int copies : new int[] {1, 2, MANY}) {
        // The first candidate, among others in random order.
        int place = random.nextInt(copies);
        int[] items = candidates.items().clone();
        long[] times = candidates.times().clone();
        items[place] = 7;
        times[place] = 2;
        StrategyEvents some =
            new StrategyEvents(
                0, java.util.Arrays.copyOf(items, copies), java.util.Arrays.copyOf(times, copies));
        ScoringRequest request = anonymous(request(events, HOUR, "", some));
        Scores found = only(strategy.score(List.of(request)).get(0), place);
        if (alone != null) {
          requireSame("a candidate, the " + place + "th of " + copies, found, alone);
        }
        alone = alone == null ? found : alone;
      }
    }
  }

  private static Scores only(Scores scores, int candidate) {
    Map<String, double[]> one = new java.util.LinkedHashMap<>();
    scores.names().forEach(name -> one.put(name, new double[] {scores.of(name)[candidate]}));
    return new Scores(one, scores.cache());
  }

  /** Requests of few users as they come in service. */
  private static final class Service {
    private final Random random;
    private final StrategyEvents[] users = new StrategyEvents[3];

    Service(long seed) {
      random = new Random(seed);
      for (int user = 0; user < users.length; user++) {
        users[user] = StrategyEvents.draw(random, random.nextInt(5));
      }
    }

    ScoringRequest next() {
      int user = random.nextInt(users.length);
      StrategyEvents events = users[user];
      int size = events.size();
      users[user] =
          switch (random.nextInt(8)) {
            case 0, 1, 2 ->
                size < 2 * StrategyBench.MAX_HISTORY ? events.longer(random, 1) : events;
            case 3 -> size == 0 ? events : events.with(random.nextInt(size), 1);
            case 4 -> StrategyEvents.draw(random, random.nextInt(StrategyBench.MAX_HISTORY));
            default -> events;
          };
      StrategyEvents all = users[user];
      int seen = random.nextInt(6) == 0 ? random.nextInt(all.size() + 1) : all.size();
      int first = Math.max(0, seen - StrategyBench.MAX_HISTORY);
      first = random.nextInt(6) == 0 ? Math.min(seen, first + 1) : first;
      History shown = all.slice(first, seen);
      return new ScoringRequest(
          shown,
          first,
          all.end() + random.nextInt(3) * HOUR,
          Optional.of("user" + user),
          StrategyEvents.candidates(random, 1 + random.nextInt(4)));
    }
  }

  private static void earlier(StrategyBench bench) {
    Service service = new Service(3);
    try (InferenceStrategy strategy = bench.open()) {
      for (int i = 0; i < REQUESTS; i++) {
        ScoringRequest request = service.next();
        Scores found = strategy.score(List.of(request)).get(0);
        requireSame(
            "request " + i + " (" + found.cache() + ")", found, bench.fresh(anonymous(request)));
      }
    }
  }

  private static void together(StrategyBench bench) {
    Service service = new Service(4);
    Random random = new Random(4);
    for (int i = 0; i < REQUESTS / 4; i++) {
      List<ScoringRequest> requests = new ArrayList<>();
      for (int j = 0; j < 2 + i % 4; j++) {
        ScoringRequest request = service.next();
        requests.add(random.nextInt(4) == 0 ? anonymous(request) : request);
      }
      Collections.shuffle(requests, random);
      try (InferenceStrategy strategy = bench.open()) {
        List<Scores> found = strategy.score(requests);
        if (found.size() != requests.size()) {
          throw new AssertionError(requests.size() + " requests got " + found.size() + " answers");
        }
        for (int j = 0; j < requests.size(); j++) {
          requireSame(
              "request " + j + " of " + requests.size(),
              found.get(j),
              bench.fresh(anonymous(requests.get(j))));
        }
      }
    }
  }

  private static void invalidate(StrategyBench bench) {
    Random random = new Random(5);
    StrategyEvents candidates = StrategyEvents.candidates(random, 3);
    ScoringRequest one = request(StrategyEvents.draw(random, 5), HOUR, "one", candidates);
    ScoringRequest other = request(StrategyEvents.draw(random, 5), HOUR, "other", candidates);
    try (InferenceStrategy strategy = bench.open()) {
      strategy.invalidate("one");
      Scores first = strategy.score(List.of(one)).get(0);
      strategy.score(List.of(other));
      CacheUse known = strategy.score(List.of(other)).get(0).cache();
      if (strategy.score(List.of(one)).get(0).cache() == first.cache()) {
        throw new TestAbortedException("nothing to check: nothing is kept of a user");
      }
      strategy.invalidate("one");
      Scores again = strategy.score(List.of(one)).get(0);
      if (again.cache() != first.cache()) {
        throw new AssertionError(
            "after invalidate the history is found as "
                + again.cache()
                + " but should be as at first, "
                + first.cache());
      }
      requireSame("after invalidate", again, first);
      CacheUse after = strategy.score(List.of(other)).get(0).cache();
      if (after != known) {
        throw new AssertionError(
            "after invalidate of one user another one's history is found as "
                + after
                + " but was as "
                + known);
      }
    }
  }

  private static void statistics(StrategyBench bench) {
    Service service = new Service(6);
    Map<CacheUse, Long> uses = new EnumMap<>(CacheUse.class);
    try (InferenceStrategy strategy = bench.open()) {
      for (int i = 0; i < REQUESTS; i++) {
        ScoringRequest request = service.next();
        ScoringRequest asked = i % 5 == 0 ? anonymous(request) : request;
        CacheUse use = strategy.score(List.of(asked)).get(0).cache();
        if (asked.user().isEmpty() && use != CacheUse.NONE) {
          throw new AssertionError(
              "a request without a user found its history as " + use + "; expected NONE");
        }
        uses.merge(use, 1L, Long::sum);
      }
      CacheStatistics found = strategy.statistics();
      requireEqual("hits", found.hits(), uses.getOrDefault(CacheUse.HIT, 0L));
      requireEqual("extensions", found.extensions(), uses.getOrDefault(CacheUse.EXTEND, 0L));
      requireEqual("misses", found.misses(), uses.getOrDefault(CacheUse.MISS, 0L));
      requireEqual("moved", found.moved(), uses.getOrDefault(CacheUse.MOVED, 0L));
      if (found.entries() < 0 || found.entries() > 3 || found.bytes() < 0) {
        throw new AssertionError("of three users there are " + found);
      }
    }
  }

  private static void requireEqual(String what, long found, long said) {
    if (found != said) {
      throw new AssertionError(what + " are " + found + " but answers say " + said);
    }
  }

  private static void failures(StrategyBench bench) {
    Random random = new Random(7);
    StrategyEvents events = StrategyEvents.draw(random, 5);
    StrategyEvents candidates = StrategyEvents.candidates(random, 3);
    ScoringRequest good = request(events, HOUR, "one", candidates);
    int none = StrategyBench.ITEMS + 7;
    try (InferenceStrategy strategy = bench.open()) {
      for (ScoringRequest bad :
          List.of(
              request(events.with(2, none), HOUR, "one", candidates),
              request(events, HOUR, "one", candidates.with(1, none)),
              request(events.longer(random, 1).with(5, none), HOUR, "one", candidates))) {
        requireFailure(strategy, bad);
        requireSame(
            "after a failure", strategy.score(List.of(good)).get(0), bench.fresh(anonymous(good)));
      }
    }
  }

  private static void requireFailure(InferenceStrategy strategy, ScoringRequest bad) {
    try {
      strategy.score(List.of(bad));
    } catch (RuntimeException e) {
      return;
    }
    throw new AssertionError("a request with an item that is none must fail");
  }

  private static void broken(StrategyBench bench) {
    Random random = new Random(8);
    ScoringRequest request =
        request(StrategyEvents.draw(random, 3), HOUR, "one", StrategyEvents.candidates(random, 2));
    try (StrategyBench broken = bench.broken()) {
      Refusal.require("NotANumber", "a model with NaN weights", () -> broken.fresh(request));
    }
  }

  private static void threads(StrategyBench bench) {
    Service service = new Service(9);
    List<ScoringRequest> requests = new ArrayList<>();
    List<Scores> alone = new ArrayList<>();
    for (int i = 0; i < REQUESTS; i++) {
      requests.add(service.next());
      alone.add(bench.fresh(anonymous(requests.get(i))));
    }
    try (InferenceStrategy strategy = bench.open();
        Workers workers = new Workers(THREAD_COUNT)) {
      List<Future<Integer>> tasks = new ArrayList<>();
      for (int t = 0; t < THREAD_COUNT; t++) {
        Random random = new Random(t);
        tasks.add(
            workers.submit(
                () -> {
                  for (int i = 0; i < REQUESTS; i++) {
                    int which = random.nextInt(REQUESTS);
                    Scores found = strategy.score(List.of(requests.get(which))).get(0);
                    requireSame("beside other threads", found, alone.get(which));
                  }
                  return REQUESTS;
                }));
      }
      Workers.settle(tasks);
      tasks.forEach(Workers::await);
    }
  }

  private static void memory(StrategyBench shared) {
    try (StrategyBench bench = shared.another()) {
      long before = bench.allocated();
      Service service = new Service(10);
      try (InferenceStrategy strategy = bench.open()) {
        for (int i = 0; i < REQUESTS / 2; i++) {
          strategy.score(List.of(service.next()));
        }
      }
      long kept = bench.allocated() - before;
      if (kept != 0) {
        throw new AssertionError(kept + " bytes are kept after the strategy was closed");
      }
    }
  }
}
