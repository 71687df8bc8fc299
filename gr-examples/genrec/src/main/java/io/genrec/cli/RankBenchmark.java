package io.genrec.cli;

import io.genrec.api.config.StrictConfig;
import io.genrec.api.encoder.Head;
import io.genrec.api.graph.Graph;
import io.genrec.api.graph.Initializer;
import io.genrec.api.graph.Parameter;
import io.genrec.api.inference.Candidates;
import io.genrec.api.inference.InferenceStrategy;
import io.genrec.api.inference.Scores;
import io.genrec.api.inference.ScoringRequest;
import io.genrec.api.sequence.Batch;
import io.genrec.api.sequence.History;
import io.genrec.api.sequence.Role;
import io.genrec.api.sequence.Schema;
import io.genrec.engine.model.CachedGraphs;
import io.genrec.engine.model.Model;
import io.genrec.engine.optimizer.ParameterStore;
import io.genrec.engine.program.Program;
import io.genrec.engine.runtime.CompiledGraph;
import io.genrec.engine.runtime.SessionSettings;
import io.genrec.engine.runtime.Workers;
import io.genrec.engine.scoring.CompiledModel;
import io.genrec.engine.wiring.Registry;
import io.genrec.falcon.Full;
import io.genrec.gpsd.ClickTask;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.function.IntConsumer;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.util.AutoCloseables;

/**
 * Times strategies on one user of a model with random weights. Each request has a time of its own,
 * as in service. Owns what it opens until it is closed.
 */
final class RankBenchmark implements AutoCloseable {
  static final List<String> STRATEGIES = List.of("full", "batched", "m-falcon");

  private static final String USER = "user";
  private static final int ITEMS = 4_000;
  private static final int WARM_UP = 3;
  private static final int FULL_CANDIDATES = 8;
  private static final int BATCHED_MOST = 1024;
  private static final int PREFILL_CHUNK = 512;
  private static final long CACHE_BYTES = 4L << 30;
  private static final double NANOS_PER_MILLI = 1e6;

  private final Shape shape;
  private final BufferAllocator memory;
  private final Registry registry;
  private final int workers;
  private final Deque<AutoCloseable> open = new ArrayDeque<>();
  private final List<Cell> cells = new ArrayList<>();
  private final Model model;
  private final Head head;
  private final CompiledModel compiled;
  private final Workers pool;
  private final Events events;
  private final int[] candidates;

  /** What is measured. */
  record Shape(int history, int candidates, int dim, int heads, int layers, String encoder) {}

  /**
   * A row of the table.
   *
   * @param msCpu the processor time of all threads, the mean of all requests
   * @param gflops the matrix products that the request needs, per second
   * @param matmulShare that over the rate of products alone
   * @param ortShare how much of the workers' time passes in ONNX Runtime
   * @param checksum the sum of all scores
   */
  record Result(
      int n,
      int m,
      int bm,
      String strategy,
      String cache,
      double msMedian,
      double msP99,
      double msCpu,
      double candidatesPerSecond,
      double gflops,
      double matmulShare,
      double ortShare,
      double checksum) {}

  /** A row while it is measured. */
  private final class Cell {
    private final String name;
    private final String cache;
    private final int microBatch;
    private final int asked;
    private final InferenceStrategy strategy;
    private final List<Double> millis = new ArrayList<>();
    private double cpuMillis;
    private double nanos;
    private double nanosInside;
    private double checksum;

    Cell(String name, String cache, int microBatch, int asked, InferenceStrategy strategy) {
      this.name = name;
      this.cache = cache;
      this.microBatch = microBatch;
      this.asked = asked;
      this.strategy = strategy;
    }

    void run(int repetition, boolean timed) {
      ScoringRequest request = request(shape.history(), asked, repetition);
      if (!cache.equals("hit")) {
        strategy.invalidate(USER);
      }
      if (cache.equals("extend")) {
        strategy.score(List.of(request(shape.history() - 1, 1, repetition)));
      }
      long cpu = cpuNanos();
      long inside = compiled.nanos();
      long begin = System.nanoTime();
      Scores scores = strategy.score(List.of(request)).get(0);
      double passed = System.nanoTime() - begin;
      if (timed) {
        nanos += passed;
        nanosInside += compiled.nanos() - inside;
        millis.add(passed / NANOS_PER_MILLI * shape.candidates() / asked);
        cpuMillis += (cpuNanos() - cpu) / NANOS_PER_MILLI * shape.candidates() / asked;
        checksum = Arrays.stream(scores.of("score")).sum();
      }
    }

    Result result(double plainGflops) {
      double[] sorted = millis.stream().mapToDouble(Double::doubleValue).sorted().toArray();
      double median = sorted[sorted.length / 2];
      double gflops = flops(this) / median / NANOS_PER_MILLI;
      return new Result(
          shape.history(),
          shape.candidates(),
          microBatch,
          name,
          cache,
          median,
          sorted[(int) Math.ceil(0.99 * sorted.length) - 1],
          cpuMillis / sorted.length,
          shape.candidates() / median * 1000,
          gflops,
          gflops / plainGflops,
          nanosInside / nanos / workers,
          checksum);
    }
  }

  RankBenchmark(
      Shape shape,
      Registry registry,
      SessionSettings settings,
      BufferAllocator memory,
      int workers) {
    this.shape = shape;
    this.memory = memory;
    this.registry = registry;
    this.workers = workers;
    Random random = new Random(1);
    this.events = new Events(shape.history(), random);
    this.candidates = random.ints(shape.candidates(), 1, ITEMS + 1).toArray();
    Schema schema =
        new Schema(
            List.of(new Schema.Feature(Schema.ITEM, ITEMS, shape.dim())),
            shape.history(),
            shape.history() + 1);
    StrictConfig encoder =
        StrictConfig.parse(
            "the encoder's options",
            StrictConfig.toJson(
                Map.of("name", shape.encoder(), "blocks", shape.layers(), "heads", shape.heads())));
    Parameter[] vector = new Parameter[1];
    this.model =
        new Model(
            shape.encoder(),
            schema,
            Set.of(Role.EVENT, Role.CANDIDATE),
            scope -> {
              vector[0] = scope.parameter("score", Initializer.normal(1), shape.dim(), 1);
              return registry.encoder(encoder, scope, schema);
            });
    this.head = (x, tokens) -> Map.of("score", x.matmul(vector[0].in(x)).squeeze(-1));
    try {
      ParameterStore parameters = opened(new ParameterStore(model.parameters().values(), memory));
      parameters.initialise(1);
      this.compiled =
          opened(
              new CompiledModel(
                  model,
                  head,
                  new ClickTask(new ClickTask.Config(1), schema),
                  parameters,
                  "benchmark",
                  settings,
                  memory));
      this.pool = opened(new Workers(workers));
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  private <T extends AutoCloseable> T opened(T resource) {
    open.push(resource);
    return resource;
  }

  /** Adds the rows of some strategies. */
  void cells(List<String> strategies, int[] microBatches) {
    int m = shape.candidates();
    for (String name : strategies) {
      switch (name) {
        case "full" -> {
          cells.add(new Cell(name, "miss", 1, few(), strategy(Map.of("name", name))));
        }
        case "batched" -> {
          int most = Math.min(m, BATCHED_MOST);
          Map<String, Object> config = Map.of("name", name, "microBatch", most);
          cells.add(new Cell(name, "miss", most, m, strategy(config)));
        }
        default -> {
          for (int microBatch : microBatches) {
            for (String cache : List.of("hit", "extend", "miss")) {
              Map<String, Object> config =
                  Map.of(
                      "name",
                      name,
                      "microBatch",
                      microBatch,
                      "cacheBytes",
                      CACHE_BYTES,
                      "prefillChunk",
                      PREFILL_CHUNK);
              cells.add(new Cell(name, cache, microBatch, m, strategy(config)));
            }
          }
        }
      }
    }
  }

  /** A few candidates that keep all workers busy: some whole runs for each. */
  private int few() {
    int ofRun = Full.candidatesOfRun(shape.history() + 1);
    int runs = (FULL_CANDIDATES + ofRun - 1) / ofRun;
    return Math.min(shape.candidates(), workers * runs * ofRun);
  }

  private InferenceStrategy strategy(Map<String, Object> config) {
    Map<String, Object> withWorkers = new java.util.LinkedHashMap<>(config);
    withWorkers.put("workers", workers);
    String json = StrictConfig.toJson(withWorkers);
    return opened(registry.strategy(StrictConfig.parse("the strategy's options", json), compiled));
  }

  private ScoringRequest request(int shown, int asked, int repetition) {
    return new ScoringRequest(
        events.slice(0, shown),
        0,
        events.time(shape.history() - 1) + 3_600 + repetition,
        Optional.of(USER),
        Candidates.items(Arrays.copyOf(candidates, asked)));
  }

  /** Measures all rows in turns, products alone among them. */
  List<Result> run(int repetitions, IntConsumer progress) {
    int microBatch =
        cells.stream()
            .filter(cell -> cell.cache.equals("hit"))
            .mapToInt(cell -> cell.microBatch)
            .min()
            .orElse(Math.min(shape.candidates(), BATCHED_MOST));
    int own = Math.min(microBatch, shape.candidates());
    MatMuls products = new MatMuls(scoring(), scoringSizes(own));
    double operations = operations(scoring(), scoringSizes(own));
    int runs = (shape.candidates() + microBatch - 1) / microBatch;
    List<Double> plain = new ArrayList<>();
    try (CompiledGraph alone = products.compile();
        Batch inputs = new Batch(memory);
        Outputs outputs = new Outputs()) {
      products.fill(inputs);
      for (int i = -WARM_UP; i < repetitions; i++) {
        long begin = System.nanoTime();
        multiply(alone, inputs, outputs, runs);
        double nanos = System.nanoTime() - begin;
        if (i >= 0) {
          plain.add(operations * runs / nanos);
        }
        for (Cell cell : cells) {
          cell.run(i + WARM_UP, i >= 0);
        }
        progress.accept(Math.max(0, i + 1));
      }
    }
    double[] rates = plain.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    double gflops = rates[rates.length / 2];
    return cells.stream().map(cell -> cell.result(gflops)).toList();
  }

  /** A batch for each worker's outputs. */
  private final class Outputs implements AutoCloseable {
    private final List<Batch> batches = new ArrayList<>();

    Outputs() {
      for (int i = 0; i < workers; i++) {
        batches.add(new Batch(memory));
      }
    }

    @Override
    public void close() {
      batches.forEach(Batch::close);
    }
  }

  private void multiply(CompiledGraph alone, Batch inputs, Outputs outputs, int runs) {
    List<Future<Boolean>> shares = new ArrayList<>();
    for (int worker = 0; worker < workers; worker++) {
      Batch into = outputs.batches.get(worker);
      int own = runs / workers + (worker < runs % workers ? 1 : 0);
      shares.add(
          pool.submit(
              () -> {
                for (int i = 0; i < own; i++) {
                  alone.run(inputs::column, into);
                }
                return true;
              }));
    }
    Workers.settle(shares);
    shares.forEach(Workers::await);
  }

  private Program scoring() {
    return Program.of(model.cached().score(head, CachedGraphs.Lengths.EQUAL));
  }

  private Map<String, Long> scoringSizes(long microBatch) {
    long kept = shape.history() - (model.cached().lastIsComputedAgain() ? 1 : 0);
    return Map.of("batch", 1L, "candidates", microBatch, "cached", kept, "length", 1L);
  }

  private static double operations(Program program, Map<String, Long> sizes) {
    return MatMulWork.operations(program, name -> Objects.requireNonNull(sizes.get(name)));
  }

  /** The matrix products that a row's request needs. */
  private double flops(Cell cell) {
    if (!cell.name.equals("m-falcon")) {
      Program program = Program.of(model.predictions(head));
      double runs = (double) shape.candidates() / cell.microBatch;
      long length = shape.history() + (long) cell.microBatch;
      return runs * operations(program, Map.of("batch", 1L, "length", length));
    }
    int again = model.cached().lastIsComputedAgain() ? 1 : 0;
    double flops = operations(scoring(), scoringSizes(1)) * shape.candidates();
    long kept = shape.history() - (long) again;
    if (again == 1) {
      flops += extension(kept, 1);
    }
    if (cell.cache.equals("extend")) {
      flops += extension(kept - 1, 1);
    } else if (cell.cache.equals("miss")) {
      for (long from = 0; from < kept; from += PREFILL_CHUNK) {
        flops += extension(from, Math.min(PREFILL_CHUNK, kept - from));
      }
    }
    return flops;
  }

  private double extension(long cached, long length) {
    Graph graph = model.cached().extend();
    Program program = Program.of(graph).giving(name -> !name.equals(CachedGraphs.OUTPUTS));
    return operations(program, Map.of("batch", 1L, "cached", cached, "length", length));
  }

  private static long cpuNanos() {
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    long sum = 0;
    for (long id : threads.getAllThreadIds()) {
      sum += Math.max(0, threads.getThreadCpuTime(id));
    }
    return sum;
  }

  @Override
  public void close() {
    AutoCloseables.closeNoChecked(() -> AutoCloseables.close(open));
    open.clear();
  }

  /** Random items at growing times. */
  private static final class Events implements History {
    private final int[] items;
    private final long[] times;

    Events(int count, Random random) {
      items = random.ints(count, 1, ITEMS + 1).toArray();
      times = new long[count];
      for (int i = 0; i < count; i++) {
        times[i] = (i == 0 ? 1_600_000_000L : times[i - 1]) + (1L << random.nextInt(18));
      }
    }

    @Override
    public int size() {
      return items.length;
    }

    @Override
    public int category(String feature, int event) {
      return items[event];
    }

    @Override
    public long time(int event) {
      return times[event];
    }
  }
}
