package io.genrec.engine.training;

import io.genrec.api.graph.Graph;
import io.genrec.api.sequence.Batch;
import io.genrec.api.sequence.Batch.Column;
import io.genrec.api.sequence.Histories;
import io.genrec.api.task.Task;
import io.genrec.api.training.Loss;
import io.genrec.api.training.Sampler;
import io.genrec.engine.model.Model;
import io.genrec.engine.program.Program;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.random.RandomGenerator;
import org.apache.arrow.memory.BufferAllocator;

/** Writes the logical batches of a run: a function of (seed, step). Owns their memory. */
final class LogicalBatches implements AutoCloseable {
  private static final long ORDER = Seeds.of("order");
  private static final long DROPOUT = Seeds.of("dropout");

  /** Row 1 alone. */
  private static final Sampler.Draw FIRST =
      new Sampler.Draw() {
        @Override
        public int next(RandomGenerator random) {
          return 1;
        }

        @Override
        public double logProbability(int row) {
          return row == 1 ? 0 : Double.NEGATIVE_INFINITY;
        }
      };

  private final Task task;
  private final Sampler sampler;
  private final Histories examples;
  private final int maxLength;
  private final TrainingSettings settings;
  private final boolean drawsNegatives;
  private final Negatives negatives;
  private final DropoutMasks dropout;
  private final long seed;
  private final Start start;
  private final BufferAllocator memory;
  private final Deque<Batch> spare = new ArrayDeque<>();
  private final List<Batch> owned = new ArrayList<>();
  private long orderEpoch = -1;
  private int[] order = new int[0];

  /**
   * Batches for a training graph.
   *
   * @param training the graph of one step, which says which inputs there are
   * @param start the first step and epoch
   */
  LogicalBatches(
      Task task,
      Sampler sampler,
      Histories examples,
      int maxLength,
      TrainingSettings settings,
      Loss loss,
      Graph training,
      long seed,
      Start start,
      BufferAllocator memory) {
    this.task = task;
    this.sampler = sampler;
    this.examples = examples;
    this.maxLength = maxLength;
    this.settings = settings;
    Program program = Program.of(training);
    this.drawsNegatives = loss.needsNegatives();
    this.negatives =
        new Negatives(sampler, program.inputs().containsKey("negatives/log_probability"));
    this.dropout = new DropoutMasks(program, training.dropouts());
    this.seed = seed;
    this.start = start;
    this.memory = memory;
  }

  int stepsPerEpoch() {
    return settings.stepsPerEpoch(examples.size());
  }

  /** Writes tokens and targets of a step. */
  LogicalBatch write(long step) {
    return LogicalBatch.write(
        step,
        Seeds.of(seed, epoch(step)),
        examples(step),
        task,
        examples,
        maxLength,
        settings,
        this::batch);
  }

  private long epoch(long step) {
    return start.epoch() + (step - start.step()) / stepsPerEpoch();
  }

  private int[] examples(long step) {
    int steps = stepsPerEpoch();
    long epoch = epoch(step);
    if (epoch != orderEpoch) {
      order =
          settings.order() == TrainingSettings.Order.STREAM
              ? StreamOrder.of(examples)
              : Seeds.permutation(examples.size(), Seeds.of(seed, ORDER, epoch));
      orderEpoch = epoch;
    }
    int from = (int) ((step - start.step()) % steps) * settings.batch();
    return Arrays.copyOfRange(order, from, Math.min(order.length, from + settings.batch()));
  }

  /** What draws a step's negatives: any do where no target is learned from. */
  Sampler.Draw draw(LogicalBatch batch) {
    return batch.weight() == 0 ? FIRST : sampler.draw(batch.targets());
  }

  /** Draws a micro-batch's negatives and masks. */
  void fill(LogicalBatch logical, Sampler.Draw draw, int index) {
    Batch batch = logical.inputs().get(index);
    if (drawsNegatives) {
      negatives.fill(batch, draw, seed, logical.step(), index);
    }
    long[] size = batch.column("tokens/valid").size();
    Column labelled = batch.columns().get(Model.LABELLED);
    Map<String, Long> sizes =
        Map.of(
            "batch",
            size[0],
            "length",
            size[1],
            Model.LABELLED_DIM,
            labelled == null ? 0 : labelled.size()[1]);
    dropout.fill(
        batch,
        name -> Objects.requireNonNull(sizes.get(name), name),
        Seeds.of(seed, DROPOUT, logical.step(), index));
  }

  /** Writes the chances to be drawn of the rows that a graph is given, if the loss reads them. */
  void chances(Batch batch, Sampler.Draw draw, TableRows rows) {
    negatives.chances(batch, draw, rows);
  }

  /** An empty batch. */
  synchronized Batch batch() {
    Batch batch = spare.poll();
    if (batch == null) {
      batch = new Batch(memory);
      owned.add(batch);
    }
    batch.clear();
    return batch;
  }

  /** Gives a batch back. */
  synchronized void recycle(Batch batch) {
    spare.add(batch);
  }

  @Override
  public synchronized void close() {
    owned.forEach(Batch::close);
  }
}
