package io.genrec.cli;

import io.genrec.api.graph.Graph;
import io.genrec.api.sequence.Histories;
import io.genrec.api.task.Task;
import io.genrec.engine.program.Program;
import io.genrec.engine.training.TaskExamples;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The floating-point operations of a pass over training data, counted from the graph that is
 * trained: 2 for each multiplication and addition of a matrix product, forward and backward, where
 * each example is a sequence of its own length. So padding does not count, nor do operations on
 * single entries, looking up embeddings, and the optimizer. Attention counts whole squares, and
 * what Stochastic Length leaves out counts, too.
 */
final class TrainingFlops {
  private TrainingFlops() {}

  /**
   * Counts.
   *
   * @return empty if a product has a size that does not follow from {@code batch} and {@code
   *     length}, such as the number of tokens that enter a layer
   */
  static Optional<Double> of(Graph training, Task task, Histories histories) {
    return of(training, task, histories, Map.of());
  }

  /**
   * Counts where further sizes are the same for all examples, such as {@code negatives}.
   *
   * @return empty if a product has a size that is not known
   */
  static Optional<Double> of(
      Graph training, Task task, Histories histories, Map<String, Long> further) {
    TaskExamples examples = new TaskExamples(task, histories);
    Map<Integer, Long> lengths = new TreeMap<>();
    for (int i = 0; i < examples.size(); i++) {
      lengths.merge(task.trainingLength(examples.get(i)), 1L, Long::sum);
    }
    lengths.remove(0);
    // Without kernels, which do in one step what the formula says in several.
    Program program = Program.of(training);
    AtomicBoolean unknown = new AtomicBoolean();
    double sum = 0;
    for (Map.Entry<Integer, Long> entry : lengths.entrySet()) {
      Map<String, Long> sizes = new HashMap<>(further);
      sizes.put("batch", 1L);
      sizes.put("length", (long) entry.getKey());
      double operations =
          MatMulWork.operations(
              program,
              name -> {
                Long size = sizes.get(name);
                if (size == null) {
                  unknown.set(true);
                  return 0;
                }
                return size;
              });
      sum += entry.getValue() * operations;
    }
    return unknown.get() ? Optional.empty() : Optional.of(sum);
  }
}
