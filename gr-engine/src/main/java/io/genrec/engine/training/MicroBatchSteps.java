package io.genrec.engine.training;

import io.genrec.api.GenRecException;
import io.genrec.api.sequence.Batch;
import io.genrec.api.sequence.Batch.Column;
import io.genrec.api.training.Sampler;
import io.genrec.engine.model.Model;
import io.genrec.engine.optimizer.Gradient;
import io.genrec.engine.optimizer.GradientSet;
import io.genrec.engine.optimizer.GradientSum;
import io.genrec.engine.optimizer.Optimizer;
import io.genrec.engine.optimizer.ParameterStore;
import io.genrec.engine.runtime.CompiledGraph;
import io.genrec.engine.runtime.RunTime;
import io.genrec.engine.runtime.Workers;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import org.apache.arrow.memory.BufferAllocator;

/**
 * One step at a time: workers run its micro-batches, their gradients are added in order, and the
 * optimizer updates on the host. Meanwhile the next step's batch is prepared. The caller is one of
 * the workers.
 *
 * <p>Owns threads and sums, not the graph and the batches.
 */
final class MicroBatchSteps implements Steps {
  private final CompiledGraph graph;
  private final Set<String> read;
  private final LogicalBatches batches;
  private final ItemTable table;
  private final ParameterStore parameters;
  private final Optimizer optimizer;
  private final int workerCount;
  private final Workers workers;
  private final GradientSum sum;
  private Optional<Future<Prepared>> prefetched = Optional.empty();

  /** A logical batch whose inputs are on their way. */
  private record Prepared(LogicalBatch batch, List<Future<TableRows>> rows) {}

  private record Result(double loss, RunTime time) {}

  /**
   * Steps by a graph.
   *
   * @param graph loss and gradients of a micro-batch
   * @param read the parameters that it gives gradients of
   */
  MicroBatchSteps(
      CompiledGraph graph,
      Set<String> read,
      LogicalBatches batches,
      ItemTable table,
      ParameterStore parameters,
      Optimizer optimizer,
      int workerCount,
      BufferAllocator memory) {
    this.graph = graph;
    this.read = read;
    this.batches = batches;
    this.table = table;
    this.parameters = parameters;
    this.optimizer = optimizer;
    this.workerCount = workerCount;
    this.sum = new GradientSum(parameters.parameters(), memory, 2 * workerCount);
    this.workers = new Workers(workerCount - 1);
  }

  @Override
  public List<StepReport> run(long step, long end) {
    long begin = System.nanoTime();
    long worked = workers.processorNanos();
    Prepared current = take(step);
    LogicalBatch batch = current.batch();
    List<Future<Result>> results = new ArrayList<>();
    try {
      workers.takePart(current.rows());
      List<TableRows> rows = new ArrayList<>();
      current.rows().forEach(future -> rows.add(Workers.await(future)));
      table.catchUp(rows);
      for (int i = 0; i < batch.cuts().size(); i++) {
        int index = i;
        results.add(workers.submit(() -> run(index, batch.inputs().get(index), rows.get(index))));
      }
      // Queued behind this step's micro-batches: a worker that has no more of them prepares the
      // next step.
      prefetched = Optional.of(workers.submit(() -> prepare(step + 1)));
      workers.takePart(results);
      double loss = 0;
      RunTime inside = RunTime.NONE;
      for (Future<Result> future : results) {
        Result result = Workers.await(future);
        loss += result.loss();
        inside = inside.plus(result.time());
      }
      requireFinite("loss", loss, step);
      Consumer<List<Runnable>> shared = pieces -> workers.runAll(pieces, workerCount);
      optimizer.step(sum, results.size(), batch.divisor(), step + 1, shared);
      long java = workers.processorNanos() - worked - inside.processorNanos();
      return List.of(
          batch.report(loss, System.nanoTime() - begin, inside.nanos(), java, workerCount));
    } finally {
      // After a failure others may still be at work on this step's memory.
      workers.takePart(current.rows());
      workers.takePart(results);
      sum.clear();
      batch.inputs().forEach(batches::recycle);
    }
  }

  static void requireFinite(String what, double value, long step) {
    if (!Double.isFinite(value)) {
      throw new GenRecException(
          "NotFinite",
          "the "
              + what
              + " of step "
              + step
              + " is "
              + value
              + "; lower the learning rate, or clip gradients (optimizer key \"clipNorm\")");
    }
  }

  private Prepared take(long step) {
    Optional<Future<Prepared>> ready = prefetched;
    prefetched = Optional.empty();
    if (ready.isEmpty()) {
      return prepare(step);
    }
    workers.takePart(List.of(ready.get()));
    Prepared prepared = Workers.await(ready.get());
    if (prepared.batch().step() == step) {
      return prepared;
    }
    workers.takePart(prepared.rows());
    prepared.batch().inputs().forEach(batches::recycle);
    return prepare(step);
  }

  /** Writes a logical batch and begins to draw its negatives and masks. */
  private Prepared prepare(long step) {
    LogicalBatch batch = batches.write(step);
    Sampler.Draw draw = batches.draw(batch);
    List<Future<TableRows>> rows = new ArrayList<>();
    for (int i = 0; i < batch.cuts().size(); i++) {
      int index = i;
      rows.add(workers.submit(() -> fill(batch, draw, index)));
    }
    return new Prepared(batch, rows);
  }

  private TableRows fill(LogicalBatch batch, Sampler.Draw draw, int index) {
    batches.fill(batch, draw, index);
    Batch inputs = batch.inputs().get(index);
    TableRows rows = table.rows(List.of(inputs));
    batches.chances(inputs, draw, rows);
    return rows;
  }

  private Result run(int index, Batch inputs, TableRows rows) {
    Batch outputs = batches.batch();
    boolean given = false;
    try {
      if (table.isCompact()) {
        parameters.gatherRows(
            table.name(), rows.ids(), inputs.floats(table.name(), rows.count(), table.dim()));
      }
      RunTime time =
          graph.run(
              name ->
                  inputs.columns().containsKey(name)
                      ? inputs.column(name)
                      : parameters.column(name),
              outputs);
      Map<String, Gradient> gradients = new LinkedHashMap<>();
      for (String parameter : read) {
        Column column = outputs.column(Model.GRADIENT + parameter);
        boolean some = table.isCompact() && parameter.equals(table.name());
        gradients.put(
            parameter, some ? new Gradient.Rows(rows.ids(), column) : new Gradient.Whole(column));
      }
      Result result = new Result(outputs.column(Model.LOSS).bytes().getFloat(0), time);
      given = true;
      sum.add(index, new GradientSet(gradients), () -> batches.recycle(outputs));
      return result;
    } catch (RuntimeException | Error e) {
      // Nobody may wait for this one's turn.
      sum.cancel();
      if (!given) {
        batches.recycle(outputs);
      }
      throw e;
    }
  }

  @Override
  public void close() {
    workers.close();
    sum.close();
  }
}
