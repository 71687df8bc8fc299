package io.genrec.engine.training;

import io.genrec.api.sequence.Batch;
import io.genrec.api.sequence.Histories;
import io.genrec.api.sequence.History;
import io.genrec.api.sequence.Schema;
import io.genrec.api.sequence.TokenRow;
import io.genrec.api.task.Label;
import io.genrec.api.task.Task;
import it.unimi.dsi.fastutil.ints.IntArrayList;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * The sequences of one optimizer step, written as tokens and targets, one {@link Batch} for each
 * micro-batch.
 *
 * <p>Now and then a batch may have no target, for instance if Stochastic Length left all of them
 * out. It is a step like any other, whose gradients are 0: so step numbers, the schedule and what a
 * checkpoint holds do not depend on what a batch happens to hold, and optimizers on the host and in
 * a graph agree.
 *
 * @param step the number of the step, from 0
 * @param cuts the micro-batches
 * @param inputs their tokens and targets
 * @param targets the targets of all positions that count, in order: what samplers may see
 * @param weight the sum of all weights
 * @param tokens the number of tokens, without padding
 * @param offered the tokens that there were before some were left out
 */
@SuppressWarnings("ArrayRecordComponent")
record LogicalBatch(
    long step,
    List<MicroBatch> cuts,
    List<Batch> inputs,
    int[] targets,
    double weight,
    long tokens,
    long offered) {
  private static final long SITE = Seeds.of("stochastic length");

  /**
   * Writes the given examples.
   *
   * @param seed of this epoch, for what is left out
   */
  static LogicalBatch write(
      long step,
      long seed,
      int[] examples,
      Task task,
      Histories histories,
      int maxLength,
      TrainingSettings settings,
      Supplier<Batch> pool) {
    List<History> views = new ArrayList<>();
    StochasticLength stochastic = settings.stochasticLength();
    int[] whole = new int[examples.length];
    int[] lengths = new int[examples.length];
    int[][] kept = new int[examples.length][];
    for (int i = 0; i < examples.length; i++) {
      History history = histories.get(examples[i]);
      views.add(history);
      whole[i] = task.trainingLength(history);
      lengths[i] = whole[i];
      if (stochastic != null) {
        long key = Seeds.of(seed, SITE, examples[i]);
        kept[i] = kept(stochastic, task.events(history), key);
        lengths[i] = kept[i].length;
      }
    }
    List<MicroBatch> cuts = MicroBatch.cut(lengths, maxLength, settings);
    List<Batch> inputs = new ArrayList<>();
    IntArrayList targets = new IntArrayList();
    double weight = 0;
    long tokens = 0;
    long offered = 0;
    for (MicroBatch cut : cuts) {
      Batch batch = pool.get();
      batch.clear();
      int rows = cut.members().size();
      TokenRow writer = new TokenRow(batch, rows, cut.length(), task.columns(), stochastic != null);
      writer.learnedFrom(histories.learnedFrom());
      for (int row = 0; row < rows; row++) {
        int member = cut.members().get(row);
        writer.at(row);
        if (stochastic != null) {
          writer.only(kept[member], whole[member]);
        }
        task.writeTraining(views.get(member), writer);
        tokens += lengths[member];
        offered += whole[member];
      }
      if (!task.labels().isEmpty()) {
        Labelled.mark(batch, task.labels());
      }
      weight += collect(batch, targets);
      inputs.add(batch);
    }
    for (Label label : task.labels()) {
      scale(inputs, label.name(), weight);
    }
    return new LogicalBatch(step, cuts, inputs, targets.toIntArray(), weight, tokens, offered);
  }

  /** The tokens of the events that stay, and those that are always there. */
  private static int[] kept(StochasticLength stochastic, int[] events, long key) {
    int count = Arrays.stream(events).max().orElse(-1) + 1;
    BitSet stay = new BitSet(count);
    for (int event : stochastic.select(count, Seeds.generator(key))) {
      stay.set(event);
    }
    return IntStream.range(0, events.length)
        .filter(token -> events[token] < 0 || stay.get(events[token]))
        .toArray();
  }

  /** What makes a label's sum over the batch a mean by its own weights. */
  private static void scale(List<Batch> inputs, String label, double weight) {
    double own = 0;
    for (Batch batch : inputs) {
      FloatBuffer weights = batch.column("label_weights/" + label).bytes().asFloatBuffer();
      for (int i = 0; i < weights.limit(); i++) {
        own += weights.get(i);
      }
    }
    for (Batch batch : inputs) {
      batch.floats("label_scales/" + label).put(0, (float) (weight / Math.max(1, own)));
    }
  }

  /** What sums of gradients are divided by: the weight, or 1 where they are 0 themselves. */
  double divisor() {
    return weight == 0 ? 1 : weight;
  }

  /** What a step on this batch did; parameters as in {@link StepReport}. */
  StepReport report(double loss, long nanos, long insideNanos, long javaNanos, int workers) {
    return new StepReport(
        step, loss, weight, tokens, offered, nanos, insideNanos, javaNanos, workers);
  }

  private static double collect(Batch batch, IntArrayList targets) {
    boolean items = batch.columns().containsKey("targets/" + Schema.ITEM);
    LongBuffer ids =
        items
            ? batch.column("targets/" + Schema.ITEM).bytes().asLongBuffer()
            : LongBuffer.allocate(0);
    FloatBuffer weights = batch.column("targets/weight").bytes().asFloatBuffer();
    double sum = 0;
    for (int i = 0; i < weights.limit(); i++) {
      if (weights.get(i) != 0) {
        sum += weights.get(i);
        if (items) {
          targets.add((int) ids.get(i));
        }
      }
    }
    return sum;
  }
}
