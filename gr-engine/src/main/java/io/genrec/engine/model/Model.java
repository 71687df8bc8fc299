package io.genrec.engine.model;

import io.genrec.api.encoder.SequenceEncoder;
import io.genrec.api.graph.Dim;
import io.genrec.api.graph.ElementType;
import io.genrec.api.graph.Graph;
import io.genrec.api.graph.Parameter;
import io.genrec.api.graph.Scope;
import io.genrec.api.graph.Shape;
import io.genrec.api.graph.Tensor;
import io.genrec.api.sequence.Schema;
import io.genrec.api.sequence.TokenContext;
import io.genrec.api.training.Loss;
import io.genrec.api.training.LossContext;
import io.genrec.api.training.Sampler.Sharing;
import io.genrec.engine.gradient.Gradients;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.apiguardian.api.API;

/**
 * A retrieval model: tables, an encoder and the graphs made of them. Declares all parameters when
 * it is constructed; holds no values.
 *
 * <p>Not thread-safe while a graph is built.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public final class Model {
  /** The output of {@link #training}: the sum of weighted losses. */
  public static final String LOSS = "loss";

  /** What the names of gradients begin with; the parameter's name follows. */
  public static final String GRADIENT = "gradient/";

  /** The output of {@link #users}: one vector per sequence. */
  public static final String USER = "user";

  /** The output of {@link #scores}: one score per sequence and row. */
  public static final String SCORES = "scores";

  private static final double NORM_EPSILON = 1e-6;

  private final Schema schema;
  private final Scope scope = Scope.root();
  private final Tables tables;
  private final SequenceEncoder encoder;

  /**
   * Declares a model.
   *
   * @param name the scope of the encoder's parameters, for example {@code hstu}
   * @param encoder makes the encoder in its scope
   */
  public Model(String name, Schema schema, Function<Scope, SequenceEncoder> encoder) {
    this.schema = schema;
    this.tables = new Tables(scope, schema);
    this.encoder = encoder.apply(scope.child(name));
  }

  /** What tokens look like. */
  public Schema schema() {
    return schema;
  }

  /** The encoder. */
  public SequenceEncoder encoder() {
    return encoder;
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
    Graph graph = dropout ? Graph.training("train") : Graph.inference("train");
    TokenInputs tokens = new TokenInputs(graph, tables);
    Tensor sum = loss.sum(new Context(graph, encoder.encode(tokens), sharing));
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
   * The graph of anything that is computed of tokens, for inspection: each entry becomes an output.
   */
  public Graph inspect(String name, Function<TokenContext, Map<String, Tensor>> outputs) {
    Graph graph = Graph.inference(name);
    outputs.apply(new TokenInputs(graph, tables)).forEach(graph::output);
    return graph;
  }

  /**
   * The graph from tokens to one vector per sequence, the last token's output: {@code user [batch,
   * dim]}.
   */
  public Graph users() {
    Graph graph = Graph.inference("users");
    graph.output(USER, user(graph));
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
   * best first. Rows of {@code excluded [batch, excluded]} are never among them as long as others
   * are left; 0 excludes nothing.
   */
  public Graph recommend() {
    Graph graph = Graph.inference("recommend");
    graph.sizeInput("k");
    Tensor all = scores(graph);
    Tensor excluded = graph.input("excluded", ElementType.INT64, "batch", "excluded");
    Tensor penalty = graph.filled(excluded.shape(), -1e9);
    // Row 0 is excluded by every request.
    Tensor none = graph.filled(Shape.of("batch", 1), -1e9);
    Tensor first = graph.filled(Shape.of("batch", 1), 0).cast(ElementType.INT64);
    Tensor masked =
        all.scatterAddElements(
            1,
            Tensor.concat(1, List.of(first, excluded)),
            Tensor.concat(1, List.of(none, penalty)));
    Tensor.Top top = masked.topK(1, Dim.of("k"));
    graph.output("rows", top.indices());
    graph.output(SCORES, top.values());
    return graph;
  }

  private Tensor user(Graph graph) {
    TokenInputs tokens = new TokenInputs(graph, tables);
    Tensor outputs = encoder.encode(tokens);
    Tensor last = tokens.lengths().minus(1).reshape("batch", 1, 1);
    return outputs.gatherElements(1, last.expand(outputs.shape().with(1, Dim.ONE))).squeeze(1);
  }

  private Tensor scores(Graph graph) {
    Tensor user = user(graph);
    Tensor table = tables.of(Schema.ITEM).in(graph);
    return user.matmul(table.l2Norm(NORM_EPSILON).swap(0, 1));
  }

  /** What a loss sees: outputs, and inputs declared as it asks for them. */
  private final class Context implements LossContext {
    private final Graph graph;
    private final Tensor outputs;
    private final Sharing sharing;

    Context(Graph graph, Tensor outputs, Sharing sharing) {
      this.graph = graph;
      this.outputs = outputs;
      this.sharing = sharing;
    }

    @Override
    public Tensor outputs() {
      return outputs;
    }

    @Override
    public Tensor targets() {
      return graph.input(
          "targets/" + Schema.ITEM, ElementType.INT64, outputs.dim(0), outputs.dim(1));
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
      return tables.of(Schema.ITEM).in(graph);
    }
  }
}
