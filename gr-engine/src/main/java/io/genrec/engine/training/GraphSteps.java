package io.genrec.engine.training;

import io.genrec.api.sequence.Batch;
import io.genrec.api.sequence.Batch.Column;
import io.genrec.api.sequence.Schema;
import io.genrec.api.training.Sampler;
import io.genrec.engine.optimizer.GraphUpdate;
import io.genrec.engine.optimizer.ParameterStore;
import io.genrec.engine.optimizer.StepFormula;
import io.genrec.engine.runtime.CompiledGraph;
import io.genrec.engine.runtime.RunTime;
import io.genrec.engine.runtime.Workers;
import java.nio.FloatBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Future;

/**
 * Several steps at a time by one run of a {@link StepsGraph}: the steps' batches are padded to one
 * length and stacked, and the rows that they name together are gathered once. Meanwhile the next
 * steps' batches are prepared.
 *
 * <p>Steps of one run have equally many sequences; others begin a run of their own. So what runs
 * together follows from where a run begins.
 *
 * <p>Owns threads, not the graph and the batches, of which it holds those of two runs.
 */
final class GraphSteps implements Steps {
  private final CompiledGraph graph;
  private final LogicalBatches batches;
  private final ItemTable table;
  private final ParameterStore parameters;
  private final GraphUpdate update;
  private final Set<String> states;
  private final int most;
  private final int workerCount;
  private final Workers workers;
  private final Deque<Prepared> ahead = new ArrayDeque<>();
  private long next;

  /** A step whose negatives and masks are being drawn. */
  private record Prepared(LogicalBatch batch, Sampler.Draw draw, Future<Boolean> filled) {
    Batch inputs() {
      return batch.inputs().get(0);
    }

    int sequences() {
      return batch.cuts().get(0).members().size();
    }
  }

  /**
   * Steps by a graph.
   *
   * @param most how many steps it makes at once
   */
  GraphSteps(
      CompiledGraph graph,
      LogicalBatches batches,
      ItemTable table,
      ParameterStore parameters,
      GraphUpdate update,
      int most,
      int workerCount) {
    this.graph = graph;
    this.batches = batches;
    this.table = table;
    this.parameters = parameters;
    this.update = update;
    this.states = update.formula().state().keySet();
    this.most = most;
    this.workerCount = workerCount;
    this.workers = new Workers(workerCount);
  }

  @Override
  public List<StepReport> run(long step, long end) {
    long begin = System.nanoTime();
    long worked = workers.processorNanos();
    List<Prepared> steps = take(step, Math.min(most, end - step));
    Batch inputs = batches.batch();
    Batch outputs = batches.batch();
    List<Future<RunTime>> running = new ArrayList<>();
    try {
      steps.forEach(prepared -> Workers.await(prepared.filled()));
      TableRows rows = table.rows(steps.stream().map(Prepared::inputs).toList());
      table.catchUp(List.of(rows));
      stack(steps, rows, inputs);
      running.add(workers.submit(() -> graph.run(name -> input(name, inputs), outputs)));
      // Written here and filled behind the run, or beside it by other workers.
      prepare(step + steps.size() + most);
      RunTime inside = Workers.await(running.get(0));
      long java = workers.processorNanos() - worked - inside.processorNanos();
      List<StepReport> reports =
          reports(steps, outputs, System.nanoTime() - begin, inside.nanos(), java);
      update.adopt(
          name -> outputs.column(StepsGraph.AFTER + name),
          trainsRows() ? Map.of(table.name(), rows.ids()) : Map.of(),
          steps.size(),
          outputs.column(StepsGraph.NORM).bytes().asFloatBuffer().get(steps.size() - 1));
      return reports;
    } finally {
      // After a failure others may still be at work on this run's memory.
      Workers.settle(running);
      steps.forEach(this::drop);
      batches.recycle(inputs);
      batches.recycle(outputs);
    }
  }

  /** The next steps that can run together: at least one. */
  private List<Prepared> take(long step, long count) {
    if (ahead.isEmpty() || ahead.getFirst().batch().step() != step) {
      ahead.forEach(this::drop);
      ahead.clear();
      next = step;
    }
    prepare(step + count);
    int sequences = ahead.getFirst().sequences();
    List<Prepared> taken = new ArrayList<>();
    while (taken.size() < count && ahead.getFirst().sequences() == sequences) {
      taken.add(ahead.remove());
    }
    return taken;
  }

  /** Prepares all steps up to one (exclusive). */
  private void prepare(long end) {
    for (; next < end; next++) {
      LogicalBatch batch = batches.write(next);
      if (batch.cuts().size() != 1) {
        throw new IllegalArgumentException(
            "step " + next + " has " + batch.cuts().size() + " micro-batches where 1 can run");
      }
      Sampler.Draw draw = batches.draw(batch);
      ahead.add(
          new Prepared(
              batch,
              draw,
              workers.submit(
                  () -> {
                    batches.fill(batch, draw, 0);
                    return true;
                  })));
    }
  }

  private void drop(Prepared prepared) {
    Workers.settle(List.of(prepared.filled()));
    batches.recycle(prepared.inputs());
  }

  /** Writes everything that differs from step to step, and the rows that all of them name. */
  private void stack(List<Prepared> steps, TableRows rows, Batch inputs) {
    boolean named = update.formula().inputs().containsKey(StepFormula.named(table.name()));
    for (Prepared prepared : steps) {
      Batch own = prepared.inputs();
      batches.chances(own, prepared.draw(), rows);
      update.fill(own, prepared.batch().step() + 1, prepared.batch().divisor());
      if (named) {
        TableRows.mark(own, Schema.ITEM, own.truths(StepFormula.named(table.name()), rows.count()));
      }
    }
    List<Batch> parts = steps.stream().map(Prepared::inputs).toList();
    graph.program().inputs().keySet().stream()
        .filter(parts.get(0).columns()::containsKey)
        .forEach(name -> Stack.column(name, parts, inputs));
    if (trainsRows()) {
      update.gather(table.name(), rows.ids(), rows.count(), inputs);
    } else if (table.isCompact()) {
      parameters.gatherRows(
          table.name(), rows.ids(), inputs.floats(table.name(), rows.count(), table.dim()));
    }
  }

  /** Whether the table's rows, gathered for a run, are part of its state. */
  private boolean trainsRows() {
    return table.isCompact() && states.contains(table.name());
  }

  private Column input(String name, Batch inputs) {
    if (inputs.columns().containsKey(name)) {
      return inputs.column(name);
    }
    return states.contains(name) ? update.column(name) : parameters.column(name);
  }

  private List<StepReport> reports(
      List<Prepared> steps, Batch outputs, long nanos, long insideNanos, long javaNanos) {
    FloatBuffer losses = outputs.column(StepsGraph.LOSS).bytes().asFloatBuffer();
    FloatBuffer norms = outputs.column(StepsGraph.NORM).bytes().asFloatBuffer();
    List<StepReport> reports = new ArrayList<>();
    for (int i = 0; i < steps.size(); i++) {
      LogicalBatch batch = steps.get(i).batch();
      MicroBatchSteps.requireFinite("loss", losses.get(i), batch.step());
      MicroBatchSteps.requireFinite("norm of all gradients", norms.get(i), batch.step());
      reports.add(
          batch.report(
              losses.get(i),
              nanos / steps.size(),
              insideNanos / steps.size(),
              javaNanos / steps.size(),
              workerCount));
    }
    return reports;
  }

  @Override
  public void close() {
    workers.close();
  }
}
