package io.genrec.engine.optimizer;

import io.genrec.api.GenRecException;
import io.genrec.api.sequence.Batch.Column;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.apiguardian.api.API;

/**
 * Updates the values of a {@link ParameterStore} by gradients. Owns the memory of its moments until
 * it is closed.
 *
 * <p>Not thread-safe: graphs may not read the parameters while a method of it runs. The results do
 * not depend on threads or machines: each entry is computed alone, in the order of operations that
 * Java prescribes.
 */
@API(status = API.Status.STABLE, since = "0.1")
public interface Optimizer extends AutoCloseable {
  /** The names of the parameters that are not frozen; each step needs the gradients of all. */
  Set<String> trainable();

  /**
   * Updates all parameters that are not frozen. Gradients of frozen ones are ignored, also for the
   * norm. If an error is thrown, nothing has changed.
   *
   * @param gradients sums over the batch
   * @param totalWeight what the sums are divided by: above 0
   * @param step the step's number: 1 for the first, then one more each time
   * @throws GenRecException {@code NotFinite} if a gradient is NaN or infinite; {@code
   *     MissingGradient}; {@code UnknownParameter}
   * @throws IllegalArgumentException if a gradient does not fit its parameter, the weight is not
   *     above 0, or a step was left out
   */
  void step(GradientSet gradients, double totalWeight, long step);

  /**
   * The same, to the bit, in pieces that may run at the same time.
   *
   * @param runner runs the pieces that it is given, each once and in any order, and waits for all
   */
  void step(GradientSet gradients, double totalWeight, long step, Consumer<List<Runnable>> runner);

  /**
   * The same, to the bit, by the sum of micro-batches' gradients, whose norm is taken while they
   * are added.
   *
   * @param microBatches how many were added to the sum
   * @throws IllegalStateException if not all have been added
   */
  void step(
      GradientSum sum,
      int microBatches,
      double totalWeight,
      long step,
      Consumer<List<Runnable>> runner);

  /**
   * The same steps as a formula of a graph, and the way into and out of such a graph. {@link
   * #catchUp} holds for what it reads, too.
   *
   * @param partial tables of which the graph is given some rows only
   * @throws GenRecException {@code InvalidValue} if this optimizer moves all rows of such a table
   */
  GraphUpdate inGraph(Set<String> partial);

  /**
   * Brings rows of a table to where the completed steps leave them. To be called before these rows
   * are read; does nothing where no row lags behind.
   *
   * @param table a parameter's name
   * @param rows which rows, in any order, also repeatedly
   * @throws GenRecException {@code UnknownParameter}; {@code NoSuchRow}
   */
  void catchUp(String table, long[] rows);

  /** Brings all rows of all tables up to date: before evaluation and before saving. */
  void catchUpAll();

  /** The number of the last completed step; 0 at first. */
  long completedSteps();

  /**
   * The norm of all gradients of the last step, after division by the weight and before clipping; 0
   * at first.
   */
  double gradientNorm();

  /**
   * All that a checkpoint must hold, in place: {@code adam/step} [1], {@code adam/m/NAME} and
   * {@code adam/v/NAME} for each trainable parameter, {@code adam/last_step/NAME} for tables whose
   * rows may lag behind.
   */
  Map<String, Column> state();

  /**
   * Continues where another optimizer of the same configuration was.
   *
   * @param state what its {@link #state} gave; copied
   * @throws GenRecException {@code WrongState} if names, types or sizes differ from this
   *     optimizer's; nothing has changed then
   */
  void restore(Map<String, Column> state);

  /**
   * The same where tables have other rows than they had there. New rows begin without moments, at
   * the step that the state stands at.
   *
   * @param rows for some tables, by name: for each row the row that it had there, or -1 for a new
   *     one
   * @throws GenRecException {@code WrongState} as {@link #restore(Map)}, but for the number of rows
   */
  void restore(Map<String, Column> state, Map<String, int[]> rows);

  @Override
  void close();
}
