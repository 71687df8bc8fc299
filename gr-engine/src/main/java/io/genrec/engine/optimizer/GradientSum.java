package io.genrec.engine.optimizer;

import io.genrec.api.graph.Parameter;
import io.genrec.api.sequence.Batch;
import io.genrec.api.sequence.Batch.Column;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.arrow.memory.BufferAllocator;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * Adds the gradients of micro-batches in the order of the micro-batches' indices, whoever finishes
 * first, so that the sum's bits do not depend on the number of workers or on timing.
 *
 * <p>Thread-safe. Gradients that come before their turn are copied, so a worker may reuse its
 * memory as soon as {@link #add} returns; when as many as are allowed wait already, the worker
 * waits too. Micro-batches must be begun in the order of their indices. Owns its memory, which
 * later batches reuse, until it is closed.
 */
@API(status = API.Status.STABLE, since = "0.1")
public final class GradientSum implements AutoCloseable {
  private final BufferAllocator memory;
  private final Map<String, ParameterSum> sums = new LinkedHashMap<>();
  private final Map<Integer, Early> early = new HashMap<>();
  private final Deque<Batch> spare = new ArrayDeque<>();
  private final int maxEarly;
  private int next;
  private boolean cancelled;

  /** Gradients that wait for their turn, and the memory that they were copied to. */
  private record Early(GradientSet gradients, Batch copies) {}

  /**
   * A sum without summands.
   *
   * @param parameters the parameters that may get gradients
   * @param memory where memory comes from
   * @param maxEarly how many micro-batches may wait for their turn
   */
  public GradientSum(Collection<Parameter> parameters, BufferAllocator memory, int maxEarly) {
    this.memory = memory;
    this.maxEarly = maxEarly;
    parameters.forEach(
        parameter -> sums.put(parameter.name(), new ParameterSum(parameter, memory)));
  }

  /**
   * Adds the gradients of a micro-batch, now or when its turn comes.
   *
   * @param index the micro-batch's index, from 0, each once
   * @param gradients read before this method returns; a parameter's gradients must all be whole or
   *     all of rows
   * @throws io.genrec.api.GenRecException {@code UnknownParameter}
   * @throws IllegalArgumentException if the index was there before or a gradient does not fit its
   *     parameter
   */
  public synchronized void add(int index, GradientSet gradients) {
    gradients.byParameter().keySet().forEach(this::sum);
    if (index < next || early.containsKey(index)) {
      throw new IllegalArgumentException("the gradients of micro-batch " + index + " came twice");
    }
    while (index > next && early.size() >= maxEarly && !cancelled) {
      awaitTurn();
    }
    if (cancelled) {
      return;
    }
    if (index > next) {
      early.put(index, copy(gradients));
      return;
    }
    addNext(gradients);
    for (Early turn = early.remove(next); turn != null; turn = early.remove(next)) {
      addNext(turn.gradients);
      spare.add(turn.copies);
    }
    notifyAll();
  }

  private void awaitTurn() {
    try {
      wait();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      cancel();
    }
  }

  /**
   * Ends all waiting until {@link #clear}: a micro-batch failed, so that there will be no sum. What
   * is added is dropped.
   */
  public synchronized void cancel() {
    cancelled = true;
    notifyAll();
  }

  private ParameterSum sum(String name) {
    ParameterSum sum = sums.get(name);
    if (sum == null) {
      throw ParameterStore.unknown(name, sums.keySet());
    }
    return sum;
  }

  private void addNext(GradientSet gradients) {
    gradients.byParameter().forEach((name, gradient) -> sum(name).add(gradient));
    next++;
  }

  private Early copy(GradientSet gradients) {
    Batch reused = spare.poll();
    Batch copies = reused == null ? new Batch(memory) : reused;
    copies.clear();
    Map<String, Gradient> copied = new LinkedHashMap<>();
    gradients
        .byParameter()
        .forEach(
            (name, gradient) -> {
              Column from = gradient.sums();
              copies
                  .floats(name, from.size())
                  .put(from.bytes().duplicate().order(from.bytes().order()).asFloatBuffer());
              Column to = copies.column(name);
              copied.put(
                  name,
                  gradient instanceof Gradient.Rows rows
                      ? new Gradient.Rows(rows.rows().clone(), to)
                      : new Gradient.Whole(to));
            });
    return new Early(new GradientSet(copied), copies);
  }

  /**
   * The sum, in place until {@link #clear}.
   *
   * @param microBatches how many there are
   * @return the gradients of all parameters that got some, in the parameters' order
   * @throws IllegalStateException if not all have been added
   */
  public synchronized GradientSet total(int microBatches) {
    if (next != microBatches || !early.isEmpty()) {
      throw new IllegalStateException(
          "of "
              + microBatches
              + " micro-batches "
              + next
              + " are added; waiting for their turn: "
              + early.keySet());
    }
    Map<String, Gradient> total = new LinkedHashMap<>();
    sums.forEach(
        (name, sum) -> {
          @Nullable Gradient gradient = sum.total();
          if (gradient != null) {
            total.put(name, gradient);
          }
        });
    return new GradientSet(total);
  }

  /** Forgets all summands, for the next batch or after a failure; the memory is kept. */
  public synchronized void clear() {
    next = 0;
    cancelled = false;
    sums.values().forEach(ParameterSum::clear);
    early.values().forEach(turn -> spare.add(turn.copies));
    early.clear();
  }

  @Override
  public synchronized void close() {
    clear();
    sums.values().forEach(ParameterSum::close);
    spare.forEach(Batch::close);
    spare.clear();
  }
}
