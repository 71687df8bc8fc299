package io.genrec.engine.optimizer;

import io.genrec.api.graph.Initializer;
import io.genrec.api.graph.Parameter;
import io.genrec.engine.optimizer.OptimizerConfig.Name;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.util.AutoCloseables;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** Gathering rows, adding gradients and updating, on one thread. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class OptimizerBenchmark {
  private static final int DIM = 64;
  private static final int NAMED = 1_300;
  private static final int MICRO_BATCHES = 20;
  private static final int SMALL = 12_101;
  private static final double RATE = 0.001;

  /** Rows of the table. */
  @Param({"12101", "1000000"})
  public int rows;

  private final BufferAllocator memory = new RootAllocator();
  private final List<AutoCloseable> open = new ArrayList<>();
  private ParameterStore store = new ParameterStore(List.of(), memory);
  private Optimizer dense =
      Values.config(Name.ADAMW, RATE, 0).optimizer(store, List.of(), 1, memory);
  private Optimizer lazy = dense;
  private GradientSum sum = new GradientSum(List.of(), memory, 1);
  private List<Gradient.Rows> named = List.of();
  private Gradient whole = Values.whole(new float[1], 1);
  private long denseStep;
  private long lazyStep;
  private final FloatBuffer gathered =
      ByteBuffer.allocateDirect(NAMED * DIM * Float.BYTES)
          .order(ByteOrder.nativeOrder())
          .asFloatBuffer();

  /** Fills the table. */
  @Setup(Level.Trial)
  public void begin() throws Exception {
    end();
    Parameter table = Parameter.embedding("table", Initializer.zeros(), rows, DIM);
    Parameter small = Parameter.dense("small", Initializer.zeros(), SMALL, DIM);
    store = opened(new ParameterStore(List.of(table), memory));
    lazy = opened(Values.config(Name.LAZY_ADAMW, RATE, 0).optimizer(store, List.of(), 1, memory));
    ParameterStore other = opened(new ParameterStore(List.of(small), memory));
    dense = opened(Values.config(Name.ADAMW, RATE, 0).optimizer(other, List.of(), 1, memory));
    sum = opened(new GradientSum(List.of(table), memory, 1));
    Random random = new Random(1);
    named = new ArrayList<>();
    for (int i = 0; i < MICRO_BATCHES; i++) {
      long[] ids = random.longs(0, rows).distinct().limit(NAMED).toArray();
      named.add((Gradient.Rows) Values.rows(ids, DIM, Values.normal(random, NAMED * DIM, 1)));
    }
    whole = Values.whole(Values.normal(random, SMALL * DIM, 1), SMALL, DIM);
    denseStep = 0;
    lazyStep = 0;
  }

  private <T extends AutoCloseable> T opened(T resource) {
    open.add(0, resource);
    return resource;
  }

  /** Gives the memory back. */
  @TearDown(Level.Trial)
  public void end() throws Exception {
    AutoCloseables.close(open);
    open.clear();
  }

  /** The rows that a micro-batch names, for its graph. */
  @Benchmark
  public Object gatherRows() {
    store.gatherRows("table", named.get(0).rows(), gathered.clear());
    return gathered;
  }

  /** The gradients of rows that micro-batches name, in their order, with the norm. */
  @Benchmark
  public Object addRows() {
    addAll();
    Object views = sum.views(named.size(), OptimizerBenchmark::here);
    sum.clear();
    return views;
  }

  /** The same, and AdamW of the rows. */
  @Benchmark
  public double addAndUpdateRows() {
    addAll();
    lazy.step(sum, named.size(), 3, ++lazyStep, OptimizerBenchmark::here);
    sum.clear();
    return lazy.gradientNorm();
  }

  /** AdamW of 774,464 weights by a whole gradient, with the norm. */
  @Benchmark
  public double updateWhole() {
    dense.step(new GradientSet(Map.of("small", whole)), 3, ++denseStep);
    return dense.gradientNorm();
  }

  private void addAll() {
    for (int i = 0; i < named.size(); i++) {
      sum.add(i, new GradientSet(Map.of("table", named.get(i))), () -> {});
    }
  }

  private static void here(List<Runnable> pieces) {
    pieces.forEach(Runnable::run);
  }
}
