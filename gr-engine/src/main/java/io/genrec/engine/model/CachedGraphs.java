package io.genrec.engine.model;

import io.genrec.api.GenRecException;
import io.genrec.api.encoder.Capabilities.CacheScope;
import io.genrec.api.encoder.EncoderBlock;
import io.genrec.api.encoder.Memory;
import io.genrec.api.encoder.Part;
import io.genrec.api.encoder.Projection;
import io.genrec.api.encoder.SequenceEncoder;
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
  private final List<Map<String, TensorType>> layers = new ArrayList<>();

  /** Tokens that went through all blocks. */
  private record Stage(List<Memory> memories, Tensor outputs) {}

  CachedGraphs(SequenceEncoder encoder, TableRows tables, Set<Role> roles) {
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
    TokenInputs tokens = TokenInputs.whole(graph, tables, withoutCandidates());
    return stage(tokens, layer -> List.of(), tokens.pairs());
  }

  /** The graph of tokens that follow on cached ones: their own memory and outputs. */
  public Graph extend() {
    Graph graph = Graph.inference("extend");
    List<Memory> before = cachedMemory(graph);
    TokenInputs cached = TokenInputs.part(graph, tables, TokenInputs.Part.CACHED);
    TokenInputs tokens = TokenInputs.part(graph, tables, TokenInputs.Part.APPENDED);
    give(graph, extend(before, cached, tokens));
    return graph;
  }

  private Stage extend(List<Memory> before, TokenInputs cached, TokenInputs tokens) {
    PairContext earlier = PairContext.all(tokens, cached);
    return stage(tokens, layer -> List.of(new Part(before.get(layer), earlier)), tokens.pairs());
  }

  /** The graph of candidates after a cached history: their outputs. */
  public Graph score() {
    Graph graph = Graph.inference("score");
    List<Memory> before = cachedMemory(graph);
    TokenInputs cached = TokenInputs.part(graph, tables, TokenInputs.Part.CACHED);
    TokenInputs candidates = TokenInputs.part(graph, tables, TokenInputs.Part.CANDIDATES);
    PairContext history = PairContext.all(candidates, cached);
    Earlier seen = layer -> List.of(new Part(before.get(layer), history));
    if (lastIsComputedAgain()) {
      TokenInputs last = TokenInputs.part(graph, tables, TokenInputs.Part.APPENDED);
      List<Memory> again = extend(before, cached, last).memories();
      PairContext end = PairContext.all(candidates, last);
      seen =
          layer -> List.of(new Part(before.get(layer), history), new Part(again.get(layer), end));
    }
    graph.output(OUTPUTS, stage(candidates, seen, candidates.pairs()).outputs());
    return graph;
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

  private Stage stage(TokenContext tokens, Earlier earlier, PairContext own) {
    Tensor x = encoder.input(tokens);
    List<Memory> memories = new ArrayList<>();
    for (EncoderBlock block : encoder.blocks()) {
      int layer = memories.size();
      try (Graph.OpenScope open = x.graph().enter("layer" + layer)) {
        Projection projection = block.project(x, tokens);
        List<Part> parts = new ArrayList<>(earlier.parts(layer));
        parts.add(new Part(projection.memory(), own));
        Tensor aggregated = block.aggregate(projection.queries(), parts);
        x = block.transform(x, aggregated, projection, tokens);
        memories.add(projection.memory());
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
