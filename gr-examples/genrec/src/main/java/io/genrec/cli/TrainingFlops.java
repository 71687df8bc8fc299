package io.genrec.cli;

import io.genrec.api.graph.Graph;
import io.genrec.api.sequence.Batch;
import io.genrec.api.sequence.Histories;
import io.genrec.api.sequence.History;
import io.genrec.api.sequence.TokenRow;
import io.genrec.api.task.Task;
import io.genrec.engine.model.Model;
import io.genrec.engine.program.Program;
import io.genrec.engine.training.Labelled;
import io.genrec.engine.training.TaskExamples;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;

/**
 * The floating-point operations of a pass over training data, counted from the graph that is
 * trained: 2 for each multiplication and addition of a matrix product, forward and backward, where
 * each example is a sequence of its own length, and heads see its labelled tokens. So padding does
 * not count, nor do operations on single entries, looking up embeddings, and the optimizer.
 * Attention counts whole squares, and what Stochastic Length leaves out counts, too.
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
    Map<Example, Long> alike = examplesOf(task, histories);
    // Without kernels, which do in one step what the formula says in several.
    Program program = Program.of(training);
    AtomicBoolean unknown = new AtomicBoolean();
    double sum = 0;
    for (Map.Entry<Example, Long> entry : alike.entrySet()) {
      Map<String, Long> sizes = new HashMap<>(further);
      sizes.put("batch", 1L);
      sizes.put("length", (long) entry.getKey().length());
      sizes.put(Model.LABELLED_DIM, (long) entry.getKey().labelled());
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

  /**
   * What an example's operations follow from.
   *
   * @param length its tokens
   * @param labelled those of them of which some outcome counts
   */
  private record Example(int length, int labelled) {}

  /** How many examples are alike; those without tokens are left out. */
  private static Map<Example, Long> examplesOf(Task task, Histories histories) {
    TaskExamples examples = new TaskExamples(task, histories);
    long from = histories.learnedFrom();
    Map<Example, Long> alike = new HashMap<>();
    try (BufferAllocator memory = new RootAllocator();
        Batch batch = new Batch(memory)) {
      for (int i = 0; i < examples.size(); i++) {
        int length = task.trainingLength(examples.get(i));
        if (length > 0) {
          int labelled =
              task.labels().isEmpty() ? 0 : labelled(task, examples.get(i), length, from, batch);
          alike.merge(new Example(length, labelled), 1L, Long::sum);
        }
      }
    }
    return alike;
  }

  private static int labelled(Task task, History example, int length, long from, Batch batch) {
    batch.clear();
    TokenRow row = new TokenRow(batch, 1, length, task.columns()).learnedFrom(from).at(0);
    task.writeTraining(example, row);
    Labelled.mark(batch, task.labels());
    return (int) batch.column(Model.LABELLED).size()[1];
  }
}
