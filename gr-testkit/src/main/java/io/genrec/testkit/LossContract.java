package io.genrec.testkit;

import io.genrec.api.task.Label;
import io.genrec.api.training.LossFactory;
import java.util.List;
import org.apiguardian.api.API;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/**
 * What every loss must do, as tests. Extend it in the plug-in's tests and say which loss:
 *
 * <pre>{@code
 * class MyLossTest extends LossContract {
 *   @Override
 *   protected Subject subject() {
 *     return Subject.of(new MyLoss()).config("{\"temperature\": 0.1}");
 *   }
 * }
 * }</pre>
 *
 * <p>Each rule is one test; a failure names its rule. A loss that needs negatives is checked with
 * negatives of each position, of each sequence and of the batch. Numbers are equal if they differ
 * by at most 1e-11 times the larger of 1 and the largest magnitude, in 64 bits.
 *
 * <p>A loss of models that rank names labels, {@code .labels(new Label("click", BINARY, 1))}. Then
 * the outputs are the labels' predictions, and a position's weight multiplies those of its
 * outcomes, of which some are not known.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public abstract class LossContract extends Contract<LossBench> {
  /**
   * A loss to test.
   *
   * @param factory makes it
   * @param config its configuration as JSON, without its name
   * @param countsCollisions whether a negative that equals the target counts
   * @param labels what the model predicts of outcomes; none for a loss that predicts items
   */
  public record Subject(
      LossFactory<?> factory, String config, boolean countsCollisions, List<Label> labels) {
    /** Copies and checks the labels. */
    public Subject {
      labels = List.copyOf(labels);
      if (labels.size() > LossBench.DIM) {
        throw new IllegalArgumentException(
            "a loss is checked with at most " + LossBench.DIM + " labels, not " + labels.size());
      }
    }

    /** A loss with its default configuration that ignores negatives that equal their targets. */
    public static Subject of(LossFactory<?> factory) {
      return new Subject(factory, "{}", false, List.of());
    }

    /** The same with options, as JSON without the loss's name: {@code {"temperature": 0.1}}. */
    public Subject config(String json) {
      return new Subject(factory, json, countsCollisions, labels);
    }

    /** The same for a loss to which a negative that equals the target is one like any other. */
    public Subject countingCollisions() {
      return new Subject(factory, config, true, labels);
    }

    /** The same for a model that ranks: at most 5 labels, which the loss is to make predicted. */
    public Subject labels(Label... others) {
      return new Subject(factory, config, countsCollisions, List.of(others));
    }
  }

  /** A contract whose rules are checked on {@link #subject}. */
  protected LossContract() {
    super(LossRules.ALL);
  }

  /** The loss to test; asked for once. */
  protected abstract Subject subject();

  @Override
  final LossBench bench() {
    return new LossBench(subject());
  }

  /**
   * The sum over sequences, each in a batch of its own, is the loss of all, and so is the gradient.
   */
  @Test
  @Order(1)
  @DisplayName(LossRules.SUM)
  public final void microBatchesAddUp() {
    verify(1);
  }

  /**
   * Outputs, targets, negatives and truths of positions that do not count, truths that are not
   * known, and padding, change nothing.
   */
  @Test
  @Order(2)
  @DisplayName(LossRules.PADDING)
  public final void weightZeroChangesNothing() {
    verify(2);
  }

  /** The loss is the sum over positions of the weight times the loss at weight 1. */
  @Test
  @Order(3)
  @DisplayName(LossRules.WEIGHTS)
  public final void weightsMultiply() {
    verify(3);
  }

  /** The gradients of outputs and table are the central differences of the loss. */
  @Test
  @Order(4)
  @DisplayName(LossRules.GRADIENTS)
  public final void gradientsAreFiniteDifferences() {
    verify(4);
  }

  /** Outputs of 0, tiny and huge ones, and a table of zeros, overflow nothing in 32 bits. */
  @Test
  @Order(5)
  @DisplayName(LossRules.EXTREMES)
  public final void extremesAreFinite() {
    verify(5);
  }

  /** The same positions in another order give the same loss and gradients. */
  @Test
  @Order(6)
  @DisplayName(LossRules.ORDER)
  public final void orderDoesNotMatter() {
    verify(6);
  }

  /** A negative more that is the target changes neither loss nor gradients, if so claimed. */
  @Test
  @Order(7)
  @DisplayName(LossRules.COLLISIONS)
  public final void collisionsAreHarmless() {
    verify(7);
  }

  /**
   * It reads negatives if and only if it says so; unless it needs the whole table, the rows that a
   * batch names are enough, under any numbers. No label's predictions are left out.
   */
  @Test
  @Order(8)
  @DisplayName(LossRules.NEEDS)
  public final void needsAreHonest() {
    verify(8);
  }

  /** It keeps no state, and every operator has a CUDA kernel. */
  @Test
  @Order(9)
  @DisplayName(LossRules.GRAPHS)
  public final void graphsAreEqual() {
    verify(9);
  }
}
