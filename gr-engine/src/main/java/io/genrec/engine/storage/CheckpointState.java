package io.genrec.engine.storage;

import java.util.List;
import java.util.Map;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * Where a training run stands, beside its tensors. Together with the seed the step number says
 * everything about randomness, so there is no generator state.
 *
 * @param step logical batches done
 * @param epoch passes over the data done
 * @param bestMetric the best value of the watched metric so far, if there was one; finite
 * @param seed the run's seed
 * @param configHash the hash of the run's configuration, so that another run's checkpoint is
 *     noticed
 * @param history the measured values so far, oldest first
 */
@API(status = API.Status.STABLE, since = "0.1")
public record CheckpointState(
    long step,
    int epoch,
    @Nullable Double bestMetric,
    long seed,
    String configHash,
    List<Measured> history) {
  /**
   * Values measured at a step.
   *
   * @param step logical batches done
   * @param epoch passes over the data done
   * @param metrics values by name; finite
   */
  public record Measured(long step, int epoch, Map<String, Double> metrics) {
    /** Refuses metrics that are not finite. */
    public Measured {
      metrics = ModelCard.finite(metrics);
    }
  }

  /** Refuses a negative step and a best metric that is not finite. */
  public CheckpointState {
    if (step < 0) {
      throw new IllegalArgumentException("step must not be negative, found " + step);
    }
    if (bestMetric != null && !Double.isFinite(bestMetric)) {
      throw new IllegalArgumentException("bestMetric must be finite or absent: " + bestMetric);
    }
    history = List.copyOf(history);
  }
}
