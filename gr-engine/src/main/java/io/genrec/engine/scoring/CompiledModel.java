package io.genrec.engine.scoring;

import com.google.common.base.Suppliers;
import io.genrec.api.GenRecException;
import io.genrec.api.encoder.Capabilities;
import io.genrec.api.encoder.Head;
import io.genrec.api.graph.ElementType;
import io.genrec.api.graph.Graph;
import io.genrec.api.graph.Parameter;
import io.genrec.api.graph.TensorType;
import io.genrec.api.inference.ScoringModel;
import io.genrec.api.sequence.Batch;
import io.genrec.api.sequence.Batch.Column;
import io.genrec.api.sequence.Schema;
import io.genrec.api.task.Task;
import io.genrec.engine.model.CachedGraphs;
import io.genrec.engine.model.CachedGraphs.Lengths;
import io.genrec.engine.model.Model;
import io.genrec.engine.onnx.Precision;
import io.genrec.engine.optimizer.ParameterStore;
import io.genrec.engine.program.Program;
import io.genrec.engine.runtime.CompiledGraph;
import io.genrec.engine.runtime.SessionSettings;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.util.AutoCloseables;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * A model's stages on ONNX Runtime. Each is compiled when it is first run. The values are inputs of
 * all of them, read in place: any number of stages and threads share one copy.
 *
 * <p>Owns its sessions until it is closed, not the values. A run after that is refused.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public final class CompiledModel implements ScoringModel, AutoCloseable {
  private final Model model;
  private final Optional<Head> head;
  private final Task task;
  private final String fingerprint;
  private final SessionSettings settings;
  private final BufferAllocator memory;
  private final Batch widened;
  private final Function<String, Column> values;
  private final List<String> predictions;
  private final Supplier<CachedGraphs> graphs;
  private final Supplier<Boolean> memoryDependsOnLength;
  private final Map<Stage, CompiledGraph> compiled = new ConcurrentHashMap<>();
  private final LongAdder nanos = new LongAdder();
  private boolean closed;

  /**
   * A model that scores candidates, ready to run.
   *
   * @param model declares the graphs
   * @param head what is predicted of candidates
   * @param task how events become tokens
   * @param parameters the values; closed by the caller, after this
   * @param fingerprint equal only for models that give equal scores
   * @param settings where and how graphs run
   * @param memory where memory outside the Java heap comes from
   */
  public CompiledModel(
      Model model,
      Head head,
      Task task,
      ParameterStore parameters,
      String fingerprint,
      SessionSettings settings,
      BufferAllocator memory) {
    this(model, Optional.of(head), task, parameters, fingerprint, settings, memory);
  }

  /**
   * A model that predicts items, ready to run: it gives users' vectors and scores no candidates.
   *
   * @param model declares the graphs
   * @param task how events become tokens
   * @param parameters the values; closed by the caller, after this
   * @param fingerprint equal only for models that give equal vectors
   * @param settings where and how graphs run
   * @param memory where memory outside the Java heap comes from
   */
  public CompiledModel(
      Model model,
      Task task,
      ParameterStore parameters,
      String fingerprint,
      SessionSettings settings,
      BufferAllocator memory) {
    this(model, Optional.empty(), task, parameters, fingerprint, settings, memory);
  }

  private CompiledModel(
      Model model,
      Optional<Head> head,
      Task task,
      ParameterStore parameters,
      String fingerprint,
      SessionSettings settings,
      BufferAllocator memory) {
    this.model = model;
    this.head = head;
    this.task = task;
    this.fingerprint = fingerprint;
    this.settings = settings;
    this.memory = memory;
    this.graphs = Suppliers.memoize(model::cached);
    this.memoryDependsOnLength =
        Suppliers.memoize(() -> program(Stage.PREFILL).inputs().containsKey("sequence/history"));
    this.predictions =
        head.stream()
            .flatMap(known -> model.predictions(known).outputs().keySet().stream())
            .map(name -> name.substring(PREDICTION.length()))
            .toList();
    this.widened = new Batch(memory);
    boolean wide = settings.precision() == Precision.FLOAT64;
    if (wide) {
      parameters.parameters().forEach(parameter -> widen(parameter, parameters));
    }
    this.values = wide ? widened::column : parameters::column;
  }

  private void widen(Parameter parameter, ParameterStore parameters) {
    Column column = parameters.column(parameter.name());
    widen(column, widened.doubles(parameter.name(), column.size()));
  }

  private static void widen(Column column, DoubleBuffer to) {
    FloatBuffer from = column.bytes().asFloatBuffer();
    while (from.hasRemaining()) {
      to.put(from.get());
    }
  }

  @Override
  public Schema schema() {
    return model.schema();
  }

  @Override
  public Task task() {
    return task;
  }

  @Override
  public Capabilities capabilities() {
    return model.encoder().capabilities();
  }

  @Override
  public String fingerprint() {
    return fingerprint;
  }

  @Override
  public List<String> predictions() {
    return predictions;
  }

  @Override
  public Map<String, TensorType> memory() {
    return graphs.get().memory();
  }

  @Override
  public int arrangedAxis(String name) {
    return graphs.get().arrangedAxis(name);
  }

  @Override
  public boolean lastIsComputedAgain() {
    return graphs.get().lastIsComputedAgain();
  }

  @Override
  public boolean isExtendable() {
    return graphs.get().isExtendable();
  }

  @Override
  public boolean memoryDependsOnLength() {
    return memoryDependsOnLength.get();
  }

  @Override
  public boolean copiesInputs() {
    return settings.device().cuda();
  }

  @Override
  public long valueBytes() {
    return model.parameters().values().stream()
        .mapToLong(
            value -> memory.getRoundingPolicy().getRoundedSize(realBytes() * value.entries()))
        .sum();
  }

  @Override
  public int realBytes() {
    return settings.precision() == Precision.FLOAT64 ? Double.BYTES : Float.BYTES;
  }

  @Override
  public BufferAllocator allocator() {
    return memory;
  }

  @Override
  public void run(Stage stage, Function<String, @Nullable Column> inputs, Batch outputs) {
    CompiledGraph graph = compiled(stage);
    Map<String, Parameter> parameters = model.parameters();
    nanos.add(
        graph
            .run(
                name ->
                    parameters.containsKey(name) ? values.apply(name) : wide(inputs.apply(name)),
                outputs)
            .nanos());
  }

  /** How long ONNX Runtime has computed, in nanoseconds: all runs of all threads together. */
  public long nanos() {
    return nanos.sum();
  }

  /** Numbers of tokens are written in 32 bits. */
  private @Nullable Column wide(@Nullable Column column) {
    if (realBytes() == Float.BYTES
        || column == null
        || column.element() != ElementType.FLOAT
        || column.bytes().capacity() != column.entries() * Float.BYTES) {
      return column;
    }
    ByteBuffer bytes =
        ByteBuffer.allocateDirect(column.entries() * Double.BYTES).order(ByteOrder.nativeOrder());
    widen(column, bytes.asDoubleBuffer());
    return new Column(ElementType.FLOAT, column.size(), bytes);
  }

  /**
   * Stages that are there run on while another is compiled.
   *
   * @throws IllegalStateException if this is closed: nobody would close the session
   */
  private CompiledGraph compiled(Stage stage) {
    CompiledGraph there = compiled.get(stage);
    if (there != null) {
      return there;
    }
    synchronized (this) {
      if (closed) {
        throw new IllegalStateException("model " + fingerprint + " is closed");
      }
      return compiled.computeIfAbsent(stage, key -> CompiledGraph.of(program(key), settings));
    }
  }

  private Program program(Stage stage) {
    return switch (stage) {
      case WHOLE -> settings.program(model.predictions(head()));
      case PREFILL -> memoryOf(graphs.get().prefill());
      case EXTEND -> memoryOf(graphs.get().extend());
      case ENCODE -> settings.program(graphs.get().extend()).giving(OUTPUTS::equals);
      case ARRANGE -> settings.program(graphs.get().arrange());
      case SCORE -> settings.program(graphs.get().score(head(), Lengths.EQUAL));
      case SCORE_LOOP -> settings.program(graphs.get().scoreLoop(head()));
      case SCORE_PADDED -> settings.program(graphs.get().score(head(), Lengths.MIXED));
    };
  }

  private Head head() {
    return head.orElseThrow(
        () ->
            new GenRecException(
                "NotARanker",
                "model "
                    + fingerprint
                    + " predicts items and has no head for candidates; ask for its users' vectors,"
                    + " or train one with a ranking task, such as ranking-interleaved"));
  }

  /** Of the last layer only what is kept. */
  private Program memoryOf(Graph graph) {
    return settings.program(graph).giving(name -> !name.equals(CachedGraphs.OUTPUTS));
  }

  @Override
  public void close() {
    List<AutoCloseable> open;
    synchronized (this) {
      closed = true;
      open = new ArrayList<>(compiled.values());
      compiled.clear();
    }
    open.add(widened);
    AutoCloseables.closeNoChecked(() -> AutoCloseables.close(open));
  }
}
