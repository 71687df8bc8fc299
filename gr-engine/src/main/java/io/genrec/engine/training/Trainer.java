package io.genrec.engine.training;

import io.genrec.api.GenRecException;
import io.genrec.api.graph.Graph;
import io.genrec.api.graph.Parameter;
import io.genrec.api.sequence.Batch;
import io.genrec.api.sequence.Batch.Column;
import io.genrec.api.sequence.Histories;
import io.genrec.api.sequence.Schema;
import io.genrec.api.task.Task;
import io.genrec.api.training.Loss;
import io.genrec.api.training.Sampler;
import io.genrec.engine.model.Model;
import io.genrec.engine.optimizer.Gradient;
import io.genrec.engine.optimizer.GradientSet;
import io.genrec.engine.optimizer.GradientSum;
import io.genrec.engine.optimizer.Optimizer;
import io.genrec.engine.optimizer.ParameterStore;
import io.genrec.engine.runtime.CompiledGraph;
import io.genrec.engine.runtime.Device;
import io.genrec.engine.runtime.SessionSettings;
import io.genrec.engine.runtime.Workers;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Future;
import org.apache.arrow.memory.BufferAllocator;
import org.apiguardian.api.API;

/**
 * Trains a model, one logical batch after another. While workers run the micro-batches of a step,
 * the next step's are prepared behind them.
 *
 * <p>The logical batch defines everything: its examples follow from (seed, epoch), its negatives
 * and dropout masks from (seed, step, micro-batch), and gradients are added in the order of
 * micro-batches. So the bits of the result do not depend on the number of workers, and a run
 * continues from a checkpoint as if it had not stopped.
 *
 * <p>Owns its session, threads and buffers until it is closed; the parameters and the optimizer
 * belong to the caller. Not thread-safe.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public final class Trainer implements AutoCloseable {
  private static final long ORDER = Seeds.of("order");
  private static final long DROPOUT = Seeds.of("dropout");

  private final Model model;
  private final Task task;
  private final Sampler sampler;
  private final Histories examples;
  private final ParameterStore parameters;
  private final Optimizer optimizer;
  private final TrainingSettings settings;
  private final long seed;
  private final BufferAllocator memory;
  private final boolean compact;
  private final CompiledGraph graph;
  private final DropoutMasks dropout;
  private final Negatives negatives;
  private final boolean drawsNegatives;
  private final GradientSum sum;
  private final List<Parameter> trained;
  private final Workers workers;
  private final Deque<Batch> spare = new ArrayDeque<>();
  private final List<Batch> owned = new ArrayList<>();
  private final Deque<int[]> sparePlaces = new ArrayDeque<>();
  private Optional<Prepared> prefetched = Optional.empty();
  private long orderEpoch = -1;
  private int[] order = new int[0];

  /** A logical batch whose inputs are on their way. */
  private record Prepared(LogicalBatch batch, List<Future<TableRows>> rows) {}

  /**
   * A trainer.
   *
   * @param parameters the values to train; the caller's
   * @param optimizer updates them; the caller's
   * @param seed where all randomness comes from
   * @param device where micro-batches run
   * @throws GenRecException {@code [GR/EmptyDataset]} without examples; {@code [GR/InvalidValue]}
   *     if tables are to be compact and the loss needs them whole; {@code [GR/NotCausal]} if
   *     history rows would see what they are to predict; {@code [GR/UnusedParameter]} if the loss
   *     does not depend on what is to be trained
   */
  public Trainer(
      Model model,
      Task task,
      Loss loss,
      Sampler sampler,
      Histories examples,
      ParameterStore parameters,
      Optimizer optimizer,
      TrainingSettings settings,
      long seed,
      Device device,
      BufferAllocator memory) {
    if (examples.size() == 0) {
      throw new GenRecException(
          "EmptyDataset",
          "there is no training example: no user has two training events; use more data or lower minimum counts");
    }
    if (settings.compactTables() && loss.needsWholeTable()) {
      throw new GenRecException(
          "InvalidValue",
          "compactTables is true, but the loss needs whole tables; set it to false or take a sampled loss");
    }
    Supervision.require(model.encoder().capabilities().causality(), task.supervisedRoles());
    this.model = model;
    this.task = task;
    this.sampler = sampler;
    this.examples = examples;
    this.parameters = parameters;
    this.optimizer = optimizer;
    this.settings = settings;
    this.seed = seed;
    this.memory = memory;
    this.compact = settings.compactTables();
    Graph training =
        model.training(loss, sampler.sharing(), true, settings.stochasticLength() != null);
    requireUse(training);
    SessionSettings session = SessionSettings.on(device).precision(settings.precision().reals());
    this.graph = CompiledGraph.of(training, session.kernels(settings.kernels().choose(device)));
    this.dropout = new DropoutMasks(graph.program(), training.dropouts());
    this.drawsNegatives = loss.needsNegatives();
    this.negatives =
        new Negatives(sampler, graph.program().inputs().containsKey("negatives/log_probability"));
    this.trained = List.copyOf(training.parameters().values());
    this.sum = new GradientSum(parameters.parameters(), memory, 2 * settings.workers());
    this.workers = new Workers(settings.workers());
  }

  private void requireUse(Graph training) {
    for (String name : optimizer.trainable()) {
      if (!training.parameters().containsKey(name)) {
        throw new GenRecException(
            "UnusedParameter",
            "the loss does not depend on parameter \""
                + name
                + "\": let the encoder read it (for a table: its feature), leave the feature out of"
                + " the model, or freeze it (key \"groups\")");
      }
    }
  }

  /** Optimizer steps of one pass over the examples. */
  public int stepsPerEpoch() {
    return settings.stepsPerEpoch(examples.size());
  }

  /**
   * Runs one optimizer step.
   *
   * @param step the number of the step, from 0; steps follow each other, beginning where the
   *     optimizer stands
   * @throws GenRecException {@code [GR/NotFinite]} if the loss or a gradient is NaN or infinite;
   *     the parameters are as before
   */
  public StepReport step(long step) {
    long begin = System.nanoTime();
    Prepared current = take(step);
    LogicalBatch batch = current.batch();
    List<Future<Result>> results = new ArrayList<>();
    try {
      List<TableRows> rows = new ArrayList<>();
      current.rows().forEach(future -> rows.add(Workers.await(future)));
      catchUp(rows);
      for (int i = 0; i < batch.cuts().size(); i++) {
        int index = i;
        results.add(workers.submit(() -> run(index, batch.inputs().get(index), rows.get(index))));
      }
      // Queued behind this step's micro-batches: a worker that has no more of them prepares the
      // next step.
      prefetched = Optional.of(prepare(step + 1));
      double loss = 0;
      long inside = 0;
      for (Future<Result> future : results) {
        Result result = Workers.await(future);
        loss += result.loss();
        inside += result.nanos();
      }
      if (!Double.isFinite(loss)) {
        throw new GenRecException(
            "NotFinite",
            "the loss of step "
                + step
                + " is "
                + loss
                + "; lower the learning rate, or clip gradients (optimizer key \"clipNorm\")");
      }
      optimizer.step(sum.total(results.size()), batch.weight(), step + 1);
      return new StepReport(
          step,
          loss,
          batch.weight(),
          batch.tokens(),
          batch.offered(),
          System.nanoTime() - begin,
          inside,
          settings.workers());
    } finally {
      // After a failure others may still be at work on this step's memory.
      Workers.settle(current.rows());
      Workers.settle(results);
      sum.clear();
      batch.inputs().forEach(this::recycle);
    }
  }

  private record Result(double loss, long nanos) {}

  private Prepared take(long step) {
    Optional<Prepared> ready = prefetched;
    prefetched = Optional.empty();
    if (ready.isPresent() && ready.get().batch().step() != step) {
      Workers.settle(ready.get().rows());
      ready.get().batch().inputs().forEach(this::recycle);
      ready = Optional.empty();
    }
    return ready.orElseGet(() -> prepare(step));
  }

  /** Writes a logical batch and begins to draw its negatives and masks. */
  private Prepared prepare(long step) {
    LogicalBatch batch =
        LogicalBatch.write(
            step,
            Seeds.of(seed, step / stepsPerEpoch()),
            examples(step),
            task,
            examples,
            model.schema().maxLength(),
            settings,
            this::batch);
    Sampler.Draw draw = sampler.draw(batch.targets());
    List<Future<TableRows>> rows = new ArrayList<>();
    for (int i = 0; i < batch.cuts().size(); i++) {
      int index = i;
      rows.add(workers.submit(() -> fill(batch.inputs().get(index), draw, step, index)));
    }
    return new Prepared(batch, rows);
  }

  private int[] examples(long step) {
    int steps = stepsPerEpoch();
    long epoch = step / steps;
    if (epoch != orderEpoch) {
      order = Seeds.permutation(examples.size(), Seeds.of(seed, ORDER, epoch));
      orderEpoch = epoch;
    }
    int from = (int) (step % steps) * settings.batch();
    return Arrays.copyOfRange(order, from, Math.min(order.length, from + settings.batch()));
  }

  private TableRows fill(Batch batch, Sampler.Draw draw, long step, int index) {
    if (drawsNegatives) {
      negatives.fill(batch, draw, seed, step, index);
    }
    Parameter table = model.table(Schema.ITEM);
    long all = table.size().get(0);
    TableRows rows = TableRows.all(all);
    if (compact) {
      int[] places = places(Math.toIntExact(all));
      rows = TableRows.compact(batch, Schema.ITEM, places);
      synchronized (sparePlaces) {
        sparePlaces.add(places);
      }
    }
    negatives.chances(batch, draw, rows);
    long[] size = batch.column("tokens/valid").size();
    Map<String, Long> sizes = Map.of("batch", size[0], "length", size[1]);
    dropout.fill(
        batch,
        name -> java.util.Objects.requireNonNull(sizes.get(name), name),
        Seeds.of(seed, DROPOUT, step, index));
    return rows;
  }

  private int[] places(int rows) {
    synchronized (sparePlaces) {
      int[] places = sparePlaces.poll();
      return places != null ? places : new int[rows];
    }
  }

  /** Brings the rows that a step reads up to date, before any worker reads them. */
  private void catchUp(List<TableRows> rows) {
    if (!compact) {
      optimizer.catchUpAll();
      return;
    }
    rows.forEach(some -> optimizer.catchUp(model.table(Schema.ITEM).name(), some.ids()));
    model.schema().features().stream()
        .filter(feature -> !feature.name().equals(Schema.ITEM))
        .map(feature -> model.table(feature.name()))
        .forEach(table -> optimizer.catchUp(table.name(), allRows(table)));
  }

  private static long[] allRows(Parameter table) {
    long[] rows = new long[Math.toIntExact(table.size().get(0))];
    Arrays.setAll(rows, i -> i);
    return rows;
  }

  private Result run(int index, Batch inputs, TableRows rows) {
    Batch outputs = batch();
    try {
      String table = model.table(Schema.ITEM).name();
      if (compact) {
        long dim = model.table(Schema.ITEM).size().get(1);
        parameters.gatherRows(table, rows.ids(), inputs.floats(table, rows.count(), dim));
      }
      long nanos =
          graph.run(
              name ->
                  inputs.columns().containsKey(name)
                      ? inputs.column(name)
                      : parameters.column(name),
              outputs);
      Map<String, Gradient> gradients = new LinkedHashMap<>();
      for (Parameter parameter : trained) {
        Column column = outputs.column(Model.GRADIENT + parameter.name());
        boolean some = compact && parameter.name().equals(table);
        gradients.put(
            parameter.name(),
            some ? new Gradient.Rows(rows.ids(), column) : new Gradient.Whole(column));
      }
      sum.add(index, new GradientSet(gradients));
      return new Result(outputs.column(Model.LOSS).bytes().getFloat(0), nanos);
    } catch (RuntimeException | Error e) {
      // Nobody may wait for this one's turn.
      sum.cancel();
      throw e;
    } finally {
      recycle(outputs);
    }
  }

  private synchronized Batch batch() {
    Batch batch = spare.poll();
    if (batch == null) {
      batch = new Batch(memory);
      owned.add(batch);
    }
    batch.clear();
    return batch;
  }

  private synchronized void recycle(Batch batch) {
    spare.add(batch);
  }

  /** Waits for the workers and gives all memory back. */
  @Override
  public void close() {
    workers.close();
    sum.close();
    owned.forEach(Batch::close);
    graph.close();
  }
}
