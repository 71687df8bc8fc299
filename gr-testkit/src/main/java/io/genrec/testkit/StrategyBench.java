package io.genrec.testkit;

import io.genrec.api.config.StrictConfig;
import io.genrec.api.encoder.SequenceEncoder;
import io.genrec.api.graph.Parameter;
import io.genrec.api.graph.Scope;
import io.genrec.api.inference.InferenceStrategy;
import io.genrec.api.inference.InferenceStrategyFactory;
import io.genrec.api.inference.Scores;
import io.genrec.api.inference.ScoringModel;
import io.genrec.api.inference.ScoringRequest;
import io.genrec.api.sequence.Schema;
import io.genrec.api.sequence.Schema.Owner;
import io.genrec.api.task.Task;
import io.genrec.engine.model.Model;
import io.genrec.engine.onnx.Precision;
import io.genrec.engine.optimizer.ParameterStore;
import io.genrec.engine.ranking.Ranker;
import io.genrec.engine.runtime.JvmFlags;
import io.genrec.engine.runtime.SessionSettings;
import io.genrec.engine.scoring.CompiledModel;
import io.genrec.engine.wiring.Registry;
import io.genrec.testkit.InferenceStrategyContract.Subject;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.Optional;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;

/** A small model that ranks, and strategies that score with it. Owns native memory until closed. */
final class StrategyBench implements AutoCloseable {
  static final int ITEMS = 12;
  static final int MAX_HISTORY = 8;

  private final Subject subject;
  private final Registry registry;
  private final BufferAllocator memory = new RootAllocator();
  private final ParameterStore parameters;
  private final CompiledModel model;

  StrategyBench(Subject subject) {
    this(subject, 1);
  }

  /**
   * A bench.
   *
   * @param broken what one value of each parameter is multiplied with
   */
  private StrategyBench(Subject subject, float broken) {
    JvmFlags.require();
    this.subject = subject;
    registry = Registry.builder().encoder(subject.encoder()).task(subject.task()).build();
    Schema schema = schema();
    Task task = registry.task(named(subject.task().name(), subject.taskConfig()), schema);
    Ranker.Config ranking =
        StrictConfig.parse("ranking", subject.ranking()).as(Ranker.Config.class);
    Model declared =
        new Model(
            subject.encoder().name(),
            schema,
            task.roles(),
            scope -> encoder(scope, schema),
            scope -> Optional.of(Ranker.declare(ranking, scope, schema, task)));
    parameters = new ParameterStore(declared.parameters().values(), memory);
    new Weights(declared.parameters().values()).writeTo(parameters);
    for (Parameter parameter : parameters.parameters()) {
      FloatBuffer values = parameters.column(parameter.name()).bytes().asFloatBuffer();
      values.put(0, values.get(0) * broken);
    }
    model =
        new CompiledModel(
            declared,
            declared.ranker().orElseThrow().head(),
            task,
            parameters,
            "contract",
            SessionSettings.cpu().precision(Precision.FLOAT64),
            memory);
  }

  /** The subject's encoder for data of some kind. */
  SequenceEncoder encoder(Scope scope, Schema data) {
    StrictConfig config = named(subject.encoder().name(), subject.encoderConfig());
    return registry.encoder(config, scope, data);
  }

  private static Schema schema() {
    Schema.Numeric duration = new Schema.Numeric("duration", Owner.ITEM, 6, 3, List.of());
    Schema.Numeric price = new Schema.Numeric("price", Owner.ITEM, 0, 1, List.of(4.0, 8.0));
    Schema.Numeric watch = new Schema.Numeric("watch", Owner.EVENT, 1, 2, List.of());
    return new Schema(
        List.of(
            new Schema.Feature(Schema.ITEM, ITEMS, 8),
            new Schema.Feature("genre", 4, 3, Owner.ITEM),
            new Schema.Feature("page", 3, 2, Owner.REQUEST),
            new Schema.Feature("age", 4, 2, Owner.USER),
            new Schema.Feature("price", 3, 2, Owner.ITEM)),
        List.of(duration, price),
        new Schema.Outcomes(List.of("click", "like"), List.of(watch)),
        8,
        MAX_HISTORY,
        1 + 2 * MAX_HISTORY + 11);
  }

  private static StrictConfig named(String name, String options) {
    StrictConfig config = StrictConfig.parse("options", options);
    String text = config.toString();
    String rest = config.keys().isEmpty() ? "}" : ", " + text.substring(text.indexOf('{') + 1);
    return StrictConfig.parse("options", "{\"name\": \"" + name + "\"" + rest);
  }

  /** The same with weights that are not numbers. */
  StrategyBench broken() {
    return new StrategyBench(subject, Float.NaN);
  }

  /** The same with memory of its own. */
  StrategyBench another() {
    return new StrategyBench(subject);
  }

  ScoringModel model() {
    return model;
  }

  /** The bytes that the model and strategies have taken. */
  long allocated() {
    return memory.getAllocatedMemory();
  }

  /** The strategy, made anew; the caller closes it. */
  InferenceStrategy open() {
    return open(model);
  }

  /** The strategy, made anew, on another model; the caller closes it. */
  InferenceStrategy open(ScoringModel other) {
    return open(subject.factory(), other);
  }

  private <C extends Record> InferenceStrategy open(
      InferenceStrategyFactory<C> factory, ScoringModel other) {
    C config = StrictConfig.parse("options", subject.config()).as(factory.configType());
    return factory.create(config, other);
  }

  /** What a strategy that knows nothing yet gives. */
  Scores fresh(ScoringRequest request) {
    try (InferenceStrategy strategy = open()) {
      return strategy.score(List.of(request)).get(0);
    }
  }

  @Override
  public void close() {
    model.close();
    parameters.close();
    // What a strategy keeps beyond its end is for rule 10 to tell.
    if (memory.getAllocatedMemory() == 0) {
      memory.close();
    }
  }
}
