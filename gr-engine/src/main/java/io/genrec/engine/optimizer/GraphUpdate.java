package io.genrec.engine.optimizer;

import static java.util.Objects.requireNonNull;

import io.genrec.api.graph.TensorType;
import io.genrec.api.sequence.Batch;
import io.genrec.api.sequence.Batch.Column;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.apiguardian.api.API;

/**
 * An optimizer's values and moments on their way into a graph that makes steps by {@link
 * StepFormula}, and back. Belongs to the optimizer, whose rules on threads hold.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public final class GraphUpdate {
  private final AdamOptimizer optimizer;
  private final AdamRule rule;
  private final StepFormula formula;
  private final Map<String, OffHeap> memory = new LinkedHashMap<>();

  GraphUpdate(
      AdamOptimizer optimizer,
      AdamRule rule,
      StepFormula formula,
      Function<String, OffHeap> memory) {
    this.optimizer = optimizer;
    this.rule = rule;
    this.formula = formula;
    formula.state().keySet().forEach(name -> this.memory.put(name, memory.apply(name)));
  }

  /** The formula. */
  public StepFormula formula() {
    return formula;
  }

  /**
   * Writes what a step is given beside gradients and {@link StepFormula#named}.
   *
   * @param step the step's number, from 1
   * @param totalWeight what gradients are divided by: above 0
   */
  public void fill(Batch batch, long step, double totalWeight) {
    AdamOptimizer.requireWeight(totalWeight);
    Map<String, TensorType> types = formula.inputs();
    formula
        .numbers(rule, step, totalWeight)
        .forEach(
            (name, numbers) ->
                batch.floats(name, requireNonNull(types.get(name)).shape().sizes()).put(numbers));
  }

  /** A value or moment as a whole, in place. */
  public Column column(String name) {
    return at(name).column();
  }

  /**
   * Writes some rows of a table and of its moments.
   *
   * @param rows which, each once
   * @param room at least as many; what follows is 0
   */
  public void gather(String table, long[] rows, int room, Batch inputs) {
    for (String name : ofTable(table)) {
      OffHeap from = at(name);
      long[] size = from.size();
      int dim = Math.toIntExact(from.entries() / size[0]);
      size[0] = room;
      FloatBuffer to = inputs.floats(name, size);
      for (int i = 0; i < rows.length; i++) {
        from.get(rows[i] * dim, to, i * dim, dim);
      }
    }
  }

  /**
   * Takes over what a graph left of the state.
   *
   * @param after finds a value or moment by name
   * @param rows for tables that were given in rows, which rows; others were given as a whole
   * @param steps how many steps the graph made
   * @param norm the gradients' norm in the last one
   */
  public void adopt(
      Function<String, Column> after, Map<String, long[]> rows, int steps, double norm) {
    Map<String, long[]> some = new HashMap<>();
    rows.forEach((table, ids) -> ofTable(table).forEach(name -> some.put(name, ids)));
    memory.forEach(
        (name, to) -> {
          ByteBuffer bytes = after.apply(name).bytes().duplicate().order(ByteOrder.nativeOrder());
          long[] ids = some.get(name);
          if (ids == null) {
            to.copyIn(bytes);
          } else {
            put(to, ids, bytes.asFloatBuffer());
          }
        });
    optimizer.completed(steps, norm, rows);
  }

  private static void put(OffHeap to, long[] rows, FloatBuffer from) {
    int dim = Math.toIntExact(to.entries() / to.size()[0]);
    for (int i = 0; i < rows.length; i++) {
      to.put(rows[i] * dim, from, i * dim, dim);
    }
  }

  /** The names of a table's part of the state. */
  private static List<String> ofTable(String table) {
    return List.of(table, Moments.first(table), Moments.second(table));
  }

  private OffHeap at(String name) {
    OffHeap found = memory.get(name);
    if (found == null) {
      throw ParameterStore.unknown(name, memory.keySet());
    }
    return found;
  }
}
