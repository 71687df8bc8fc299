package io.genrec.engine.ranking;

import io.genrec.api.config.Default;
import io.genrec.api.encoder.TokenEmbedding;
import io.genrec.api.graph.Dim;
import io.genrec.api.graph.ElementType;
import io.genrec.api.graph.Initializer;
import io.genrec.api.graph.Parameter;
import io.genrec.api.graph.Scope;
import io.genrec.api.graph.Tensor;
import io.genrec.api.sequence.Role;
import io.genrec.api.sequence.Schema;
import io.genrec.api.sequence.TokenContext;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.apiguardian.api.API;

/**
 * Embeds tokens by role, as the preprocessors of the published production model do:
 *
 * <pre>
 *   context slot c:  W_c e_c + b_c
 *   entry of series s:  W_s e_s + b_s
 *   item:            MLP(item, attributes, moment) [+ MLP(additional)]
 *   action:          MLP(one embedding for each action that was, 0 for the others)
 * </pre>
 *
 * <p>Where actions are tokens of their own, items and actions have one each; otherwise an event is
 * the sum of both, and a candidate has a learned "not known" in the place of its actions.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public final class ContextualEmbedding implements TokenEmbedding {
  private final Content content;
  private final Content additional;
  private final Perceptron contentLayers;
  private final Optional<Perceptron> additionalLayers;
  private final Optional<Actions> actions;
  private final boolean interleaved;
  private final List<Slot> slots = new ArrayList<>();
  private final List<Series> series = new ArrayList<>();

  /**
   * The options.
   *
   * @param hidden width of the hidden layers
   * @param actionDim width of an action's embedding
   * @param additional features and numbers that go through layers of their own
   * @param contextMinimum for a field of the user, the least tokens behind the context without
   *     which its embedding is taken for 0
   * @param epsilon the epsilon of all normalisations
   * @param without features and numbers that nothing sees, such as {@code item} of a model of
   *     content alone
   */
  public record Config(
      @Default("64") int hidden,
      @Default("8") int actionDim,
      @Default("[]") List<String> additional,
      @Default("{}") Map<String, Integer> contextMinimum,
      @Default("1e-5") double epsilon,
      @Default("[]") List<String> without) {
    /** Copies and checks. */
    public Config {
      additional = List.copyOf(additional);
      without = List.copyOf(without);
      contextMinimum = Collections.unmodifiableMap(new TreeMap<>(contextMinimum));
      if (hidden < 1) {
        throw new IllegalArgumentException("hidden must be at least 1 but is " + hidden);
      }
      if (actionDim < 1) {
        throw new IllegalArgumentException("actionDim must be at least 1 but is " + actionDim);
      }
      if (!(epsilon > 0)) {
        throw new IllegalArgumentException("epsilon must be above 0 but is " + epsilon);
      }
    }
  }

  /** A field of the user and its place. */
  private record Slot(String feature, int index, Linear layer, int minimum) {}

  /** A slower-changing series, whose value a token has if it is an entry of it. */
  private record Series(String feature, Linear layer) {
    /** Where a token is an entry: whole {@code [batch, length, 1]}. */
    Tensor at(TokenContext tokens) {
      return tokens.feature(feature).greaterThan(0).unsqueeze(-1);
    }
  }

  /**
   * Embeddings of actions.
   *
   * @param table {@code [actions, dim]}
   * @param unknown what stands in the place of actions that are not known: {@code [1, actions *
   *     dim]}
   */
  private record Actions(Parameter table, Parameter unknown, Perceptron layers) {
    /**
     * Real {@code [batch, length, dim]}. With c actions the layers' input is [a_1 t_1 | .. | a_c
     * t_c], or u where actions are not known (k = 0), and its product with the first weight W, in
     * blocks of rows W_i, is a_1 (t_1 W_1) + .. + a_c (t_c W_c) + (1 - k) u W: one row for each
     * action, whatever their width.
     */
    Tensor of(TokenContext tokens) {
      Tensor bits = tokens.feature(Schema.ACTIONS);
      int count = Math.toIntExact(table.size().get(0));
      long dim = table.size().get(1);
      long[] powers = LongStream.range(0, count).map(bit -> 1L << bit).toArray();
      Tensor taken =
          bits.max(0)
              .unsqueeze(-1)
              .dividedBy(tokens.graph().constants(powers))
              .modulo(tokens.graph().constant(2L))
              .cast(ElementType.FLOAT);
      Tensor hides =
          bits.lessThan(tokens.graph().constant(0L)).cast(ElementType.FLOAT).unsqueeze(-1);
      Tensor weight = layers.first().weight().in(bits);
      Dim hidden = weight.dim(1);
      Tensor rows =
          table
              .in(bits)
              .unsqueeze(1)
              .matmul(weight.reshape(count, dim, hidden))
              .reshape(count, hidden);
      Tensor none = unknown.in(bits).matmul(weight);
      return layers.behind(
          Tensor.concat(-1, List.of(taken, hides))
              .matmul(Tensor.concat(0, List.of(rows, none)))
              .plus(layers.first().bias().in(bits)));
    }
  }

  /**
   * Declares the parameters.
   *
   * @param actionCount how many actions tokens carry
   * @param roles what tokens stand for
   */
  public ContextualEmbedding(
      Config config, Scope scope, Schema schema, int actionCount, Set<Role> roles) {
    // An unknown name is refused here.
    List<String> named = new ArrayList<>(config.additional());
    named.addAll(config.without());
    for (String name : named) {
      if (schema.numbers().stream().noneMatch(number -> number.name().equals(name))) {
        schema.feature(name);
      }
    }
    int dim = schema.dim();
    content = Content.of(schema, name -> !named.contains(name));
    additional = Content.of(schema, config.additional()::contains);
    contentLayers =
        Perceptron.normalised(
            scope.child("content"), content.dim(), config.hidden(), dim, config.epsilon());
    additionalLayers =
        additional.dim() == 0
            ? Optional.empty()
            : Optional.of(
                Perceptron.normalised(
                    scope.child("additional"),
                    additional.dim(),
                    config.hidden(),
                    dim,
                    config.epsilon()));
    actions =
        actionCount == 0 ? Optional.empty() : Optional.of(actions(config, scope, dim, actionCount));
    interleaved = roles.contains(Role.ACTION);
    for (Schema.Feature feature : schema.features()) {
      if (feature.owner() == Schema.Owner.USER) {
        Scope own = scope.child("context").child(feature.name());
        slots.add(
            new Slot(
                feature.name(),
                slots.size(),
                Linear.declare(own, feature.dim(), dim),
                config.contextMinimum().getOrDefault(feature.name(), 0)));
      }
    }
    for (Schema.Feature feature : schema.series()) {
      Scope own = scope.child("series").child(feature.name());
      series.add(new Series(feature.name(), Linear.declare(own, feature.dim(), dim)));
    }
  }

  private static Actions actions(Config config, Scope scope, int dim, int count) {
    Scope own = scope.child("action");
    Initializer initializer = Initializer.normal(0.02);
    long side = (long) count * config.actionDim();
    return new Actions(
        own.parameter("table", initializer, count, config.actionDim()),
        own.parameter("unknown", initializer, 1, side),
        Perceptron.normalised(own, side, config.hidden(), dim, config.epsilon()));
  }

  @Override
  public Tensor embed(TokenContext tokens) {
    Tensor items = contentLayers.apply(content.of(tokens));
    if (additionalLayers.isPresent()) {
      items = items.plus(additionalLayers.get().apply(additional.of(tokens)));
    }
    Tensor item = is(tokens, Role.EVENT).or(is(tokens, Role.CANDIDATE));
    Tensor x = items;
    if (actions.isPresent()) {
      Tensor action = actions.get().of(tokens);
      x = interleaved ? item.where(items, action) : items.plus(action);
    }
    if (!slots.isEmpty()) {
      x = is(tokens, Role.CONTEXT).where(context(tokens), x);
    }
    for (Series one : series) {
      x = one.at(tokens).where(one.layer().apply(tokens.embed(one.feature())), x);
    }
    return x;
  }

  private static Tensor is(TokenContext tokens, Role role) {
    return tokens.role().equalTo(role.ordinal()).unsqueeze(-1);
  }

  /**
   * What context tokens are. Each stands for one slot, so all slots' layers are one: the product of
   * all slots' embeddings side by side, those of other slots 0, with all weights one below the
   * other.
   */
  private Tensor context(TokenContext tokens) {
    List<Tensor> parts = new ArrayList<>();
    List<Tensor> own = new ArrayList<>();
    List<Tensor> weights = new ArrayList<>();
    List<Tensor> biases = new ArrayList<>();
    for (Slot slot : slots) {
      Tensor at = tokens.position().equalTo(slot.index()).cast(ElementType.FLOAT).unsqueeze(-1);
      parts.add(embedding(tokens, slot).times(at));
      own.add(at);
      weights.add(slot.layer().weight().in(at));
      biases.add(slot.layer().bias().in(at).unsqueeze(0));
    }
    return Tensor.concat(-1, parts)
        .matmul(Tensor.concat(0, weights))
        .plus(Tensor.concat(-1, own).matmul(Tensor.concat(0, biases)));
  }

  private static Tensor embedding(TokenContext tokens, Slot slot) {
    Tensor embedding = tokens.embed(slot.feature());
    if (slot.minimum() == 0) {
      return embedding;
    }
    Tensor behind =
        tokens.historyLength().minus(tokens.contextLength()).plus(tokens.candidateCount());
    Tensor enough = behind.greaterThan(slot.minimum() - 1);
    return embedding.times(enough.cast(ElementType.FLOAT).reshape("batch", 1, 1));
  }
}
