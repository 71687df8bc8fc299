package io.genrec.gpsd;

import io.genrec.api.plugin.Plugin;
import io.genrec.api.task.TaskFactory;
import io.genrec.api.training.LossFactory;
import java.util.List;
import org.apiguardian.api.API;

/** Brings the tasks {@code generative} and {@code click} and the loss {@code generative}. */
@API(status = API.Status.STABLE, since = "0.1")
public final class GpsdPlugin implements Plugin {
  @Override
  public List<TaskFactory<?>> tasks() {
    return List.of(new GenerativeTask.Factory(), new ClickTask.Factory());
  }

  @Override
  public List<LossFactory<?>> losses() {
    return List.of(new GenerativeLoss());
  }
}
