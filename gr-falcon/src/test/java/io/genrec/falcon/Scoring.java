package io.genrec.falcon;

import io.genrec.api.encoder.Head;
import io.genrec.api.encoder.SequenceEncoder;
import io.genrec.api.graph.Initializer;
import io.genrec.api.graph.Parameter;
import io.genrec.api.graph.Scope;
import io.genrec.api.graph.Tensor;
import io.genrec.api.inference.InferenceStrategy;
import io.genrec.api.inference.ScoringModel;
import io.genrec.api.sequence.History;
import io.genrec.api.sequence.Role;
import io.genrec.api.sequence.Schema;
import io.genrec.api.sequence.TokenContext;
import io.genrec.data.task.NextItem;
import io.genrec.engine.model.Model;
import io.genrec.engine.onnx.Precision;
import io.genrec.engine.optimizer.ParameterStore;
import io.genrec.engine.runtime.SessionSettings;
import io.genrec.engine.scoring.CompiledModel;
import java.nio.FloatBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
    open.push(memory);
    Outcomes[] head = new Outcomes[1];
    Model declared =
        new Model(
            "encoder",
            schema,
            Set.of(Role.EVENT, Role.CANDIDATE),
            scope -> {
              head[0] = new Outcomes(scope.child("head"), schema.dim());
              return encoder.apply(scope, schema);
            });
    parameters = opened(new ParameterStore(declared.parameters().values(), memory));
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
                declared,
                head[0],
                new NextItem(schema),
                parameters,
                "test",
                SessionSettings.cpu().precision(precision),
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
    MFalconConfig config = new MFalconConfig(microBatch, 2, cacheBytes, precision, chunk, 0);
    return opened(new MFalcon().create(config, model));
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

  /** Events of one user. */
  static final class Events implements History {
    private final int[] items;
    private final long[] times;

    Events(int[] items, long[] times) {
      this.items = items;
      this.times = times;
    }

    int[] items() {
      return items;
    }

    long[] times() {
      return times;
    }

    /** Random items; times grow by sizes that fall into many buckets. */
    static Events random(Random random, int count) {
      int[] items = random.ints(count, 1, ITEMS + 1).toArray();
      long[] times = new long[count];
      for (int i = 0; i < count; i++) {
        times[i] = (i == 0 ? 1_600_000_000L : times[i - 1]) + (1L << random.nextInt(20));
      }
      return new Events(items, times);
    }

    @Override
    public int size() {
      return items.length;
    }

    @Override
    public int category(String feature, int event) {
      return items[event];
    }

    @Override
    public long time(int event) {
      return times[event];
    }
  }
}
