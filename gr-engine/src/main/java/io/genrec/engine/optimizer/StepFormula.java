package io.genrec.engine.optimizer;

import static java.util.Objects.requireNonNull;

import io.genrec.api.GenRecException;
import io.genrec.api.graph.Dim;
import io.genrec.api.graph.ElementType;
import io.genrec.api.graph.Parameter;
import io.genrec.api.graph.Shape;
import io.genrec.api.graph.Tensor;
import io.genrec.api.graph.TensorType;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apiguardian.api.API;

/**
 * An optimizer's step as nodes of a graph: what {@link Optimizer#step} does, for graphs that make
 * steps themselves. Holds no values; {@link GraphUpdate} moves them.
 *
 * <p>The state is each trainable parameter, under its name, and its moments, under the names of
 * {@link Optimizer#state}. Schedule, bias corrections and weight decay are computed outside and are
 * inputs, so that one graph serves all steps.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public final class StepFormula {
  private static final String WEIGHT = "adam/weight";
  private static final String GROUP = "adam/group";
  private static final String NAMED = "/named";

  private final OptimizerConfig config;
  private final AdamFormula formula;
  private final Set<String> partial;
  private final Map<Parameter, ParameterGroup.Training> trained = new LinkedHashMap<>();
  private final Map<ParameterGroup.Training, String> groups = new LinkedHashMap<>();

  /**
   * The state after a step.
   *
   * @param state values and moments by name
   * @param norm the norm of all gradients, after division by the weight and before clipping
   */
  public record After(Map<String, Tensor> state, Tensor norm) {
    /** Copies the map, keeping its order. */
    public After {
      state = Collections.unmodifiableMap(new LinkedHashMap<>(state));
    }
  }

  StepFormula(
      OptimizerConfig config,
      Collection<Parameter> parameters,
      List<ParameterGroup> differing,
      Set<String> partial) {
    this.config = config;
    this.formula = new AdamFormula(config);
    this.partial = Set.copyOf(partial);
    ParameterGroup.resolve(parameters, differing, config.weightDecay())
        .forEach(
            (parameter, training) -> {
              if (!training.frozen()) {
                trained.put(parameter, training);
                groups.computeIfAbsent(training, key -> GROUP + groups.size());
                requirePossible(parameter);
              }
            });
  }

  private void requirePossible(Parameter parameter) {
    if (config.name() == OptimizerConfig.Name.ADAMW && partial.contains(parameter.name())) {
      throw new GenRecException(
          "InvalidValue",
          "optimizer \"adamw\" moves every row of table \""
              + parameter.name()
              + "\" in each step, but a graph of several steps would be given some rows only; take"
              + " \"replay-adamw\", which gives the same values, or \"lazy-adamw\" or"
              + " \"rowwise-adamw\", or set \"compactTables\" to false");
    }
  }

  /** Whether rows of a parameter that a step does not name stay as they are. */
  private boolean lazy(Parameter parameter) {
    return parameter.kind() == Parameter.Kind.EMBEDDING
        && (config.name() == OptimizerConfig.Name.LAZY_ADAMW || rowwise(parameter));
  }

  private boolean rowwise(Parameter parameter) {
    return parameter.kind() == Parameter.Kind.EMBEDDING
        && config.name() == OptimizerConfig.Name.ROWWISE_ADAMW;
  }

  /** The types of values and moments by name. */
  public Map<String, TensorType> state() {
    Map<String, TensorType> types = new LinkedHashMap<>();
    for (Parameter parameter : trained.keySet()) {
      Shape shape = parameter.shape();
      Shape second = rowwise(parameter) ? new Shape(List.of(shape.dim(0))) : shape;
      types.put(parameter.name(), new TensorType(ElementType.FLOAT, shape));
      types.put(Moments.first(parameter.name()), new TensorType(ElementType.FLOAT, shape));
      types.put(Moments.second(parameter.name()), new TensorType(ElementType.FLOAT, second));
    }
    return types;
  }

  /**
   * What a step is given beside the gradients, by name: what {@link GraphUpdate#fill} writes, and
   * for tables of which it is given some rows, which of them it names ({@link #named}).
   */
  public Map<String, TensorType> inputs() {
    Map<String, TensorType> types = new LinkedHashMap<>();
    types.put(WEIGHT, new TensorType(ElementType.FLOAT, Shape.SCALAR));
    groups
        .values()
        .forEach(name -> types.put(name, new TensorType(ElementType.FLOAT, Shape.of(3))));
    for (Parameter parameter : trained.keySet()) {
      if (lazy(parameter) && partial.contains(parameter.name())) {
        Dim rows = parameter.shape().dim(0);
        types.put(
            named(parameter.name()), new TensorType(ElementType.BOOL, new Shape(List.of(rows))));
      }
    }
    return types;
  }

  /** The input that says which rows of a table a step names: truth values, {@code [rows]}. */
  public static String named(String table) {
    return "adam/" + table + NAMED;
  }

  /**
   * Builds a step.
   *
   * @param state values and moments before it, by name
   * @param gradients sums over the batch, by parameter
   * @param inputs as {@link #inputs} says
   */
  public After step(
      Map<String, Tensor> state, Map<String, Tensor> gradients, Map<String, Tensor> inputs) {
    Tensor weight = at(inputs, WEIGHT);
    Tensor squares =
        trained.keySet().stream()
            .map(parameter -> at(gradients, parameter.name()).square().sumAll())
            .reduce(Tensor::plus)
            .orElseGet(() -> weight.times(0));
    Tensor norm = squares.sqrt().dividedBy(weight);
    Double limit = config.clipNorm();
    // As torch.nn.utils.clip_grad_norm_ does.
    Tensor scale =
        limit == null
            ? weight.reciprocal()
            : norm.plus(1e-6).reciprocal().times(limit).min(1).dividedBy(weight);
    Map<String, Tensor> after = new LinkedHashMap<>();
    trained.forEach(
        (parameter, training) -> {
          Tensor gradient = at(gradients, parameter.name());
          AdamFormula.State before = before(parameter, state);
          AdamFormula.Step step = AdamFormula.Step.of(at(inputs, at(groups, training)));
          Tensor g = gradient.times(scale);
          AdamFormula.State moved =
              rowwise(parameter) ? formula.rows(before, g, step) : formula.entries(before, g, step);
          if (lazy(parameter)) {
            Tensor some =
                partial.contains(parameter.name())
                    ? at(inputs, named(parameter.name()))
                    : gradient.abs().largest(-1).squeeze(-1).greaterThan(0);
            moved = AdamFormula.where(some, moved, before);
          }
          after.put(parameter.name(), moved.value());
          after.put(Moments.first(parameter.name()), moved.first());
          after.put(Moments.second(parameter.name()), moved.second());
        });
    return new After(after, norm);
  }

  private static AdamFormula.State before(Parameter parameter, Map<String, Tensor> state) {
    return new AdamFormula.State(
        at(state, parameter.name()),
        at(state, Moments.first(parameter.name())),
        at(state, Moments.second(parameter.name())));
  }

  /** What a step is given as numbers: {@link #WEIGHT}, and each group's {@link AdamRule.Step}. */
  Map<String, float[]> numbers(AdamRule rule, long step, double totalWeight) {
    Map<String, float[]> numbers = new LinkedHashMap<>();
    numbers.put(WEIGHT, new float[] {(float) totalWeight});
    groups.forEach(
        (training, name) -> {
          AdamRule.Step of = rule.step(step, training);
          numbers.put(name, new float[] {of.decay(), of.size(), of.correction()});
        });
    return numbers;
  }

  private static <K, V> V at(Map<K, V> map, K key) {
    return requireNonNull(map.get(key), () -> key + " is not given");
  }
}
