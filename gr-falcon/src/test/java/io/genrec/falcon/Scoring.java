package io.genrec.falcon;

import io.genrec.api.encoder.Head;
import io.genrec.api.encoder.SequenceEncoder;
import io.genrec.api.graph.Initializer;
import io.genrec.api.graph.Parameter;
import io.genrec.api.graph.Scope;
import io.genrec.api.graph.Tensor;
import io.genrec.api.inference.InferenceStrategy;
import io.genrec.api.inference.ScoringModel;
import io.genrec.api.inference.ScoringModel.Stage;
import io.genrec.api.sequence.History;
import io.genrec.api.sequence.Role;
import io.genrec.api.sequence.Schema;
import io.genrec.api.sequence.TokenContext;
import io.genrec.api.task.Task;
import io.genrec.engine.model.Model;
import io.genrec.engine.onnx.Precision;
import io.genrec.engine.optimizer.ParameterStore;
import io.genrec.engine.ranking.Ranker;
import io.genrec.engine.runtime.NativeKernels;
import io.genrec.engine.runtime.SessionSettings;
import io.genrec.engine.scoring.CompiledModel;
import io.genrec.falcon.Rankings.Ranking;
import io.genrec.gpsd.ClickTask;
import java.lang.reflect.Proxy;
import java.nio.FloatBuffer;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Collection;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.BiFunction;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;

/** A small model with random weights that scores candidates, and what a test opens around it. */
final class Scoring implements AutoCloseable {
  static final int ITEMS = 40;
  static final int MAX_HISTORY = 12;
  static final Schema SCHEMA =
      new Schema(List.of(new Schema.Feature(Schema.ITEM, ITEMS, 8)), MAX_HISTORY, MAX_HISTORY + 2);

  private final Deque<AutoCloseable> open = new ArrayDeque<>();
  private final BufferAllocator memory = new RootAllocator();
  private final ParameterStore parameters;
  private final CompiledModel model;

  /** Declares an encoder in a scope. */
  interface Encoder extends BiFunction<Scope, Schema, SequenceEncoder> {}

  Scoring(Encoder encoder, Precision precision, long seed) {
    this(encoder, SCHEMA, precision, seed);
  }

  Scoring(Encoder encoder, Schema schema, Precision precision, long seed) {
    this(Declared.of(encoder, schema), precision, seed);
  }

  Scoring(Pair pair, Precision precision, long seed) {
    this(Declared.of(pair), precision, seed);
  }

  /** A model without values. */
  record Declared(Model model, Head head, Task task) {
    /** Tokens of items alone. */
    static Declared of(Encoder encoder, Schema schema) {
      Outcomes[] head = new Outcomes[1];
      Model model =
          new Model(
              "encoder",
              schema,
              Set.of(Role.EVENT, Role.CANDIDATE),
              scope -> {
                head[0] = new Outcomes(scope.child("head"), schema.dim());
                return encoder.apply(scope, schema);
              });
      return new Declared(model, head[0], new ClickTask(new ClickTask.Config(2), schema));
    }

    static Declared of(Pair pair) {
      Ranking ranking = pair.ranking();
      Schema schema = ranking.schema();
      Task task = ranking.task().apply(schema);
      Model model =
          new Model(
              "encoder",
              schema,
              task.roles(),
              scope -> pair.encoder().encoder().apply(scope, schema),
              scope -> Optional.of(Ranker.declare(ranking.config(), scope, schema, task)));
      return new Declared(model, model.ranker().orElseThrow().head(), task);
    }
  }

  private Scoring(Declared declared, Precision precision, long seed) {
    open.push(memory);
    parameters = opened(new ParameterStore(declared.model().parameters().values(), memory));
    Random random = new Random(seed);
    for (Parameter parameter : parameters.parameters()) {
      FloatBuffer values = parameters.column(parameter.name()).bytes().asFloatBuffer();
      while (values.hasRemaining()) {
        values.put((float) random.nextGaussian() * 0.4f);
      }
    }
    model =
        opened(
            new CompiledModel(
                declared.model(),
                declared.head(),
                declared.task(),
                parameters,
                "test",
                SessionSettings.cpu().precision(precision).kernels(NativeKernels.installed()),
                memory));
  }

  ScoringModel model() {
    return model;
  }

  ParameterStore parameters() {
    return parameters;
  }

  BufferAllocator memory() {
    return memory;
  }

  <T extends AutoCloseable> T opened(T resource) {
    open.push(resource);
    return resource;
  }

  /** The slow truth. */
  InferenceStrategy full() {
    return opened(new Full().create(new FullConfig(1), model));
  }

  InferenceStrategy mFalcon(int microBatch, long cacheBytes, int chunk) {
    MFalconConfig.Precision precision = MFalconConfig.Precision.FULL;
    return mFalcon(new MFalconConfig(microBatch, 2, cacheBytes, precision, chunk, 0));
  }

  InferenceStrategy mFalcon(MFalconConfig config) {
    return opened(new MFalcon().create(config, model));
  }

  /**
   * The same on a model whose runs are told.
   *
   * @param copies whether it says that runs copy their inputs, as on a device
   * @param ran gets the stage of each run
   */
  InferenceStrategy mFalcon(
      int microBatch, long cacheBytes, boolean copies, Collection<Stage> ran) {
    ScoringModel told =
        (ScoringModel)
            Proxy.newProxyInstance(
                ScoringModel.class.getClassLoader(),
                new Class<?>[] {ScoringModel.class},
                (proxy, method, arguments) -> {
                  if (method.getName().equals("run")) {
                    ran.add((Stage) arguments[0]);
                  }
                  return method.getName().equals("copiesInputs")
                      ? copies
                      : method.invoke(model, arguments);
                });
    MFalconConfig.Precision precision = MFalconConfig.Precision.FULL;
    MFalconConfig config = new MFalconConfig(microBatch, 2, cacheBytes, precision, 64, 0);
    return opened(new MFalcon().create(config, told));
  }

  @Override
  public void close() throws Exception {
    while (!open.isEmpty()) {
      open.pop().close();
    }
  }

  /** Two outcomes: a product with a learned vector, and a small network that sees the item too. */
  private static final class Outcomes implements Head {
    private final Parameter vector;
    private final Parameter hidden;
    private final Parameter top;

    Outcomes(Scope scope, int dim) {
      vector = scope.parameter("vector", Initializer.normal(1), dim, 1);
      hidden = scope.parameter("hidden", Initializer.normal(1), dim, 5);
      top = scope.parameter("top", Initializer.normal(1), 5, 1);
    }

    @Override
    public Map<String, Tensor> predictions(Tensor outputs, TokenContext tokens) {
      Map<String, Tensor> predictions = new LinkedHashMap<>();
      predictions.put("like", outputs.matmul(vector.in(outputs)).squeeze(-1));
      Tensor both = outputs.plus(tokens.embed(Schema.ITEM));
      predictions.put(
          "watch", both.matmul(hidden.in(both)).silu().matmul(top.in(both)).squeeze(-1));
      return predictions;
    }
  }

  /** Events of one user, or candidates, in all features that {@link Rankings} know. */
  static final class Events implements History {
    private final int user;
    private final int[] items;
    private final long[] times;

    Events(int user, int[] items, long[] times) {
      this.user = user;
      this.items = items;
      this.times = times;
    }

    int[] items() {
      return items;
    }

    long[] times() {
      return times;
    }

    /** Random items; times grow by sizes that fall into many buckets, or not. */
    static Events random(Random random, int count) {
      int[] items = random.ints(count, 1, ITEMS + 1).toArray();
      long[] times = new long[count];
      for (int i = 0; i < count; i++) {
        long later = random.nextInt(4) == 0 ? 0 : 1L << random.nextInt(20);
        times[i] = (i == 0 ? 1_600_000_000L : times[i - 1]) + later;
      }
      return new Events(random.nextInt(5), items, times);
    }

    /** These events and others after them, some of which belong to the moment before. */
    Events longer(int more) {
      int[] allItems = Arrays.copyOf(items, items.length + more);
      long[] allTimes = Arrays.copyOf(times, times.length + more);
      for (int i = items.length; i < allItems.length; i++) {
        allItems[i] = 1 + (i * 7 + items.length) % ITEMS;
        allTimes[i] = (i == 0 ? 1_600_000_000L : allTimes[i - 1]) + 1000L * (i % 4);
      }
      return new Events(user, allItems, allTimes);
    }

    @Override
    public int size() {
      return items.length;
    }

    @Override
    public int category(String feature, int event) {
      return switch (feature) {
        case Schema.ITEM -> items[event];
        case "genre" -> items[event] % 6;
        case "tab" -> (int) (times[event] % 4);
        case Schema.ACTIONS -> (int) ((times[event] + items[event]) % 3);
        case Rankings.FOLLOWS -> entry(event) ? 1 + items[event] % 4 : 0;
        default -> 0;
      };
    }

    /**
     * Whether data with a series has an entry here; candidates, whose times are small, are none.
     */
    private boolean entry(int event) {
      return times[event] > 1_000 && (times[event] + items[event]) % 4 == 1;
    }

    @Override
    public float number(String feature, int event) {
      return switch (feature) {
        case "duration" -> items[event] % 7 == 0 ? Float.NaN : items[event];
        case "span" -> items[event] % 25;
        case "watch" -> (times[event] / 5 + items[event]) % 4 / 2f;
        default -> Float.NaN;
      };
    }

    @Override
    public int user(String feature) {
      return feature.equals("age") ? user % 4 : 1 + user;
    }

    @Override
    public int moment(int event) {
      int moment = 0;
      for (int i = 1; i <= event; i++) {
        moment += times[i] == times[i - 1] ? 0 : 1;
      }
      return moment;
    }

    @Override
    public long time(int event) {
      return times[event];
    }
  }
}
