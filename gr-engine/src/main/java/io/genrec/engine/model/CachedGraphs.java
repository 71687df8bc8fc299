package io.genrec.engine.model;

import io.genrec.api.GenRecException;
import io.genrec.api.encoder.Capabilities.CacheScope;
import io.genrec.api.encoder.Capabilities.Causality;
import io.genrec.api.encoder.EncoderBlock;
import io.genrec.api.encoder.Memory;
import io.genrec.api.encoder.Part;
import io.genrec.api.encoder.Projection;
import io.genrec.api.encoder.Rows;
import io.genrec.api.encoder.SequenceEncoder;
import io.genrec.api.encoder.TokenEmbedding;
import io.genrec.api.graph.Dim;
import io.genrec.api.graph.ElementType;
import io.genrec.api.graph.Graph;
import io.genrec.api.graph.Tensor;
import io.genrec.api.graph.TensorType;
import io.genrec.api.sequence.PairContext;
import io.genrec.api.sequence.Role;
import io.genrec.api.sequence.TokenContext;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apiguardian.api.API;

/**
 * The graphs of M-FALCON (arXiv 2402.17152, section 3.4): a history is computed once and each
 * layer's memory is kept; appended events and candidates are computed against it. Memory is never
 * concatenated: a block sees what is cached and what is new as {@linkplain Part parts}.
 *
 * <p>Memory is an output of {@link #prefill} and {@link #extend} for their tokens, {@code
 * memory/layer0/key [batch, length, heads, dim]} and so on, and an input of {@link #extend} and
 * {@link #score} for the tokens before them, {@code cached/layer0/key [batch, cached, heads, dim]}.
 * {@code cached/length [batch]} says how many rows of it count.
 *
 * <p>Not thread-safe while a graph is built.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public final class CachedGraphs {
  /** What tokens become: {@code [batch, length, dim]}; of {@link #score}, the candidates. */
  public static final String OUTPUTS = "outputs";

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
    if (encoder.blocks().isEmpty() || encoder.capabilities().cacheScope() == CacheScope.NONE) {
      throw new GenRecException(
          "NotCacheable",
          "this encoder "
              + (encoder.blocks().isEmpty()
                  ? "is not made of blocks"
                  : "declares that nothing of it can be cached")
              + "; score its candidates with the strategy \"full\"");
    }
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
   * Whether {@link #score} computes the history's last token again, since its output depends on the
   * request: it is then given as {@code tokens/..} with length 1 and is no part of the cache.
   */
  public boolean lastIsComputedAgain() {
    return encoder.capabilities().cacheScope() == CacheScope.ALL_BUT_LAST;
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

  /**
   * The graph of tokens that follow on cached ones: their own memory and outputs.
   *
   * @throws GenRecException {@code [GR/NotExtendable]} if the encoder's history rows see later
   *     ones, or pass some of its blocks by when others follow
   */
  public Graph extend() {
    if (encoder.capabilities().causality() != Causality.CAUSAL
        || !encoder.blocks().stream().allMatch(block -> block.rows().all())) {
      throw new GenRecException(
          "NotExtendable",
          "tokens that follow change the cached rows of this encoder; compute its history at once (prefill)");
    }
    Graph graph = Graph.inference("extend");
    List<Memory> before = cachedMemory(graph);
    TokenInputs cached = part(graph, TokenInputs.Part.CACHED);
    TokenInputs tokens = part(graph, TokenInputs.Part.APPENDED);
    give(graph, extend(before, cached, tokens));
    return graph;
  }

  private Stage extend(List<Memory> before, TokenInputs cached, TokenInputs tokens) {
    PairContext earlier = PairContext.all(tokens, cached);
    return stage(tokens, layer -> List.of(new Part(before.get(layer), earlier)));
  }

  /** The graph of candidates after a cached history: their outputs. */
  public Graph score() {
    Graph graph = Graph.inference("score");
    List<Memory> before = cachedMemory(graph);
    TokenInputs cached = part(graph, TokenInputs.Part.CACHED);
    TokenInputs candidates = part(graph, TokenInputs.Part.CANDIDATES);
    PairContext history = PairContext.all(candidates, cached);
    Earlier seen = layer -> List.of(new Part(before.get(layer), history));
    if (lastIsComputedAgain()) {
      TokenInputs last = part(graph, TokenInputs.Part.APPENDED);
      List<Memory> again = extend(before, cached, last).memories();
      PairContext end = PairContext.all(candidates, last);
      seen =
          layer -> List.of(new Part(before.get(layer), history), new Part(again.get(layer), end));
    }
    graph.output(OUTPUTS, stage(candidates, seen).outputs());
    return graph;
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

  private List<Memory> cachedMemory(Graph graph) {
    List<Memory> memories = new ArrayList<>();
    for (int layer = 0; layer < layers.size(); layer++) {
      String prefix = "cached/layer" + layer + "/";
      Map<String, Tensor> rows = new LinkedHashMap<>();
      layers
          .get(layer)
          .forEach(
              (name, type) -> {
                Object[] dims = type.shape().with(1, Dim.of("cached")).dims().toArray();
                rows.put(name, graph.input(prefix + name, ElementType.FLOAT, dims));
              });
      memories.add(new Memory(rows));
    }
    return memories;
  }
}
