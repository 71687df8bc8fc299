package io.genrec.api.plugin;

import io.genrec.api.encoder.EncoderFactory;
import io.genrec.api.inference.BaselineFactory;
import io.genrec.api.inference.InferenceStrategyFactory;
import io.genrec.api.task.TaskFactory;
import io.genrec.api.training.LossFactory;
import io.genrec.api.training.SamplerFactory;
import java.util.List;
import org.apiguardian.api.API;

/**
 * The entry of a plug-in jar, found by {@link java.util.ServiceLoader}: it lists factories and does
 * nothing else.
 *
 * <p>Two plug-ins that bring the same name are refused.
 */
@API(status = API.Status.STABLE, since = "0.1")
public interface Plugin {
  /** Encoders. */
  default List<EncoderFactory<?>> encoders() {
    return List.of();
  }

  /** Tasks. */
  default List<TaskFactory<?>> tasks() {
    return List.of();
  }

  /** Losses. */
  default List<LossFactory<?>> losses() {
    return List.of();
  }

  /** Negative samplers. */
  default List<SamplerFactory<?>> samplers() {
    return List.of();
  }

  /** Inference strategies. */
  default List<InferenceStrategyFactory<?>> strategies() {
    return List.of();
  }

  /** Baselines for evaluation tables. */
  default List<BaselineFactory<?>> baselines() {
    return List.of();
  }
}
