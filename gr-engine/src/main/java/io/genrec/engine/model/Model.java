package io.genrec.engine.model;

import io.genrec.api.GenRecException;
import io.genrec.api.encoder.Capabilities;
import io.genrec.api.encoder.Head;
import io.genrec.api.encoder.SequenceEncoder;
import io.genrec.api.encoder.TokenEmbedding;
import io.genrec.api.graph.Dim;
import io.genrec.api.graph.ElementType;
import io.genrec.api.graph.Gradients;
import io.genrec.api.graph.Graph;
import io.genrec.api.graph.Parameter;
import io.genrec.api.graph.Scope;
import io.genrec.api.graph.Tensor;
import io.genrec.api.inference.ScoringModel;
import io.genrec.api.sequence.Role;
import io.genrec.api.sequence.Schema;
import io.genrec.api.sequence.TokenContext;
import io.genrec.api.task.Label;
import io.genrec.api.training.Loss;
import io.genrec.api.training.LossContext;
import io.genrec.api.training.Sampler.Sharing;
import io.genrec.engine.program.Bfloat16;
import io.genrec.engine.ranking.Ranker;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.apiguardian.api.API;

/**
 * A model: tables, an encoder, perhaps what ranks, and the graphs made of them. Declares all
 * parameters when it is constructed; holds no values.
 *
 * <p>Not thread-safe while a graph is built.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public final class Model {
  /** The output of {@link #training}: the sum of weighted losses. */
  public static final String LOSS = "loss";

  /** What the names of gradients begin with; the parameter's name follows. */
  public static final String GRADIENT = "gradient/";

  /** What the names of predictions begin with; the head's name of it follows. */
  public static final String PREDICTION = ScoringModel.PREDICTION;

  /** The output of {@link #users}: one vector per sequence. */
  public static final String USER = "user";

  /** The output of {@link #scores}: one score per sequence and row. */
  public static final String SCORES = "scores";

  /** The output of {@link #recommend} beside {@link #SCORES}: the best rows. */
  public static final String ROWS = "rows";

  /** The output of {@link #units}: one vector of length 1 per row. */
  public static final String UNIT = "unit";

  /**
   * An input of {@link #training} for a model that ranks, and of {@link #outcomes}: the places of
   * the tokens of which some outcome counts, in each sequence, from 1, in rising order; zeros
   * follow. Whole {@code [batch, labelled]}.
   */
  public static final String LABELLED = "tokens/labelled";

  /** The last axis of {@link #LABELLED}. */
  public static final String LABELLED_DIM = "labelled";

  private final Schema schema;
  private final Set<Role> roles;
  private final Scope scope = Scope.root();
  private final Tables tables;
  private final SequenceEncoder encoder;
  private final Optional<Ranker> ranker;
  private final Optional<TokenEmbedding> embedding;

  /**
   * Declares a model of events.
   *
   * @param name the scope of the encoder's parameters, for example {@code hstu}
   * @param encoder makes the encoder in its scope
   */
  public Model(String name, Schema schema, Function<Scope, SequenceEncoder> encoder) {
    this(name, schema, Set.of(Role.EVENT), encoder);
  }

  /**
   * Declares a model.
   *
   * @param name the scope of the encoder's parameters, for example {@code hstu}
   * @param roles what tokens stand for; with {@link Role#CANDIDATE} the candidates of a sequence do
   *     not see each other
   * @param encoder makes the encoder in its scope
   */
  public Model(
      String name, Schema schema, Set<Role> roles, Function<Scope, SequenceEncoder> encoder) {
    this(name, schema, roles, encoder, scope -> Optional.empty());
  }

  /**
   * Declares a model that ranks.
   *
   * @param name the scope of the encoder's parameters, for example {@code hstu}
   * @param roles what tokens stand for
   * @param encoder makes the encoder in its scope
   * @param ranker makes what ranks, in the model's scope; none for a model that predicts items
   */
  public Model(
      String name,
      Schema schema,
      Set<Role> roles,
      Function<Scope, SequenceEncoder> encoder,
      Function<Scope, Optional<Ranker>> ranker) {
    this.schema = schema;
    this.roles = Set.copyOf(roles);
    this.tables = new Tables(scope, schema);
    this.ranker = ranker.apply(scope);
    this.embedding = this.ranker.map(Ranker::embedding).or(() -> ofSeries(schema));
    this.encoder = encoder.apply(scope.child(name));
  }

  private static Optional<TokenEmbedding> ofSeries(Schema schema) {
    return schema.series().isEmpty() ? Optional.empty() : Optional.of(new SeriesEmbedding(schema));
  }

  /** What tokens look like. */
  public Schema schema() {
    return schema;
  }

  /** What tokens stand for. */
  public Set<Role> roles() {
    return roles;
  }

  /** The encoder. */
  public SequenceEncoder encoder() {
    return encoder;
  }

  /** What ranks; empty for a model that predicts items. */
  public Optional<Ranker> ranker() {
    return ranker;
  }

  /** All parameters by name, in the order of their declaration. */
  public Map<String, Parameter> parameters() {
    return scope.parameters();
  }

  /** The table of a feature. */
  public Parameter table(String feature) {
    return tables.of(feature);
  }

  /**
   * The graph of a training step: the loss's sum and the gradient of every parameter.
   *
   * @param sharing which positions share their negatives
   * @param dropout whether dropout acts
   */
  public Graph training(Loss loss, Sharing sharing, boolean dropout) {
    return training(loss, sharing, dropout, roles, false);
  }

  /**
   * The graph of a training step.
   *
   * @param sharing which positions share their negatives
   * @param dropout whether dropout acts
   * @param roles what tokens stand for in training
   * @param positions whether the tokens' places are given, as {@code tokens/position}, since some
   *     tokens are left out
   */
  public Graph training(
      Loss loss, Sharing sharing, boolean dropout, Set<Role> roles, boolean positions) {
    Graph graph = dropout ? Graph.training("train") : Graph.inference("train");
    TokenInputs whole = tokens(graph, tables, roles);
    TokenInputs tokens = positions ? whole.withPositions() : whole;
    Tensor outputs = encoder.encode(tokens);
    Optional<Outcomes> outcomes = ranker.map(part -> Outcomes.of(part, outputs, tokens));
    Tensor sum;
    try (var scope = graph.enter(Bfloat16.LOSS)) {
      sum = loss.sum(new Context(graph, outputs, outcomes, sharing, Schema.ITEM));
    }
    graph.output(LOSS, sum);
    List<Parameter> read = new ArrayList<>(graph.parameters().values());
    List<Tensor> gradients =
        Gradients.of(sum, read.stream().map(parameter -> parameter.in(graph)).toList());
    for (int i = 0; i < read.size(); i++) {
      graph.output(GRADIENT + read.get(i).name(), gradients.get(i));
    }
    return graph;
  }

  /**
   * The graph from tokens to the predictions of a model that ranks: {@code prediction/<name>
   * [batch, length]}, logits for what happens or not.
   *
   * @throws GenRecException {@code [GR/NotARanker]} if the model predicts items
   */
  public Graph predictions() {
    return predictions(requireRanker().head());
  }

  /**
   * The graph from tokens to the predictions of those that {@link #LABELLED} names: {@code
   * prediction/<name> [batch, labelled]}, as {@link #predictions()} gives them.
   *
   * @throws GenRecException {@code [GR/NotARanker]} if the model predicts items
   */
  public Graph outcomes() {
    Ranker part = requireRanker();
    Graph graph = Graph.inference("outcomes");
    TokenInputs tokens = tokens(graph, tables);
    Outcomes.of(part, encoder.encode(tokens), tokens)
        .predictions()
        .forEach((name, x) -> graph.output(PREDICTION + name, x));
    return graph;
  }

  private Ranker requireRanker() {
    if (ranker.isEmpty()) {
      throw new GenRecException(
          "NotARanker",
          "the model predicts items and has no head for outcomes; train one with a ranking task,"
              + " such as ranking-interleaved");
    }
    return ranker.get();
  }

  /**
   * The graph of anything that is computed of tokens, for inspection: each entry becomes an output.
   */
  public Graph inspect(String name, Function<TokenContext, Map<String, Tensor>> outputs) {
    Graph graph = Graph.inference(name);
    outputs.apply(tokens(graph, tables)).forEach(graph::output);
    return graph;
  }

  /**
   * The graph from whole sequences to the predictions of each token: {@code prediction/<name>
   * [batch, length]}.
   */
  public Graph predictions(Head head) {
    Graph graph = Graph.inference("predictions");
    TokenInputs tokens = tokens(graph, tables);
    predict(graph, head, encoder.encode(tokens), tokens);
    return graph;
  }

  static void predict(Graph graph, Head head, Tensor outputs, TokenContext tokens) {
    head.predictions(outputs, tokens).forEach((name, x) -> graph.output(PREDICTION + name, x));
  }

  /** Whether there are {@link #cached} graphs. */
  public boolean isCacheable() {
    return !encoder.blocks().isEmpty()
        && encoder.capabilities().cacheScope() != Capabilities.CacheScope.NONE;
  }

  /**
   * The graphs that compute a sequence in stages around a cache.
   *
   * @throws io.genrec.api.GenRecException {@code [GR/NotCacheable]} if the encoder is not made of
   *     blocks or declares that nothing can be cached
   */
  public CachedGraphs cached() {
    if (!isCacheable()) {
      throw new GenRecException(
          "NotCacheable",
          "this encoder "
              + (encoder.blocks().isEmpty()
                  ? "is not made of blocks"
                  : "declares that nothing of it can be cached")
              + "; "
              + (roles.contains(Role.CANDIDATE)
                  ? "score its candidates with the strategy \"full\""
                  : "name no strategy to find items by whole histories"));
    }
    return new CachedGraphs(encoder, tables, roles, embedding);
  }

  /**
   * The graph from tokens to one vector per sequence, the last token's output: {@code user [batch,
   * dim]}.
   */
  public Graph users() {
    Graph graph = Graph.inference("users");
    graph.output(USER, user(graph, tables));
    return graph;
  }

  /**
   * The graph from tokens to the scores of all rows, 0 ("none") included: {@code scores [batch,
   * rows]}, the product of the last token's output and the row's embedding divided by its norm.
   */
  public Graph scores() {
    Graph graph = Graph.inference("scores");
    graph.output(SCORES, scores(graph));
    return graph;
  }

  /**
   * The graph from tokens to the best rows: {@code rows [batch, k]} and {@code scores [batch, k]},
   * best first, equal scores in the order of rows. Rows of {@code excluded [batch, excluded]} are
   * never among them as long as others are left; 0 excludes nothing.
   */
  public Graph recommend() {
    return recommend(tables);
  }

  /**
   * The same with tables in parts; {@code k} is at most {@link TableParts#maxItems}.
   *
   * @param parts of this model's tables
   */
  public Graph recommend(TableParts parts) {
    return recommend((TableRows) parts);
  }

  private Graph recommend(TableRows rows) {
    Graph graph = Graph.inference("recommend");
    Ranking ranking = new Ranking(graph);
    Tensor user = user(graph, rows);
    List<TableRows.Span> units =
        rows.spans(graph, Schema.ITEM).stream()
            .map(span -> new TableRows.Span(Ranking.unit(span.rows()), span.first(), span.count()))
            .toList();
    best(graph, ranking.best(user, units));
    return graph;
  }

  /**
   * The graph of what {@link #retrieve} reads, made once for all requests: each item's embedding
   * divided by its norm, {@code unit [rows, dim]}.
   */
  public Graph units() {
    Graph graph = Graph.inference("units");
    graph.output(UNIT, Ranking.unit(tables.of(Schema.ITEM).in(graph)));
    return graph;
  }

  /**
   * The graph from {@code user [batch, dim]} and {@code unit [rows, dim]} to the best rows, as
   * {@link #recommend} gives them.
   */
  public Graph retrieve() {
    requireItems();
    Graph graph = Graph.inference("retrieve");
    Ranking ranking = new Ranking(graph);
    Parameter table = tables.of(Schema.ITEM);
    long dim = table.size().get(1);
    Tensor user = graph.input(USER, ElementType.FLOAT, "batch", dim);
    Tensor unit = graph.input(UNIT, ElementType.FLOAT, "rows", dim);
    best(graph, ranking.best(user, List.of(new TableRows.Span(unit, 0, table.size().get(0)))));
    return graph;
  }

  private static void best(Graph graph, Tensor.Top top) {
    graph.output(ROWS, top.indices());
    graph.output(SCORES, top.values());
  }

  private TokenInputs tokens(Graph graph, TableRows rows) {
    return tokens(graph, rows, roles);
  }

  private TokenInputs tokens(Graph graph, TableRows rows, Set<Role> roles) {
    TokenInputs tokens = TokenInputs.whole(graph, rows, roles, embedding);
    if (!roles.contains(Role.CANDIDATE)) {
      // Candidates all stand at one position: however many they are, no position is too far.
      graph.limit(TokenInputs.Part.WHOLE.dim(), encoder.capabilities().maxLength());
    }
    return tokens;
  }

  private void requireItems() {
    if (ranker.isPresent()) {
      throw new GenRecException(
          "NotARetriever",
          "the model predicts outcomes of candidates and cannot find items by itself; give it"
              + " candidates, or use a model that was trained to predict items");
    }
  }

  private Tensor user(Graph graph, TableRows rows) {
    requireItems();
    TokenInputs tokens = tokens(graph, rows);
    Tensor outputs = encoder.encode(tokens);
    Tensor last = tokens.lengths().minus(1).reshape("batch", 1, 1);
    return outputs.gatherElements(1, last.expand(outputs.shape().with(1, Dim.ONE))).squeeze(1);
  }

  private Tensor scores(Graph graph) {
    Tensor table = tables.of(Schema.ITEM).in(graph);
    return user(graph, tables).matmul(Ranking.unit(table).swap(0, 1));
  }

  /**
   * What is predicted of outcomes, and of which tokens.
   *
   * @param predictions by name
   */
  private record Outcomes(LabelledTokens tokens, Map<String, Tensor> predictions) {
    static Outcomes of(Ranker ranker, Tensor outputs, TokenContext tokens) {
      LabelledTokens labelled = new LabelledTokens(tokens);
      return new Outcomes(labelled, ranker.head().predictions(labelled.of(outputs), labelled));
    }

    /** Those tokens' entries of an input by token. */
    Tensor of(String input, Tensor outputs) {
      return tokens.of(
          tokens.graph().input(input, ElementType.FLOAT, outputs.dim(0), outputs.dim(1)));
    }
  }

  /** What a loss sees: outputs, and inputs declared as it asks for them. */
  private final class Context implements LossContext {
    private final Graph graph;
    private final Tensor outputs;
    private final Optional<Outcomes> outcomes;
    private final Sharing sharing;
    private final String feature;

    Context(
        Graph graph, Tensor outputs, Optional<Outcomes> outcomes, Sharing sharing, String feature) {
      this.graph = graph;
      this.outputs = outputs;
      this.outcomes = outcomes;
      this.sharing = sharing;
      this.feature = feature;
    }

    @Override
    public Tensor outputs() {
      return outputs;
    }

    @Override
    public Tensor targets() {
      return graph.input("targets/" + feature, ElementType.INT64, outputs.dim(0), outputs.dim(1));
    }

    @Override
    public Tensor weights() {
      return graph.input("targets/weight", ElementType.FLOAT, outputs.dim(0), outputs.dim(1));
    }

    @Override
    public Tensor negatives() {
      Dim sequences = sharing == Sharing.BATCH ? Dim.ONE : outputs.dim(0);
      Dim positions = sharing == Sharing.POSITION ? outputs.dim(1) : Dim.ONE;
      return graph.input(
          "negatives/" + Schema.ITEM, ElementType.INT64, sequences, positions, "negatives");
    }

    @Override
    public Tensor logProbabilities() {
      return graph.input("negatives/log_probability", ElementType.FLOAT, table().dim(0));
    }

    @Override
    public Tensor table() {
      return tables.of(feature).in(graph);
    }

    @Override
    public LossContext of(String other) {
      schema.feature(other);
      return new Context(graph, outputs, outcomes, sharing, other);
    }

    @Override
    public List<Label> labels() {
      return ranker.map(Ranker::labels).orElse(List.of());
    }

    @Override
    public Tensor prediction(String label) {
      return Objects.requireNonNull(outcomes().predictions().get(label), label);
    }

    @Override
    public Tensor label(String label) {
      return outcomes().of("labels/" + label, outputs);
    }

    @Override
    public Tensor labelWeight(String label) {
      Tensor weights = outcomes().of("label_weights/" + label, outputs);
      return weights.times(outcomes().tokens().valid().cast(ElementType.FLOAT));
    }

    @Override
    public Tensor labelScale(String label) {
      return graph.input("label_scales/" + label, ElementType.FLOAT);
    }

    private Outcomes outcomes() {
      return outcomes.orElseThrow(
          () -> new UnsupportedOperationException("the model predicts items and has no head"));
    }
  }
}
