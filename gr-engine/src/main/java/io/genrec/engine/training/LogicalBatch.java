package io.genrec.engine.training;

import io.genrec.api.sequence.Batch;
import io.genrec.api.sequence.Histories;
import io.genrec.api.sequence.History;
import io.genrec.api.sequence.Schema;
import io.genrec.api.sequence.TokenRow;
import io.genrec.api.task.Task;
import it.unimi.dsi.fastutil.ints.IntArrayList;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * The sequences of one optimizer step, written as tokens and targets, one {@link Batch} for each
 * micro-batch.
 *
 * @param step the number of the step, from 0
 * @param cuts the micro-batches
 * @param inputs their tokens and targets
 * @param targets the targets of all positions that count, in order: what samplers may see
 * @param weight the sum of all weights, which sums of losses and gradients are divided by
 * @param tokens the number of tokens, without padding
 */
@SuppressWarnings("ArrayRecordComponent")
record LogicalBatch(
    long step,
    List<MicroBatch> cuts,
    List<Batch> inputs,
    int[] targets,
    double weight,
    long tokens) {

  /** Writes the given examples. */
  static LogicalBatch write(
      long step,
      int[] examples,
      Task task,
      Histories histories,
      int maxLength,
      TrainingSettings settings,
      Supplier<Batch> pool) {
    List<History> views = new ArrayList<>();
    int[] lengths = new int[examples.length];
    for (int i = 0; i < examples.length; i++) {
      views.add(histories.get(examples[i]));
      lengths[i] = task.trainingLength(views.get(i));
    }
    List<MicroBatch> cuts = MicroBatch.cut(lengths, maxLength, settings);
    List<Batch> inputs = new ArrayList<>();
    IntArrayList targets = new IntArrayList();
    double weight = 0;
    long tokens = 0;
    for (MicroBatch cut : cuts) {
      Batch batch = pool.get();
      batch.clear();
      int rows = cut.members().size();
      TokenRow writer = new TokenRow(batch, rows, cut.length(), task.features(), task.targets());
      for (int row = 0; row < rows; row++) {
        int member = cut.members().get(row);
        task.writeTraining(views.get(member), writer.at(row));
        tokens += lengths[member];
      }
      weight += collect(batch, targets);
      inputs.add(batch);
    }
    return new LogicalBatch(step, cuts, inputs, targets.toIntArray(), weight, tokens);
  }

  /** What a step on this batch did; parameters as in {@link StepReport}. */
  StepReport report(double loss, long nanos, long insideNanos, int workers) {
    return new StepReport(step, loss, weight, tokens, nanos, insideNanos, workers);
  }

  private static double collect(Batch batch, IntArrayList targets) {
    LongBuffer ids = batch.column("targets/" + Schema.ITEM).bytes().asLongBuffer();
    FloatBuffer weights = batch.column("targets/weight").bytes().asFloatBuffer();
    double sum = 0;
    for (int i = 0; i < weights.limit(); i++) {
      if (weights.get(i) != 0) {
        sum += weights.get(i);
        targets.add((int) ids.get(i));
      }
    }
    return sum;
  }
}
