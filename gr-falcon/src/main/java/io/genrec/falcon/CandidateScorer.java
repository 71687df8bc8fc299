package io.genrec.falcon;

import io.genrec.api.GenRecException;
import io.genrec.api.config.StrictConfig;
import io.genrec.api.inference.Anchor;
import io.genrec.api.inference.CacheStatistics;
import io.genrec.api.inference.Candidate;
import io.genrec.api.inference.Event;
import io.genrec.api.inference.InferenceStrategy;
import io.genrec.api.inference.RankRequest;
import io.genrec.api.inference.RankedCandidates;
import io.genrec.api.inference.RankedCandidates.Ranked;
import io.genrec.api.inference.Scores;
import io.genrec.api.inference.ScoringRequest;
import io.genrec.api.sequence.History;
import io.genrec.api.sequence.Schema;
import io.genrec.api.sequence.Series;
import io.genrec.api.storage.VocabularyFile;
import io.genrec.api.task.Label;
import io.genrec.engine.RawEvents;
import io.genrec.engine.bundle.GrowingVocabulary;
import io.genrec.engine.bundle.ModelBundle;
import io.genrec.engine.ranking.Ranker;
import io.genrec.engine.runtime.Device;
import io.genrec.engine.runtime.JvmFlags;
import io.genrec.engine.runtime.NativeKernels;
import io.genrec.engine.runtime.SessionSettings;
import io.genrec.engine.scoring.CompiledModel;
import io.genrec.engine.storage.ModelCard;
import io.genrec.engine.wiring.Registry;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.util.AutoCloseables;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * Ranks candidates with a bundle's model: raw ids in, predictions out.
 *
 * <pre>{@code
 * try (var scorer = CandidateScorer.open(Path.of("runs/kuairand/model"))) {
 *   scorer.rank(RankRequest.of(events, Candidate.of(ids)).at(now).user("42"));
 * }
 * }</pre>
 *
 * <p>The model is shown the most recent events, as many as its configuration says. Events and
 * candidates whose items it does not know count as the item "none" and are counted, or are refused:
 * {@link ScorerConfig.UnknownItems}. Without an event candidates are scored after an empty history.
 *
 * <p>Thread-safe. Owns the model's memory and the strategy with its cache until it is closed.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public final class CandidateScorer implements AutoCloseable {
  private final ModelBundle bundle;
  private final BufferAllocator memory;
  private final Ranker ranker;
  private final Scorer scorer;
  private final Anchor anchor;
  private final Series series;
  private final Deque<AutoCloseable> opened;

  private CandidateScorer(
      Builder builder,
      ModelBundle bundle,
      Registry registry,
      BufferAllocator memory,
      Deque<AutoCloseable> opened) {
    this.bundle = bundle;
    this.memory = memory;
    this.opened = opened;
    this.ranker = ranker(bundle);
    CompiledModel model =
        new CompiledModel(
            bundle.model(),
            ranker.head(),
            bundle.task(),
            bundle.parameters(),
            bundle.version(),
            SessionSettings.on(builder.device).kernels(builder.kernels.choose(builder.device)),
            memory);
    opened.push(model);
    InferenceStrategy strategy = registry.strategy(builder.strategy, model);
    try {
      this.scorer = new Scorer(model, strategy, builder.config);
      this.anchor = new Anchor(model.schema().maxHistory(), builder.config.anchor());
      this.series = Series.of(model.schema());
    } catch (RuntimeException | Error e) {
      strategy.close();
      throw e;
    }
    opened.push(scorer);
  }

  /**
   * The part of a bundle's model that predicts of candidates.
   *
   * @throws GenRecException {@code [GR/NotARanker]}
   */
  static Ranker ranker(ModelBundle bundle) {
    return bundle
        .model()
        .ranker()
        .orElseThrow(
            () ->
                new GenRecException(
                    "NotARanker",
                    "model "
                        + bundle.version()
                        + " predicts items by task \""
                        + bundle.card().task()
                        + "\" and has no head for candidates; use Recommender, or train one with a"
                        + " ranking task, such as ranking-interleaved"));
  }

  /**
   * Opens a bundle on the processor with the plug-ins of the class path, M-FALCON and a cache of 1
   * GiB.
   *
   * @throws GenRecException as {@link Builder#open}
   */
  public static CandidateScorer open(Path bundle) {
    return builder(bundle).open();
  }

  /** Settings for a bundle. */
  public static Builder builder(Path bundle) {
    return new Builder(bundle);
  }

  /** How a bundle is opened. Not thread-safe. */
  public static final class Builder {
    private final Path path;
    private @Nullable Registry registry;
    private @Nullable BufferAllocator parent;
    private @Nullable Path newItems;
    private Device device = Device.CPU;
    private NativeKernels.Use kernels = NativeKernels.Use.AUTO;
    private StrictConfig strategy = StrictConfig.parse("strategy", "{\"name\": \"m-falcon\"}");
    private ScorerConfig config = StrictConfig.parse("scorer", "{}").as(ScorerConfig.class);

    private Builder(Path path) {
      this.path = path;
    }

    /**
     * Encoders, tasks and strategies; by default those of the plug-ins that the thread's context
     * class loader finds, else GenRec's own class loader.
     */
    public Builder registry(Registry known) {
      this.registry = known;
      return this;
    }

    /** Where graphs run; the processor by default. */
    public Builder device(Device target) {
      this.device = target;
      return this;
    }

    /**
     * Whether compiled kernels compute what they are there for; if they are there by default.
     * Scores agree to 1e-5.
     */
    public Builder kernels(NativeKernels.Use use) {
      this.kernels = use;
      return this;
    }

    /**
     * How requests are computed, as JSON; {@code {"name": "m-falcon"}} by default. See {@link
     * MFalconConfig}, {@link BatchedConfig} and {@link FullConfig}.
     *
     * @throws GenRecException for text that is no JSON object
     */
    public Builder strategy(String json) {
      this.strategy = StrictConfig.parse("strategy", json);
      return this;
    }

    /**
     * How requests wait, as JSON, such as {@code {"queue": 64, "unknownItems": "reject"}}. See
     * {@link ScorerConfig}.
     *
     * @throws GenRecException for unknown keys and numbers out of range
     */
    public Builder scorer(String json) {
      this.config = StrictConfig.parse("scorer", json).as(ScorerConfig.class);
      return this;
    }

    /**
     * New items of an earlier time in service, which keep the rows that they had then; by default
     * none. With the same {@code newItems} as then their rows hold the same values.
     *
     * @param written what {@link GrowingVocabulary#write} wrote for this bundle
     */
    public Builder newItems(Path written) {
      this.newItems = written;
      return this;
    }

    /** Whose memory to use and be limited by; the scorer's own by default. */
    public Builder memory(BufferAllocator allocator) {
      this.parent = allocator;
      return this;
    }

    /**
     * Opens the bundle.
     *
     * @throws GenRecException {@code [GR/MissingJvmFlag]} naming the flag that the JVM lacks;
     *     {@code [GR/NoKernels]} for kernels that are wanted but not there; as {@link
     *     ModelBundle#open}; as {@link GrowingVocabulary#restore}; {@code [GR/NotARanker]} if the
     *     model predicts items; {@code [GR/UnknownStrategy]}; {@code [GR/NotCacheable]} or {@code
     *     [GR/CandidatesMeet]} for an encoder that only {@code full} can score; {@code
     *     [GR/OverBudget]} if the strategy would take more than its {@code budgetBytes}; {@code
     *     [GR/WriteFailed]} or {@code [GR/FolderInUse]} for a folder on the disk that it cannot
     *     have
     */
    public CandidateScorer open() {
      JvmFlags.require();
      Deque<AutoCloseable> opened = new ArrayDeque<>();
      try {
        Registry known = registry == null ? Registry.onClassPath() : registry;
        BufferAllocator memory =
            parent == null
                ? new RootAllocator()
                : parent.newChildAllocator("scorer", 0, Long.MAX_VALUE);
        opened.push(memory);
        ModelBundle bundle =
            ModelBundle.open(path, known, config.newItems(), config.admit(), memory);
        opened.push(bundle);
        if (newItems != null) {
          bundle.items().restore(newItems, memory);
        }
        return new CandidateScorer(this, bundle, known, memory, opened);
      } catch (RuntimeException | Error e) {
        AutoCloseables.close(e, opened);
        throw e;
      }
    }
  }

  /**
   * Ranks the candidates of a request and waits for it.
   *
   * @throws GenRecException {@code [GR/UnorderedEvents]}; {@code [GR/InvalidRequest]}; {@code
   *     [GR/UnknownPrediction]} for a prediction to rank by that the model does not make; as {@link
   *     Scorer#score}
   * @throws IllegalStateException if this is closed
   */
  public RankedCandidates rank(RankRequest request) {
    String by = by(request);
    return rank(inRows(request), by, request);
  }

  /**
   * The same for a history in the bundle's vocabulary rows.
   *
   * @param history the events, in the place of the request's
   * @throws GenRecException as {@link #rank(RankRequest)}
   */
  public RankedCandidates rank(History history, RankRequest request) {
    String by = by(request);
    long last = history.size() == 0 ? History.NO_TIME : history.time(history.size() - 1);
    ScoringRequest rows = inRows(history, request.firstIndex(), last, request);
    return rank(new Asked(rows, unknown(history)), by, request);
  }

  private RankedCandidates rank(Asked asked, String by, RankRequest request) {
    return answer(request, asked, by, scorer.score(asked.rows()));
  }

  /**
   * A question in rows.
   *
   * @param unknownEvents of all given events, shown or not
   */
  private record Asked(ScoringRequest rows, int unknownEvents) {}

  /**
   * Ranks the candidates of a request without waiting.
   *
   * <p>What follows the answer runs on a thread that other requests wait for: let long work run
   * elsewhere ({@code thenApplyAsync}).
   *
   * @param within the time until the answer is of no use any more
   * @return fails with {@code [GR/DeadlinePassed]}, or as {@link #rank(RankRequest)} does
   * @throws GenRecException {@code [GR/TooManyRequests]} and what is wrong with the request, at
   *     once
   * @throws IllegalStateException if this is closed
   */
  public CompletableFuture<RankedCandidates> submit(RankRequest request, Duration within) {
    String by = by(request);
    Asked asked = inRows(request);
    return scorer
        .submit(asked.rows(), within)
        .thenApply(scores -> answer(request, asked, by, scores));
  }

  /** A request's events in rows; an anchor counts those of unknown entries, which are left out. */
  private Asked inRows(RankRequest request) {
    RawEvents known = RawEvents.of(bundle, request.events(), request.fields());
    int given = request.events().size();
    int first =
        anchor.delta() == 0 ? 0 : known.from(anchor.firstShown(request.firstIndex(), given));
    long last = given == 0 ? History.NO_TIME : request.events().get(given - 1).time();
    ScoringRequest rows =
        inRows(
            known.slice(first, known.size()),
            request.firstIndex() + known.place(first),
            last,
            request);
    return new Asked(rows, unknown(known));
  }

  private ScoringRequest inRows(History history, long firstIndex, long last, RankRequest request) {
    return new ScoringRequest(
        history,
        firstIndex,
        request.time().orElse(last),
        request.user(),
        RawEvents.of(bundle, request.candidates()));
  }

  private String by(RankRequest request) {
    List<String> names = ranker.labels().stream().map(Label::name).toList();
    String by = request.by().orElse(names.get(0));
    if (!names.contains(by)) {
      throw new GenRecException(
          "UnknownPrediction",
          "the model does not predict \"" + by + "\"; " + GenRecException.knownNames(by, names));
    }
    return by;
  }

  private RankedCandidates answer(RankRequest request, Asked question, String by, Scores scores) {
    Map<String, double[]> predictions = new LinkedHashMap<>();
    ranker.labels().forEach(label -> predictions.put(label.name(), readable(label, scores)));
    double[] order = scores.of(by);
    List<Candidate> asked = request.candidates();
    List<Ranked> ranked =
        IntStream.range(0, order.length)
            .boxed()
            .sorted(Comparator.comparingDouble((Integer i) -> -order[i]))
            .map(
                i -> {
                  Map<String, Double> own = new LinkedHashMap<>();
                  predictions.forEach((name, values) -> own.put(name, values[i]));
                  return new Ranked(asked.get(i).item(), i, order[i], own);
                })
            .toList();
    return new RankedCandidates(
        ranked,
        by,
        bundle.version(),
        scores.cache(),
        question.unknownEvents(),
        unknown(question.rows().candidates()));
  }

  private int unknown(History items) {
    return (int)
        IntStream.range(0, items.size())
            .filter(i -> items.category(Schema.ITEM, i) == VocabularyFile.UNKNOWN)
            .filter(i -> !series.isEntry(items, i))
            .count();
  }

  /** Chances in the place of logits, and sizes in the data's own unit. */
  private double[] readable(Label label, Scores scores) {
    double[] values = scores.of(label.name());
    if (label.kind() == Label.Kind.BINARY) {
      return java.util.Arrays.stream(values).map(x -> 1 / (1 + Math.exp(-x))).toArray();
    }
    Schema.Numeric number =
        bundle.model().schema().outcomes().numbers().stream()
            .filter(known -> known.name().equals(label.name()))
            .findFirst()
            .orElseThrow();
    return java.util.Arrays.stream(values)
        .map(x -> number.mean() + x * number.deviation())
        .toArray();
  }

  /** The same in vocabulary rows, for callers that hold such. */
  public Scorer rows() {
    return scorer;
  }

  /**
   * Takes note of an event, once when it happens, so that an item which the model does not know
   * gets a row of its own, if the settings {@code newItems} and {@code admit} let it. Requests
   * alone say nothing of how often an item was seen, as each repeats a user's events.
   *
   * @return the item's row from now on; 0 if it has none (yet), or the event is an entry of a
   *     slower-changing series
   */
  public int observe(Event event) {
    return event.isEntry()
        ? VocabularyFile.UNKNOWN
        : bundle.items().see(event.item(), event.time());
  }

  /** The items that are known by now. */
  public GrowingVocabulary items() {
    return bundle.items();
  }

  /** Forgets all that is kept of a user. */
  public void invalidate(String user) {
    scorer.invalidate(user);
  }

  /** What the cache did. */
  public CacheStatistics statistics() {
    return scorer.statistics();
  }

  /** What the model predicts. */
  public List<Label> labels() {
    return ranker.labels();
  }

  /** What the bundle says of its model. */
  public ModelCard card() {
    return bundle.card();
  }

  /** Which model answers: {@link ModelBundle#version}. */
  public String modelVersion() {
    return bundle.version();
  }

  /** The bundle, not to be closed. */
  public ModelBundle bundle() {
    return bundle;
  }

  /** The bytes of memory outside the Java heap that data of this scorer takes now. */
  public long memoryBytes() {
    return memory.getAllocatedMemory();
  }

  /**
   * Answers what waits, then gives all memory back. Later calls wait for that and do nothing more.
   *
   * @throws IllegalStateException in what follows an answer on the thread that gave it
   */
  @Override
  public void close() {
    scorer.close();
    giveBack();
  }

  private synchronized void giveBack() {
    AutoCloseables.closeNoChecked(() -> AutoCloseables.close(opened));
    opened.clear();
  }
}
