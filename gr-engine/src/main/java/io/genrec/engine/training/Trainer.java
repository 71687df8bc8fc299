package io.genrec.engine.training;

import io.genrec.api.GenRecException;
import io.genrec.api.graph.Graph;
import io.genrec.api.sequence.Histories;
import io.genrec.api.task.Task;
import io.genrec.api.training.Loss;
import io.genrec.api.training.Sampler;
import io.genrec.engine.model.Model;
import io.genrec.engine.optimizer.GraphUpdate;
import io.genrec.engine.optimizer.Optimizer;
import io.genrec.engine.optimizer.ParameterStore;
import io.genrec.engine.runtime.CompiledGraph;
import io.genrec.engine.runtime.Device;
import io.genrec.engine.runtime.SessionSettings;
import java.util.List;
import java.util.Set;
import org.apache.arrow.memory.BufferAllocator;
import org.apiguardian.api.API;

/**
 * Trains a model, one logical batch after another: by micro-batches on workers and the optimizer on
 * the host, or several steps at once in one graph ({@link TrainingSettings#stepsPerRun}).
 *
 * <p>The logical batch defines everything: its examples follow from (seed, epoch), its negatives
 * and dropout masks from (seed, step, micro-batch), and gradients are added in the order of
 * micro-batches. So the bits of the result do not depend on the number of workers, and a run
 * continues from a checkpoint as if it had not stopped.
 *
 * <p>Owns its session, threads and buffers until it is closed; the parameters and the optimizer
 * belong to the caller. Not thread-safe.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public final class Trainer implements AutoCloseable {
  private final TrainingSettings settings;
  private final LogicalBatches batches;
  private final CompiledGraph graph;
  private final Steps steps;

  /**
   * A trainer.
   *
   * @param parameters the values to train; the caller's
   * @param optimizer updates them; the caller's
   * @param seed where all randomness comes from
   * @param start where steps count from
   * @param device where micro-batches run
   * @throws GenRecException {@code [GR/EmptyDataset]} without examples; {@code [GR/InvalidValue]}
   *     if tables are to be compact and the loss needs them whole, or if several steps are to run
   *     at once and batches would be cut or the optimizer moves rows that it is not given; {@code
   *     [GR/NotCausal]} if history rows would see what they are to predict; {@code
   *     [GR/CandidatesMeet]} if candidates of an example would see each other; {@code
   *     [GR/UnusedParameter]} if the loss does not depend on what is to be trained
   */
  public Trainer(
      Model model,
      Task task,
      Loss loss,
      Sampler sampler,
      Histories examples,
      ParameterStore parameters,
      Optimizer optimizer,
      TrainingSettings settings,
      long seed,
      Start start,
      Device device,
      BufferAllocator memory) {
    if (examples.size() == 0) {
      throw new GenRecException(
          "EmptyDataset",
          "there is no training example: no user has two training events of which the later can be"
              + " learned from (an item with a row, an outcome that is known); use more data, or"
              + " lower minimum counts or the events after which items are admitted");
    }
    if (settings.compactTables() && loss.needsWholeTable()) {
      throw new GenRecException(
          "InvalidValue",
          "compactTables is true, but the loss needs whole tables; set it to false or take a sampled loss");
    }
    Supervision.require(model.encoder().capabilities(), task);
    this.settings = settings;
    Graph training =
        model.training(
            loss,
            sampler.sharing(),
            true,
            task.trainingRoles(),
            settings.stochasticLength() != null);
    requireUse(training, optimizer);
    ItemTable table = new ItemTable(model, optimizer, settings.compactTables());
    int maxLength = model.schema().maxLength();
    this.batches =
        new LogicalBatches(
            task, sampler, examples, maxLength, settings, loss, training, seed, start, memory);
    SessionSettings session = settings.session(device).precision(settings.precision().reals());
    if (settings.stepsPerRun() == 1) {
      this.graph = CompiledGraph.of(training, session);
      this.steps =
          new MicroBatchSteps(
              graph,
              training.parameters().keySet(),
              batches,
              table,
              parameters,
              optimizer,
              settings.workers(),
              memory);
    } else {
      requireOneMicroBatch(maxLength);
      GraphUpdate update = optimizer.inGraph(table.isCompact() ? Set.of(table.name()) : Set.of());
      this.graph = CompiledGraph.of(StepsGraph.of(training, update.formula()), session);
      this.steps =
          new GraphSteps(
              graph,
              batches,
              table,
              parameters,
              update,
              settings.stepsPerRun(),
              settings.workers());
    }
  }

  private void requireOneMicroBatch(int maxLength) {
    long needed = (long) settings.batch() * maxLength;
    if (settings.microBatchTokens() < needed) {
      throw new GenRecException(
          "InvalidValue",
          "stepsPerRun is "
              + settings.stepsPerRun()
              + ", so a batch runs as a whole, but microBatchTokens is "
              + settings.microBatchTokens()
              + " and "
              + settings.batch()
              + " sequences of up to "
              + maxLength
              + " tokens may take "
              + needed
              + "; set microBatchTokens to that, or stepsPerRun to 1");
    }
  }

  private static void requireUse(Graph training, Optimizer optimizer) {
    for (String name : optimizer.trainable()) {
      if (!training.parameters().containsKey(name)) {
        throw new GenRecException(
            "UnusedParameter",
            "the loss does not depend on parameter \""
                + name
                + "\": let the encoder read it (for a table: its feature), leave the feature out of"
                + " the model, or freeze it (key \"groups\")");
      }
    }
  }

  /** Optimizer steps of an epoch. */
  public int stepsPerEpoch() {
    return batches.stepsPerEpoch();
  }

  /**
   * Runs one optimizer step.
   *
   * @param step the number of the step, from the start; steps follow each other, beginning where
   *     the optimizer stands
   * @throws GenRecException {@code [GR/NotFinite]} if the loss or a gradient is NaN or infinite;
   *     the parameters are as before
   */
  public StepReport step(long step) {
    return run(step, step + 1).get(0);
  }

  /**
   * Runs at least one optimizer step, and as many as the settings let run at once.
   *
   * @param step the number of the first step, as for {@link #step}
   * @param end the step at which to stop at the latest, so that whatever has to happen between two
   *     steps can
   * @return a report of each step, in their order
   * @throws GenRecException {@code [GR/NotFinite]} as for {@link #step}
   */
  public List<StepReport> run(long step, long end) {
    if (end <= step) {
      throw new IllegalArgumentException("there is no step from " + step + " to " + end);
    }
    return steps.run(step, end);
  }

  /** Waits for the workers and gives all memory back. */
  @Override
  public void close() {
    steps.close();
    batches.close();
    graph.close();
  }
}
