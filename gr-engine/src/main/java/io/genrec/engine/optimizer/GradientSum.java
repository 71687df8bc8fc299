package io.genrec.engine.optimizer;

import io.genrec.api.graph.Parameter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.arrow.memory.BufferAllocator;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * Adds the gradients of micro-batches in the order of the micro-batches' indices, whoever finishes
 * first, so that the sum's bits do not depend on the number of workers or on timing.
 *
 * <p>Thread-safe. Gradients stay where they are until they are read, so that several are added in
 * one pass over memory; whoever gave them is told when they were. When as many as are allowed wait
 * for their turn already, the worker waits too. Micro-batches must be begun in the order of their
 * indices. Owns the memory of the sum, which later batches reuse, until it is closed.
 */
@API(status = API.Status.STABLE, since = "0.1")
public final class GradientSum implements AutoCloseable {
  /** Many small gradients may wait, but large ones are added soon. */
  private static final long MAX_WAITING = 16 << 20;

  private final Map<String, ParameterSum> sums = new LinkedHashMap<>();
  private final Map<Integer, Early> early = new HashMap<>();
  private final List<Runnable> releases = new ArrayList<>();
  private final int maxEarly;
  private final long maxWaiting;
  private int next;
  private long waiting;
  private boolean cancelled;

  /** Gradients that wait for their turn, and what is to be done when they were read. */
  private record Early(Map<String, GradientView> gradients, Runnable release) {}

  /**
   * A sum without summands.
   *
   * @param parameters the parameters that may get gradients
   * @param memory where memory comes from
   * @param maxEarly how many micro-batches may wait for their turn
   */
  public GradientSum(Collection<Parameter> parameters, BufferAllocator memory, int maxEarly) {
    this(parameters, memory, maxEarly, MAX_WAITING);
  }

  /** The same with the most bytes of gradients that wait to be added to others. */
  GradientSum(
      Collection<Parameter> parameters, BufferAllocator memory, int maxEarly, long maxWaiting) {
    this.maxEarly = maxEarly;
    this.maxWaiting = maxWaiting;
    parameters.forEach(
        parameter -> sums.put(parameter.name(), new ParameterSum(parameter, memory)));
  }

  /**
   * Adds the gradients of a micro-batch, now or when its turn comes.
   *
   * @param index the micro-batch's index, from 0, each once
   * @param gradients must stay as they are until the release; a parameter's gradients must all be
   *     whole or all of rows
   * @param release is run once, by any thread, when the gradients were read or dropped, at the
   *     latest by {@link #clear}
   * @throws io.genrec.api.GenRecException {@code UnknownParameter}
   * @throws IllegalArgumentException if the index was there before or a gradient does not fit its
   *     parameter
   */
  public void add(int index, GradientSet gradients, Runnable release) {
    Map<String, GradientView> views = new LinkedHashMap<>();
    try {
      // Rows are put in order here, where micro-batches do not wait for each other.
      gradients
          .byParameter()
          .forEach((name, gradient) -> views.put(name, sum(name).view(gradient)));
    } catch (RuntimeException e) {
      release.run();
      throw e;
    }
    addInTurn(index, views, release);
  }

  private synchronized void addInTurn(
      int index, Map<String, GradientView> gradients, Runnable release) {
    try {
      check(index, gradients);
    } catch (RuntimeException e) {
      release.run();
      throw e;
    }
    awaitTurn(index);
    if (cancelled) {
      release.run();
      return;
    }
    if (index > next) {
      early.put(index, new Early(gradients, release));
      return;
    }
    addNext(gradients, release);
    for (Early turn = early.remove(next); turn != null; turn = early.remove(next)) {
      addNext(turn.gradients, turn.release);
    }
    if (waiting > maxWaiting) {
      fold(pieces -> pieces.forEach(Runnable::run));
    }
    notifyAll();
  }

  private void check(int index, Map<String, GradientView> gradients) {
    if (index < next || early.containsKey(index)) {
      throw new IllegalArgumentException("the gradients of micro-batch " + index + " came twice");
    }
    gradients.forEach((name, gradient) -> sum(name).check(gradient));
  }

  /**
   * Waits as long as it takes: an interrupt leaves others at work on the same memory. The condition
   * is asked again after an interrupt too, since the turn may have come meanwhile.
   */
  private synchronized void awaitTurn(int index) {
    boolean interrupted = false;
    while (index > next && early.size() >= maxEarly && !cancelled) {
      try {
        wait();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
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

  private void addNext(Map<String, GradientView> gradients, Runnable release) {
    gradients.forEach(
        (name, gradient) -> {
          sum(name).add(gradient);
          waiting += gradient.entries() * Float.BYTES;
        });
    releases.add(release);
    next++;
  }

  private void fold(Consumer<List<Runnable>> runner) {
    List<Runnable> first = sums.values().stream().flatMap(sum -> sum.find().stream()).toList();
    if (!first.isEmpty()) {
      runner.accept(first);
    }
    runner.accept(sums.values().stream().flatMap(sum -> sum.fold().stream()).toList());
    releaseAll();
  }

  private void releaseAll() {
    waiting = 0;
    releases.forEach(Runnable::run);
    releases.clear();
  }

  /**
   * The sum, in place until {@link #clear}.
   *
   * @param microBatches how many there are
   * @param runner runs the pieces of work that it is given, each once and in any order, and waits
   *     for all
   * @return the gradients of all parameters that got some, in the parameters' order
   * @throws IllegalStateException if not all have been added
   */
  public synchronized GradientSet total(int microBatches, Consumer<List<Runnable>> runner) {
    foldAll(microBatches, runner);
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

  /** The same for an optimizer, with the squares that its norm is made of. */
  synchronized Map<String, GradientView> views(int microBatches, Consumer<List<Runnable>> runner) {
    foldAll(microBatches, runner);
    Map<String, GradientView> views = new LinkedHashMap<>();
    sums.forEach(
        (name, sum) -> {
          @Nullable GradientView view = sum.totalView();
          if (view != null) {
            views.put(name, view);
          }
        });
    return views;
  }

  private void foldAll(int microBatches, Consumer<List<Runnable>> runner) {
    if (next != microBatches || !early.isEmpty()) {
      throw new IllegalStateException(
          "of "
              + microBatches
              + " micro-batches "
              + next
              + " are added; waiting for their turn: "
              + early.keySet());
    }
    fold(runner);
  }

  /** Forgets all summands, for the next batch or after a failure; the memory is kept. */
  public synchronized void clear() {
    next = 0;
    cancelled = false;
    sums.values().forEach(ParameterSum::clear);
    early.values().forEach(turn -> releases.add(turn.release));
    early.clear();
    releaseAll();
  }

  @Override
  public synchronized void close() {
    clear();
    sums.values().forEach(ParameterSum::close);
  }
}
