package io.genrec.engine.optimizer;

import io.genrec.api.GenRecException;
import io.genrec.api.config.Default;
import io.genrec.api.graph.Parameter;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import org.apache.arrow.memory.BufferAllocator;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * Which optimizer, with what numbers. In JSON, for example {@code {"name": "adamw", "rate": 1e-3,
 * "weightDecay": 0.01, "schedule": "cosine", "warmupSteps": 500, "clipNorm": 1.0}}.
 *
 * @param name the optimizer
 * @param rate the peak of the learning rate
 * @param beta1 how much of the first moment each step keeps
 * @param beta2 how much of the second moment each step keeps
 * @param epsilon what is added to the second moment's root
 * @param weightDecay by how much, times the rate, values shrink in each step
 * @param warmupSteps see {@link Schedule}
 * @param schedule see {@link Schedule}
 * @param minRateShare see {@link Schedule}
 * @param clipNorm the largest Euclidean norm of all gradients together, absent for no limit
 */
@API(status = API.Status.STABLE, since = "0.1")
public record OptimizerConfig(
    @Default("adamw") Name name,
    @Default("1e-3") double rate,
    @Default("0.9") double beta1,
    @Default("0.98") double beta2,
    @Default("1e-8") double epsilon,
    @Default("0") double weightDecay,
    @Default("0") long warmupSteps,
    @Default("constant") Schedule.Shape schedule,
    @Default("0.1") double minRateShare,
    @Nullable Double clipNorm) {
  /** The optimizers. */
  public enum Name {
    /**
     * AdamW (Loshchilov and Hutter 2019): every row of a table moves in every step, by its momentum
     * and decay if by nothing else.
     */
    ADAMW,
    /** Gives the values of {@link #ADAMW}, but a row is computed only when it is read. */
    REPLAY_ADAMW,
    /** Rows without a gradient stay as they are; those that have one do not make up for it. */
    LAZY_ADAMW,
    /**
     * {@link #LAZY_ADAMW} with one second moment per row of a table, which saves almost a third of
     * a table's memory.
     */
    ROWWISE_ADAMW
  }

  /** Checks the ranges. */
  public OptimizerConfig {
    if (!(rate >= 0 && Double.isFinite(rate))) {
      throw new IllegalArgumentException("rate must be at least 0 and finite");
    }
    if (!(beta1 >= 0 && beta1 < 1)) {
      throw new IllegalArgumentException("beta1 must be at least 0 and below 1");
    }
    if (!(beta2 >= 0 && beta2 < 1)) {
      throw new IllegalArgumentException("beta2 must be at least 0 and below 1");
    }
    if (!(epsilon >= 1e-15 && epsilon <= 1)) {
      throw new IllegalArgumentException("epsilon must be from 1e-15 to 1");
    }
    if (!(weightDecay >= 0 && Double.isFinite(weightDecay))) {
      throw new IllegalArgumentException("weightDecay must be at least 0 and finite");
    }
    if (warmupSteps < 0) {
      throw new IllegalArgumentException("warmupSteps must be at least 0");
    }
    if (!(minRateShare >= 0 && minRateShare <= 1)) {
      throw new IllegalArgumentException("minRateShare must be from 0 to 1");
    }
    if (clipNorm != null && !(clipNorm > 0 && Double.isFinite(clipNorm))) {
      throw new IllegalArgumentException("clipNorm must be above 0 and finite, or null");
    }
  }

  /** AdamW with a rate and otherwise the defaults. */
  public static OptimizerConfig adamw(double rate) {
    return new OptimizerConfig(
        Name.ADAMW, rate, 0.9, 0.98, 1e-8, 0, 0, Schedule.Shape.CONSTANT, 0.1, null);
  }

  /** The rates. */
  public Schedule rates() {
    return new Schedule(schedule, rate, warmupSteps, minRateShare);
  }

  /**
   * Makes the optimizer.
   *
   * @param parameters what it updates; must stay open as long as the optimizer
   * @param groups parameters that are trained differently
   * @param totalSteps the number of the last step, for the schedule
   * @param memory where the memory for moments comes from
   * @throws GenRecException {@code PatternMatchesNothing} if a group has no parameter
   */
  public Optimizer optimizer(
      ParameterStore parameters,
      List<ParameterGroup> groups,
      long totalSteps,
      BufferAllocator memory) {
    return new AdamOptimizer(this, parameters, groups, totalSteps, memory);
  }

  /**
   * The optimizer's step as a formula of a graph.
   *
   * @param parameters the model's
   * @param groups parameters that are trained differently
   * @param partial tables of which the graph is given some rows only
   * @throws GenRecException {@code PatternMatchesNothing}; {@code InvalidValue} if this optimizer
   *     moves all rows of a table in each step and is to be given some
   */
  public StepFormula formula(
      Collection<Parameter> parameters, List<ParameterGroup> groups, Set<String> partial) {
    return new StepFormula(this, parameters, groups, partial);
  }
}
