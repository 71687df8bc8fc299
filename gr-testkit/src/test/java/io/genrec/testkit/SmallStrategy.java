package io.genrec.testkit;

import io.genrec.api.GenRecException;
import io.genrec.api.config.Default;
import io.genrec.api.inference.CacheStatistics;
import io.genrec.api.inference.CacheUse;
import io.genrec.api.inference.InferenceStrategy;
import io.genrec.api.inference.InferenceStrategyFactory;
import io.genrec.api.inference.Scores;
import io.genrec.api.inference.ScoringModel;
import io.genrec.api.inference.ScoringRequest;
import io.genrec.api.inference.UserVector;
import io.genrec.api.sequence.Batch;
import io.genrec.api.sequence.History;
import io.genrec.api.sequence.Schema;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * One candidate at a time, and a note of each user's last history, as if it were kept: correct, or
 * with one fault.
 */
final class SmallStrategy implements InferenceStrategyFactory<SmallStrategy.Config> {
  /** What is wrong. */
  enum Fault {
    NONE,
    KEEPS_NOTHING,
    SKIPS_THE_LAST_EVENT,
    COUNTS_CANDIDATES,
    GIVES_ONE_SCORE_TOO_FEW,
    ANSWERS_FROM_AN_EARLIER_REQUEST,
    KEEPS_THE_REQUEST_TIME,
    TAKES_ONE_TIME_FOR_ALL,
    ANSWERS_IN_REVERSE,
    FORGETS_NOBODY,
    FORGETS_ALL,
    COUNTS_TWICE,
    KEEPS_WITHOUT_A_USER,
    IS_SPOILT_BY_A_FAILURE,
    SWALLOWS_FAILURES,
    HIDES_WHAT_IS_NO_NUMBER,
    SHARES_A_FIELD,
    LEAKS,
    GIVES_ZERO_VECTORS,
    FINDS_NOBODY
  }

  /** The options. */
  record Config(@Default("none") Fault fault) {}

  /** A strategy with a fault. */
  static InferenceStrategyContract.Subject subject(Fault fault) {
    return InferenceStrategyContract.Subject.of(
            new SmallStrategy(), new SmallEncoder(), new SmallTask())
        // The last event's output depends on the request's time.
        .encoderConfig("{\"fault\": \"caches-last-prediction-time\"}")
        .config("{" + Faults.option(fault) + "}");
  }

  @Override
  public String name() {
    return "small";
  }

  @Override
  public Class<Config> configType() {
    return Config.class;
  }

  @Override
  public InferenceStrategy create(Config config, ScoringModel model) {
    return new Strategy(config.fault(), model);
  }

  private static final class Strategy implements InferenceStrategy {
    private static final long PAUSE_MILLIS = 2;

    private final Fault fault;
    private final ScoringModel model;
    private final Batch own;
    private final Map<String, List<Integer>> known = new LinkedHashMap<>();
    private final Map<String, Scores> answers = new LinkedHashMap<>();
    private final Map<String, Long> times = new LinkedHashMap<>();
    private long hits;
    private long misses;
    private boolean spoilt;
    private volatile @Nullable ScoringRequest current;

    Strategy(Fault fault, ScoringModel model) {
      this.fault = fault;
      this.model = model;
      this.own = new Batch(model.allocator());
      own.longs("kept", 4);
    }

    @Override
    public List<Scores> score(List<ScoringRequest> requests) {
      List<Scores> found = new ArrayList<>();
      for (ScoringRequest request : requests) {
        boolean oneTime = fault == Fault.TAKES_ONE_TIME_FOR_ALL;
        found.add(one(oneTime ? at(request, requests.get(0).at()) : request));
      }
      if (fault == Fault.ANSWERS_IN_REVERSE) {
        java.util.Collections.reverse(found);
      }
      return found;
    }

    private static ScoringRequest at(ScoringRequest request, long time) {
      return new ScoringRequest(
          request.history(), request.firstIndex(), time, request.user(), request.candidates());
    }

    private Scores one(ScoringRequest request) {
      CacheUse use = note(request);
      Optional<String> user = request.user();
      if (fault == Fault.ANSWERS_FROM_AN_EARLIER_REQUEST && user.isPresent()) {
        String key = user.get() + request.history().size() + request.candidates().size();
        Scores before = answers.get(key);
        if (before != null) {
          return before;
        }
        answers.put(key, computed(request, use));
        return answers.get(key);
      }
      if (fault == Fault.KEEPS_THE_REQUEST_TIME && user.isPresent()) {
        long first = times.computeIfAbsent(user.get(), key -> request.at());
        return computed(at(request, first), use);
      }
      return computed(request, use);
    }

    private synchronized CacheUse note(ScoringRequest request) {
      if (fault == Fault.KEEPS_NOTHING) {
        return CacheUse.NONE;
      }
      if (request.user().isEmpty()) {
        return fault == Fault.KEEPS_WITHOUT_A_USER ? CacheUse.MISS : CacheUse.NONE;
      }
      History history = request.history();
      List<Integer> items =
          IntStream.range(0, history.size())
              .map(event -> history.category(Schema.ITEM, event))
              .boxed()
              .toList();
      boolean hit = items.equals(known.put(request.user().get(), items));
      int counted = fault == Fault.COUNTS_TWICE && misses == 3 ? 2 : 1;
      hits += hit ? counted : 0;
      misses += hit ? 0 : counted;
      return hit ? CacheUse.HIT : CacheUse.MISS;
    }

    private Scores computed(ScoringRequest request, CacheUse use) {
      Map<String, double[]> values = new LinkedHashMap<>();
      try {
        Scores scores = OneByOne.score(model, seen(request));
        scores.names().forEach(name -> values.put(name, changed(scores.of(name))));
      } catch (RuntimeException e) {
        if (fault == Fault.SWALLOWS_FAILURES) {
          int size = request.candidates().size();
          model.predictions().forEach(name -> values.put(name, new double[size]));
        } else {
          spoilt = true;
          throw e;
        }
      }
      return new Scores(values, use);
    }

    private ScoringRequest seen(ScoringRequest request) {
      if (fault == Fault.SHARES_A_FIELD) {
        current = request;
        try {
          Thread.sleep(PAUSE_MILLIS);
        } catch (InterruptedException e) {
          throw new IllegalStateException(e);
        }
        return java.util.Objects.requireNonNull(current);
      }
      if (fault == Fault.SKIPS_THE_LAST_EVENT) {
        History history = request.history();
        return new ScoringRequest(
            history.slice(0, Math.max(0, history.size() - 1)),
            request.firstIndex(),
            request.at(),
            request.user(),
            request.candidates());
      }
      return request;
    }

    private double[] changed(double[] scores) {
      if (fault == Fault.GIVES_ONE_SCORE_TOO_FEW && scores.length > 2) {
        return java.util.Arrays.copyOf(scores, scores.length - 1);
      }
      for (int i = 0; i < scores.length; i++) {
        if (Double.isNaN(scores[i])) {
          if (fault != Fault.HIDES_WHAT_IS_NO_NUMBER) {
            throw new GenRecException("NotANumber", "a prediction is not a number");
          }
          scores[i] = 0;
        }
        if (fault == Fault.COUNTS_CANDIDATES) {
          scores[i] += 1e-6 * (scores.length - 1);
        }
        if (fault == Fault.IS_SPOILT_BY_A_FAILURE && spoilt) {
          scores[i] += 1e-6;
        }
      }
      return scores;
    }

    @Override
    public List<UserVector> users(List<ScoringRequest> requests) {
      return switch (fault) {
        case GIVES_ZERO_VECTORS -> {
          if (!model.predictions().isEmpty()) {
            throw new GenRecException("NoUserVectors", "a model that ranks finds nothing");
          }
          double[] zero = new double[model.schema().dim()];
          yield requests.stream().map(request -> new UserVector(zero, CacheUse.NONE)).toList();
        }
        case FINDS_NOBODY ->
            requests.isEmpty() ? List.of() : InferenceStrategy.super.users(requests);
        default -> InferenceStrategy.super.users(requests);
      };
    }

    @Override
    public synchronized void invalidate(String user) {
      if (fault == Fault.FORGETS_ALL) {
        known.clear();
      } else if (fault != Fault.FORGETS_NOBODY) {
        known.remove(user);
      }
    }

    @Override
    public synchronized CacheStatistics statistics() {
      return new CacheStatistics(hits, 0, misses, 0, 0, known.size(), 32);
    }

    @Override
    public void close() {
      if (fault != Fault.LEAKS) {
        own.close();
      }
    }
  }
}
