package io.genrec.engine.model;

import com.google.common.primitives.Ints;
import io.genrec.api.encoder.Capabilities.CacheScope;
import io.genrec.api.encoder.Capabilities.Causality;
import io.genrec.api.encoder.EncoderBlock;
import io.genrec.api.encoder.Head;
import io.genrec.api.encoder.Memory;
import io.genrec.api.encoder.Part;
import io.genrec.api.encoder.Projection;
import io.genrec.api.encoder.Rows;
import io.genrec.api.encoder.SequenceEncoder;
import io.genrec.api.encoder.TokenEmbedding;
import io.genrec.api.graph.Dim;
import io.genrec.api.graph.ElementType;
import io.genrec.api.graph.Graph;
import io.genrec.api.graph.Shape;
import io.genrec.api.graph.Tensor;
import io.genrec.api.graph.TensorType;
import io.genrec.api.inference.ScoringModel;
import io.genrec.api.sequence.PairContext;
import io.genrec.api.sequence.Role;
import io.genrec.api.sequence.TokenContext;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.stream.IntStream;
import org.apiguardian.api.API;

/**
 * The graphs of M-FALCON (arXiv 2402.17152, section 3.4): a history is computed once and each
 * layer's memory is kept; appended events and candidates are computed against it. Memory is never
 * concatenated: a block sees what is cached and what is new as {@linkplain Part parts}.
 *
 * <p>Memory is an output of {@link #prefill} and {@link #extend} for their tokens, {@code
 * memory/layer0/key [batch, length, heads, dim]} and so on, and an input of {@link #extend} for the
 * tokens before them, {@code cached/layer0/key [batch, cached, heads, dim]}. {@code cached/length
 * [batch]} says how many rows of it count. {@link #score} reads it as {@link #arrange} gives it,
 * {@code arranged/layer0/key}: what attention multiplies is then where products read it best, and
 * is put there once for all micro-batches of candidates.
 *
 * <p>Not thread-safe while a graph is built.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public final class CachedGraphs {
  /** What tokens become: {@code [batch, length, dim]}. */
  public static final String OUTPUTS = ScoringModel.OUTPUTS;

  /** What the names of inputs of candidates begin with. */
  static final String CANDIDATES = "candidates/";

  /** The dimension of micro-batches, the first one of candidates in {@link #scoreLoop}. */
  public static final String MICRO_BATCHES = "micro_batches";

  private static final String CACHED = "cached/";
  private static final String ARRANGED = "arranged/";
  private static final String AGAIN = "again/";

  /** Whether histories of one run have one length. */
  public enum Lengths {
    /** All cached rows count. */
    EQUAL,
    /** {@code cached/length} rows count, and last tokens where {@code tokens/valid} says so. */
    MIXED
  }

  private final SequenceEncoder encoder;
  private final TableRows tables;
  private final Set<Role> roles;
  private final Optional<TokenEmbedding> embedding;
  private final List<Map<String, TensorType>> layers = new ArrayList<>();

  /** Tokens that went through all blocks. */
  private record Stage(List<Memory> memories, Tensor outputs) {}

  CachedGraphs(
      SequenceEncoder encoder,
      TableRows tables,
      Set<Role> roles,
      Optional<TokenEmbedding> embedding) {
    this.encoder = encoder;
    this.tables = tables;
    this.roles = roles;
    this.embedding = embedding;
    for (Memory memory : history(Graph.inference("layout")).memories()) {
      Map<String, TensorType> types = new LinkedHashMap<>();
      memory.tensors().forEach((name, tensor) -> types.put(name, tensor.type()));
      layers.add(types);
    }
  }

  /**
   * What is cached of tokens, by layer and name, for example {@code layer0/key}: {@code [batch,
   * length, heads, dim]}.
   */
  public Map<String, TensorType> memory() {
    Map<String, TensorType> memory = new LinkedHashMap<>();
    for (int layer = 0; layer < layers.size(); layer++) {
      String prefix = "layer" + layer + "/";
      layers.get(layer).forEach((name, type) -> memory.put(prefix + name, type));
    }
    return Collections.unmodifiableMap(memory);
  }

  /**
   * Whether the history's last tokens, those whose outputs are used at the request's time, depend
   * on it: they are then no part of the cache, but computed for each request by {@link #extend}.
   */
  public boolean lastIsComputedAgain() {
    return encoder.capabilities().cacheScope() == CacheScope.ALL_BUT_LAST;
  }

  /**
   * Whether {@link #extend} leaves the cached rows right: not if history rows see later ones, or
   * pass a block by when others follow.
   */
  public boolean isExtendable() {
    return encoder.capabilities().causality() == Causality.CAUSAL
        && encoder.blocks().stream().allMatch(block -> block.rows().all());
  }

  /** The graph of a history from its beginning: memory and outputs of its tokens. */
  public Graph prefill() {
    Graph graph = Graph.inference("prefill");
    give(graph, history(graph));
    return graph;
  }

  private Stage history(Graph graph) {
    TokenInputs tokens = TokenInputs.whole(graph, tables, withoutCandidates(), embedding);
    return stage(tokens, layer -> List.of());
  }

  /** The graph of tokens that follow on cached ones: their own memory and outputs. */
  public Graph extend() {
    Graph graph = Graph.inference("extend");
    List<Memory> before = memory(graph, CACHED, TokenInputs.Part.CACHED);
    TokenInputs cached = part(graph, TokenInputs.Part.CACHED);
    TokenInputs tokens = part(graph, TokenInputs.Part.APPENDED);
    give(graph, extend(before, cached, tokens));
    return graph;
  }

  private Stage extend(List<Memory> before, TokenInputs cached, TokenInputs tokens) {
    PairContext earlier = PairContext.all(tokens, cached);
    return stage(tokens, layer -> List.of(new Part(before.get(layer), earlier)));
  }

  /** The graph from {@code cached/<name>} to {@code arranged/<name>}. */
  public Graph arrange() {
    Graph graph = Graph.inference("arrange");
    memory()
        .forEach(
            (name, type) -> {
              Object[] dims = rows(type, TokenInputs.Part.CACHED).dims().toArray();
              Tensor rows = graph.input(CACHED + name, ElementType.FLOAT, dims);
              graph.output(ARRANGED + name, rows.transpose(order(name)));
            });
    return graph;
  }

  /** The axis of {@code arranged/<name>} that counts tokens. */
  public int arrangedAxis(String name) {
    return Ints.indexOf(order(name), 1);
  }

  /**
   * Keys with their tokens innermost, values with their heads outermost, as {@code Attend} reads.
   */
  private static int[] order(String name) {
    return switch (name.substring(name.indexOf('/') + 1)) {
      case Memory.KEY -> new int[] {0, 2, 3, 1};
      case Memory.VALUE -> new int[] {0, 2, 1, 3};
      default -> new int[] {0, 1, 2, 3};
    };
  }

  /**
   * The graph of candidates after a cached history: {@code prediction/<name> [batch, candidates]}.
   *
   * <p>If {@link #lastIsComputedAgain}, the memory of the history's last tokens is an input too,
   * {@code again/layer0/key [batch, length, heads, dim]}: {@link #extend} gives it, once for all
   * micro-batches of a request.
   */
  public Graph score(Head head, Lengths lengths) {
    Graph graph = Graph.inference(lengths == Lengths.EQUAL ? "score" : "score-padded");
    List<Memory> before = arrangedMemory(graph);
    TokenInputs candidates = part(graph, TokenInputs.Part.CANDIDATES);
    PairContext history = earlier(graph, candidates, TokenInputs.Part.CACHED, lengths);
    Earlier seen = layer -> List.of(new Part(before.get(layer), history));
    if (lastIsComputedAgain()) {
      List<Memory> again = memory(graph, AGAIN, TokenInputs.Part.APPENDED);
      PairContext end = earlier(graph, candidates, TokenInputs.Part.APPENDED, lengths);
      seen =
          layer -> List.of(new Part(before.get(layer), history), new Part(again.get(layer), end));
    }
    Tensor outputs = stage(candidates, seen).outputs();
    Model.predict(graph, head, outputs, candidates);
    return graph;
  }

  /**
   * The graph of micro-batches of candidates after histories of which all rows count, scored one
   * after another in one run: as {@link #score}, with an axis of {@link #MICRO_BATCHES} in front of
   * {@code candidates/..} and of the predictions.
   */
  public Graph scoreLoop(Head head) {
    return ScoreLoop.of(score(head, Lengths.EQUAL));
  }

  private PairContext earlier(
      Graph graph, TokenInputs queries, TokenInputs.Part part, Lengths lengths) {
    TokenInputs keys = part(graph, part);
    return PairContext.all(queries, lengths == Lengths.EQUAL ? keys.unpadded() : keys);
  }

  private TokenInputs part(Graph graph, TokenInputs.Part part) {
    return TokenInputs.part(graph, tables, part, embedding);
  }

  private Set<Role> withoutCandidates() {
    Set<Role> others = new HashSet<>(roles);
    others.remove(Role.CANDIDATE);
    return others;
  }

  /** The parts that a layer's tokens see beside their own. */
  @FunctionalInterface
  private interface Earlier {
    List<Part> parts(int layer);
  }

  private Stage stage(TokenInputs tokens, Earlier earlier) {
    Tensor x = encoder.input(tokens);
    List<Memory> memories = new ArrayList<>();
    for (EncoderBlock block : encoder.blocks()) {
      int layer = memories.size();
      Rows rows = block.rows();
      try (Graph.OpenScope open = x.graph().enter("layer" + layer)) {
        TokenContext entered = tokens.isWhole() ? rows.enter(tokens) : rows.after(tokens);
        Tensor inner = tokens.isWhole() ? rows.enter(x, tokens) : x;
        Projection projection = block.project(inner, entered);
        List<Part> parts = new ArrayList<>();
        for (Part part : earlier.parts(layer)) {
          parts.add(new Part(part.memory(), rows.seen(part.pairs())));
        }
        parts.add(new Part(projection.memory(), entered.pairs()));
        Tensor aggregated = block.aggregate(projection.queries(), parts);
        Tensor computed = block.transform(inner, aggregated, projection, entered);
        x = tokens.isWhole() ? rows.leave(x, computed, tokens) : computed;
        memories.add(
            tokens.isWhole() ? rows.leave(projection.memory(), tokens) : projection.memory());
      }
    }
    return new Stage(memories, encoder.output(x, tokens));
  }

  private static void give(Graph graph, Stage stage) {
    for (int layer = 0; layer < stage.memories().size(); layer++) {
      String prefix = "memory/layer" + layer + "/";
      stage.memories().get(layer).tensors().forEach((name, x) -> graph.output(prefix + name, x));
    }
    graph.output(OUTPUTS, stage.outputs());
  }

  private List<Memory> memory(Graph graph, String prefix, TokenInputs.Part part) {
    return memories(
        (name, type) ->
            graph.input(prefix + name, ElementType.FLOAT, rows(type, part).dims().toArray()));
  }

  private static Shape rows(TensorType memory, TokenInputs.Part part) {
    return memory.shape().with(1, Dim.of(part.dim()));
  }

  private List<Memory> arrangedMemory(Graph graph) {
    return memories(
        (name, type) -> {
          int[] order = order(name);
          Shape rows = rows(type, TokenInputs.Part.CACHED);
          Object[] dims = Arrays.stream(order).mapToObj(rows::dim).toArray();
          int[] back = IntStream.range(0, order.length).map(a -> Ints.indexOf(order, a)).toArray();
          return graph.input(ARRANGED + name, ElementType.FLOAT, dims).transpose(back);
        });
  }

  private List<Memory> memories(BiFunction<String, TensorType, Tensor> input) {
    List<Memory> memories = new ArrayList<>();
    for (int layer = 0; layer < layers.size(); layer++) {
      String prefix = "layer" + layer + "/";
      Map<String, Tensor> rows = new LinkedHashMap<>();
      layers.get(layer).forEach((name, type) -> rows.put(name, input.apply(prefix + name, type)));
      memories.add(new Memory(rows));
    }
    return memories;
  }
}
