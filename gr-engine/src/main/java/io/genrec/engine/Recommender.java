package io.genrec.engine;

import io.genrec.api.GenRecException;
import io.genrec.api.config.Check;
import io.genrec.api.config.StrictConfig;
import io.genrec.api.inference.Anchor;
import io.genrec.api.inference.CacheStatistics;
import io.genrec.api.inference.CacheUse;
import io.genrec.api.inference.InferenceStrategy;
import io.genrec.api.inference.Recommendation;
import io.genrec.api.inference.Recommendations;
import io.genrec.api.inference.Request;
import io.genrec.api.sequence.Schema;
import io.genrec.api.storage.VocabularyFile;
import io.genrec.engine.bundle.ModelBundle;
import io.genrec.engine.onnx.Precision;
import io.genrec.engine.runtime.Device;
import io.genrec.engine.runtime.JvmFlags;
import io.genrec.engine.runtime.RequestQueue;
import io.genrec.engine.runtime.SessionSettings;
import io.genrec.engine.scoring.CompiledModel;
import io.genrec.engine.storage.ModelCard;
import io.genrec.engine.wiring.Registry;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.util.AutoCloseables;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * Recommends items with a bundle's model: raw ids in, raw ids and scores out.
 *
 * <pre>{@code
 * try (var recommender = Recommender.open(Path.of("models/hstu"))) {
 *   recommender.recommend(Request.of(events).at(now).k(10).exclude(ids));
 * }
 * }</pre>
 *
 * <p>With the strategy {@code m-falcon} of {@code gr-falcon} what is computed of a user's events is
 * kept under {@link Request#user}: the next request computes what is new. Answers are the same.
 *
 * <p>Every item of the catalogue is scored, exactly. Events whose items the model does not know are
 * left out and counted. Without a known event the answer is the stated prior: the items with the
 * most events in the data set that the model was trained on, a score being that number. Values of
 * features that the model does not use are ignored, unknown values count as absent. The model sees
 * the most recent events as its configuration says; the items of <b>all</b> given events count as
 * seen.
 *
 * <p>Thread-safe. Owns the model's memory, about twice the size of its item table, and the strategy
 * with its cache until it is closed; closing waits for running requests. Memory does not grow with
 * the number of requests.
 */
@API(status = API.Status.STABLE, since = "0.1")
public final class Recommender implements AutoCloseable {
  private static final int TOGETHER = 16;

  private final ModelBundle bundle;
  private final BufferAllocator memory;
  private final Map<String, VocabularyFile> vocabularies;
  private final Entries entries;
  private final PopularItems prior;
  private final Retrieval retrieval;
  private final Optional<InferenceStrategy> strategy;
  private final Anchor anchor;
  private final boolean rejectUnknown;
  private final RequestQueue<Request, Recommendations> queue;
  private final int maxEvents;
  private final Deque<AutoCloseable> opened;
  private final ReadWriteLock lock = new ReentrantReadWriteLock();
  private boolean closed;

  private Recommender(
      Builder builder,
      ModelBundle bundle,
      Registry registry,
      BufferAllocator memory,
      Deque<AutoCloseable> opened) {
    this.bundle = bundle;
    this.memory = memory;
    this.opened = opened;
    this.maxEvents = builder.maxEvents;
    this.entries = Entries.of(bundle);
    this.vocabularies = new LinkedHashMap<>();
    for (Schema.Feature feature : bundle.model().schema().vocabularies()) {
      vocabularies.put(feature.name(), bundle.vocabulary(feature.name()));
    }
    this.prior = new PopularItems(bundle.vocabulary());
    this.anchor = new Anchor(bundle.model().schema().maxHistory(), builder.anchor);
    SessionSettings settings =
        new SessionSettings(builder.device, builder.threads, Precision.FLOAT32);
    this.strategy = builder.strategy.map(config -> strategy(config, registry, settings));
    this.retrieval = new Retrieval(bundle, strategy, settings, builder.concurrency, memory);
    opened.push(retrieval);
    this.rejectUnknown = builder.rejectUnknown;
    this.queue =
        new RequestQueue<>(
            builder.queue, builder.concurrency, TOGETHER, "genrec-recommender", this::recommend);
  }

  private InferenceStrategy strategy(
      StrictConfig config, Registry registry, SessionSettings settings) {
    CompiledModel model =
        new CompiledModel(
            bundle.model(), bundle.task(), bundle.parameters(), bundle.version(), settings, memory);
    opened.push(model);
    InferenceStrategy made = registry.strategy(config, model);
    opened.push(made);
    made.users(List.of()); // One that gives no users' vectors says so now.
    return made;
  }

  /**
   * Opens a bundle on the processor with the plug-ins of the class path.
   *
   * @throws GenRecException as {@link Builder#open}
   */
  public static Recommender open(Path bundle) {
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
    private Device device = Device.CPU;
    private int threads = 1;
    private int concurrency = Runtime.getRuntime().availableProcessors();
    private int maxEvents = 1_000_000;
    private int queue = 1024;
    private boolean rejectUnknown;
    private int anchor;
    private Optional<StrictConfig> strategy = Optional.empty();

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
     * The threads that share the work of one request on the processor; 1 by default, which serves
     * many requests at once best.
     *
     * @throws IllegalArgumentException unless at least 1
     */
    public Builder threads(int count) {
      this.threads = atLeastOne("threads", count);
      return this;
    }

    /**
     * How many requests are computed at a time, each with memory of its own; others wait. By
     * default the number of processors.
     *
     * @throws IllegalArgumentException unless at least 1
     */
    public Builder concurrency(int requests) {
      this.concurrency = atLeastOne("concurrency", requests);
      return this;
    }

    /**
     * The most events of one request; a million by default.
     *
     * @throws IllegalArgumentException unless at least 1
     */
    public Builder maxEvents(int count) {
      this.maxEvents = atLeastOne("maxEvents", count);
      return this;
    }

    /**
     * How many requests of {@link Recommender#submit} may wait; another one is refused at once.
     * 1,024 by default.
     *
     * @throws IllegalArgumentException unless at least 1
     */
    public Builder queue(int requests) {
      this.queue = atLeastOne("queue", requests);
      return this;
    }

    /**
     * Whether a request with an event whose item the model does not know is refused. By default
     * such events are left out and counted.
     */
    public Builder rejectUnknownItems(boolean refuse) {
      this.rejectUnknown = refuse;
      return this;
    }

    /**
     * How users' vectors are computed, as JSON, such as {@code {"name": "m-falcon", "cacheBytes":
     * 4000000000}}: then work is kept under {@link Request#user}. By default nothing is kept.
     *
     * @throws GenRecException for text that is no JSON object
     */
    public Builder strategy(String json) {
      this.strategy = Optional.of(StrictConfig.parse("strategy", json));
      return this;
    }

    /**
     * Delta of {@link Anchor}: by how many events at a time the beginning of a long history moves,
     * between which what is kept of it stays right. 0, the default, shows the most recent events
     * that the model knows. Above 0 all events count, also those that are left out, since nobody
     * knows which of those before {@link Request#firstIndex} were known; without a known event
     * among those from the anchor on the answer is the prior. It changes what the model is shown,
     * with and without a strategy alike.
     *
     * @throws IllegalArgumentException if negative; {@link #open} throws it unless it is below the
     *     most events that are shown
     */
    public Builder anchor(int delta) {
      Check.notNegative("anchor", delta);
      this.anchor = delta;
      return this;
    }

    /** Whose memory to use and be limited by; the recommender's own by default. */
    public Builder memory(BufferAllocator allocator) {
      this.parent = allocator;
      return this;
    }

    private static int atLeastOne(String name, int value) {
      if (value < 1) {
        throw new IllegalArgumentException(name + " must be at least 1 but is " + value);
      }
      return value;
    }

    /**
     * Opens the bundle.
     *
     * @throws GenRecException {@code [GR/MissingJvmFlag]} naming the flag that the JVM lacks; as
     *     {@link ModelBundle#open}; {@code [GR/NoCuda]} if the device cannot be used; {@code
     *     [GR/NotARetriever]} if the model ranks candidates; {@code [GR/UnknownStrategy]}; {@code
     *     [GR/NoUserVectors]} for a strategy that only scores candidates; {@code [GR/NotCacheable]}
     *     for a strategy that keeps what this encoder does not allow to keep; {@code
     *     [GR/OverBudget]} if the strategy would take more than its {@code budgetBytes}; {@code
     *     [GR/WriteFailed]} or {@code [GR/FolderInUse]} for a folder on the disk that it cannot
     *     have
     */
    public Recommender open() {
      JvmFlags.require();
      Deque<AutoCloseable> opened = new ArrayDeque<>();
      try {
        Registry known = registry == null ? Registry.onClassPath() : registry;
        BufferAllocator memory =
            parent == null
                ? new RootAllocator()
                : parent.newChildAllocator("recommender", 0, Long.MAX_VALUE);
        opened.push(memory);
        ModelBundle bundle = ModelBundle.open(path, known, memory);
        opened.push(bundle);
        return new Recommender(this, bundle, known, memory, opened);
      } catch (RuntimeException | Error e) {
        AutoCloseables.close(e, opened);
        throw e;
      }
    }
  }

  /**
   * Answers a request.
   *
   * @throws GenRecException {@code [GR/UnorderedEvents]}; {@code [GR/TooManyEvents]}; {@code
   *     [GR/UnknownItem]} if unknown items are to be refused; {@code [GR/Interrupted]} if the
   *     thread was interrupted while it waited for its turn; {@code [GR/NotANumber]} for a model
   *     with broken weights
   * @throws IllegalStateException if the recommender is closed
   */
  public Recommendations recommend(Request request) {
    return recommend(List.of(request)).get(0);
  }

  /**
   * Answers several requests together, each as if it stood alone up to rounding.
   *
   * @return one answer per request, in their order
   * @throws GenRecException as {@link #recommend(Request)}: one bad request refuses all
   */
  public List<Recommendations> recommend(List<Request> requests) {
    lock.readLock().lock();
    try {
      if (closed) {
        throw new IllegalStateException("the recommender is closed");
      }
      return answer(requests);
    } finally {
      lock.readLock().unlock();
    }
  }

  /**
   * Answers a request without waiting. Requests that wait are answered together.
   *
   * <p>What follows the answer runs on a thread that other requests wait for: let long work run
   * elsewhere ({@code thenApplyAsync}).
   *
   * @param within the time until the answer is of no use any more
   * @return fails with {@code [GR/DeadlinePassed]}, or as {@link #recommend(Request)} does
   * @throws GenRecException {@code [GR/TooManyRequests]} at once if too many wait
   * @throws IllegalStateException if the recommender is closed
   */
  public CompletableFuture<Recommendations> submit(Request request, Duration within) {
    return queue.submit(request, within);
  }

  private List<Recommendations> answer(List<Request> requests) {
    requests.forEach(this::requireLength);
    List<Question> questions =
        requests.stream()
            .map(request -> Question.of(request, vocabularies, entries, anchor))
            .toList();
    questions.forEach(this::requireKnown);
    List<Question> known =
        questions.stream().filter(question -> question.history().size() > 0).toList();
    Iterator<Retrieval.Found> found =
        (known.isEmpty() ? List.<Retrieval.Found>of() : retrieval.answer(known)).iterator();
    List<Recommendations> answers = new ArrayList<>();
    for (Question question : questions) {
      boolean fromPrior = question.history().size() == 0;
      Retrieval.Found best =
          fromPrior
              ? new Retrieval.Found(prior.best(question.k(), question.excluded()), CacheUse.NONE)
              : found.next();
      answers.add(
          new Recommendations(
              best.items().stream().map(this::raw).toList(),
              modelVersion(),
              best.cache(),
              question.unknown(),
              fromPrior));
    }
    return List.copyOf(answers);
  }

  private Recommendation raw(Ranked item) {
    return new Recommendation(bundle.vocabulary().id(item.row()), item.score());
  }

  private void requireLength(Request request) {
    if (request.events().size() > maxEvents) {
      throw new GenRecException(
          "TooManyEvents",
          "the request has "
              + request.events().size()
              + " events; this recommender takes at most "
              + maxEvents
              + ": give the most recent ones, or raise maxEvents when it is opened");
    }
  }

  private void requireKnown(Question question) {
    if (rejectUnknown && question.unknown() > 0) {
      throw new GenRecException(
          "UnknownItem",
          question.unknown()
              + " of the request's events are of items that the model does not know; leave them"
              + " out, or let the recommender do so (rejectUnknownItems)");
    }
  }

  /** Forgets all that is kept of a user. */
  public void invalidate(String user) {
    strategy.ifPresent(kept -> kept.invalidate(user));
  }

  /** What the cache did; {@link CacheStatistics#NONE} without a strategy. */
  public CacheStatistics statistics() {
    return strategy.map(InferenceStrategy::statistics).orElse(CacheStatistics.NONE);
  }

  /** What the bundle says of its model. */
  public ModelCard card() {
    return bundle.card();
  }

  /** Which model answers, as in every answer: {@link ModelBundle#version}. */
  public String modelVersion() {
    return bundle.version();
  }

  /** Raw ids of items and their rows, with titles if the data had them. */
  public VocabularyFile items() {
    return bundle.vocabulary();
  }

  /** The bytes of memory outside the Java heap that this recommender's data takes now. */
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
    queue.close();
    lock.writeLock().lock();
    try {
      closed = true;
      AutoCloseables.closeNoChecked(() -> AutoCloseables.close(opened));
      opened.clear();
    } finally {
      lock.writeLock().unlock();
    }
  }
}
