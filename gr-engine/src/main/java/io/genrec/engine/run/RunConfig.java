package io.genrec.engine.run;

import io.genrec.api.config.Default;
import io.genrec.api.config.StrictConfig;
import io.genrec.engine.optimizer.OptimizerConfig;
import io.genrec.engine.optimizer.ParameterGroup;
import io.genrec.engine.ranking.Ranker;
import io.genrec.engine.runtime.NativeKernels;
import io.genrec.engine.training.TrainingSettings;
import java.util.ArrayList;
import java.util.List;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * Everything that decides what a training run does, but for the data and where it runs.
 *
 * @param name what the model is called
 * @param model widths and lengths
 * @param encoder the encoder by name, with its options
 * @param task the task by name
 * @param loss the loss by name, with its options
 * @param sampler the negative sampler by name, with its options
 * @param optimizer the optimizer
 * @param groups parameters that are trained differently
 * @param training batches and workers
 * @param epochs passes over the data, at most
 * @param patience evaluations without a better one after which training stops; absent: never. Only
 *     with a validation part
 * @param evaluateEvery epochs from one evaluation to the next
 * @param seed where all randomness comes from
 * @param ranking what a model has beside its encoder if the task is a ranking task
 * @param split how the data is split unless a command says otherwise; for whoever reads the data
 */
@API(status = API.Status.STABLE, since = "0.1")
public record RunConfig(
    String name,
    Shape model,
    StrictConfig encoder,
    @Default("{\"name\": \"next-item\"}") StrictConfig task,
    @Default("{\"name\": \"sampled-softmax\"}") StrictConfig loss,
    @Default("{\"name\": \"uniform\", \"count\": 128, \"sharing\": \"position\"}")
        StrictConfig sampler,
    @Default("{}") OptimizerConfig optimizer,
    @Default("[]") List<ParameterGroup> groups,
    @Default("{}") TrainingSettings training,
    int epochs,
    @Nullable Integer patience,
    @Default("1") int evaluateEvery,
    @Default("1") long seed,
    @Default("{}") Ranker.Config ranking,
    @Nullable StrictConfig split) {

  /**
   * Widths and lengths.
   *
   * @param dim the width of item embeddings and of the encoder
   * @param maxHistory the most recent events that the model sees (M)
   * @param outputSlots room for outputs and targets; with M it makes N, which HSTU's attention is
   *     divided by
   * @param features further categorical features with the widths of their embeddings
   * @param numbers numeric features
   * @param itemDim the width of item embeddings in a ranking model; absent: {@code dim}
   */
  public record Shape(
      int dim,
      int maxHistory,
      @Default("11") int outputSlots,
      @Default("[]") List<FeatureWidth> features,
      @Default("[]") List<NumberInput> numbers,
      @Nullable Integer itemDim) {
    /** Checks the values. */
    public Shape {
      features = List.copyOf(features);
      numbers = List.copyOf(numbers);
      if (itemDim != null) {
        requirePositive("itemDim", itemDim);
      }
      requirePositive("dim", dim);
      requirePositive("maxHistory", maxHistory);
      if (outputSlots < 0) {
        throw new IllegalArgumentException(
            "outputSlots must not be negative but is " + outputSlots);
      }
    }
  }

  /** A categorical feature of the data and the width of its embedding. */
  public record FeatureWidth(String name, int dim) {
    /** Checks the width. */
    public FeatureWidth {
      requirePositive("dim", dim);
    }
  }

  /**
   * A numeric feature of the data.
   *
   * @param name for example {@code video_duration}
   * @param buckets into how many parts of equal size it is cut, at most 64; 1 gives the number
   *     itself to the model, normalised
   * @param dim the width of a bucket's embedding
   */
  public record NumberInput(String name, @Default("1") int buckets, @Default("8") int dim) {
    /** Checks the values. */
    public NumberInput {
      if (buckets < 1 || buckets > 64) {
        throw new IllegalArgumentException("buckets must be from 1 to 64 but is " + buckets);
      }
      requirePositive("dim", dim);
    }
  }

  /** Checks the values. */
  public RunConfig {
    groups = List.copyOf(groups);
    if (epochs < 0) {
      throw new IllegalArgumentException("epochs must not be negative but is " + epochs);
    }
    if (epochs > 1 && training.order() == TrainingSettings.Order.STREAM) {
      throw new IllegalArgumentException(
          "epochs must be 1 but is "
              + epochs
              + ", as a stream passes once; or set training's order to \"shuffled\"");
    }
    if (patience != null) {
      requirePositive("patience", patience);
    }
    requirePositive("evaluateEvery", evaluateEvery);
  }

  /** The same with another number of workers, which changes the speed and nothing else. */
  public RunConfig withWorkers(int workers) {
    return with(groups, training.workers(workers), split);
  }

  /**
   * The same without what changes speed and rounding alone: workers, kernels, steps of a run and
   * whether matrices of pairs are kept. Equal for two configurations that ask for the same.
   */
  public RunConfig mathematics() {
    return with(
        groups,
        training.workers(1).kernels(NativeKernels.Use.ONNX).stepsPerRun(1).recompute(false),
        split);
  }

  /** The same with another split. */
  public RunConfig withSplit(StrictConfig other) {
    return with(groups, training, other);
  }

  /** The same with groups of parameters before all others, such as those that are frozen. */
  public RunConfig withFirstGroups(List<ParameterGroup> first) {
    List<ParameterGroup> all = new ArrayList<>(first);
    all.addAll(groups);
    return with(all, training, split);
  }

  private RunConfig with(
      List<ParameterGroup> allGroups,
      TrainingSettings settings,
      @Nullable StrictConfig otherSplit) {
    return new RunConfig(
        name,
        model,
        encoder,
        task,
        loss,
        sampler,
        optimizer,
        allGroups,
        settings,
        epochs,
        patience,
        evaluateEvery,
        seed,
        ranking,
        otherSplit);
  }

  private static void requirePositive(String name, int value) {
    if (value < 1) {
      throw new IllegalArgumentException(name + " must be at least 1 but is " + value);
    }
  }
}
