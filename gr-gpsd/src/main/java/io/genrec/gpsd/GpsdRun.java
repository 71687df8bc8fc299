package io.genrec.gpsd;

import io.genrec.api.GenRecException;
import io.genrec.api.sequence.Schema;
import io.genrec.api.storage.VocabularyFile;
import io.genrec.engine.run.RunConfig;
import io.genrec.engine.run.TrainingRun;
import io.genrec.engine.runtime.Device;
import io.genrec.engine.transfer.Transfer;
import io.genrec.engine.transfer.TransferSource;
import io.genrec.engine.wiring.Registry;
import io.genrec.gpsd.ClickData.Part;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.arrow.memory.BufferAllocator;
import org.apiguardian.api.API;

/** Opens runs of the discriminative task that begin with a pretrained model's values. */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public final class GpsdRun {
  private GpsdRun() {}

  /**
   * Opens a run; the caller trains and closes it.
   *
   * @param config with the task {@code click}
   * @param transfer what is loaded and frozen
   * @param source where from; empty if nothing is loaded
   * @param trained the users that are trained on
   * @param asked the users that are asked about after each pass
   * @throws GenRecException {@code [GR/NotClick]} for another task; otherwise as {@link
   *     TrainingRun#TrainingRun} and {@link Transfer#apply}
   */
  public static TrainingRun open(
      RunConfig config,
      GpsdData data,
      Part trained,
      Part asked,
      Transfer transfer,
      Optional<TransferSource> source,
      Registry registry,
      Device device,
      BufferAllocator memory) {
    int candidates = candidates(config);
    RunConfig frozen = config.withFirstGroups(transfer.plan().frozenGroups());
    TrainingRun run =
        new TrainingRun(
            frozen, data.discriminative(trained, asked, candidates), registry, device, memory);
    try {
      run.begin(transfer, source, vocabularies(run.model().schema(), data, memory));
      return run;
    } catch (RuntimeException e) {
      run.close();
      throw e;
    }
  }

  /**
   * How many candidates a configuration's sequences have.
   *
   * @throws GenRecException {@code [GR/NotClick]}
   */
  public static int candidates(RunConfig config) {
    String name = config.task().at("/name").as(String.class);
    if (!name.equals(ClickTask.CLICK)) {
      throw new GenRecException(
          "NotClick",
          config.name()
              + " has the task \""
              + name
              + "\"; a discriminative run needs \"click\" and the key ranking/candidate");
    }
    int candidates = config.task().without("name").as(ClickTask.Config.class).candidates();
    if (candidates > 2) {
      throw new GenRecException(
          "InvalidValue",
          "task/candidates must be 1 or 2, a user's target and its negative, but is " + candidates);
    }
    return candidates;
  }

  private static Map<String, VocabularyFile> vocabularies(
      Schema schema, GpsdData data, BufferAllocator memory) {
    Map<String, VocabularyFile> vocabularies = new LinkedHashMap<>();
    for (Schema.Feature feature : schema.vocabularies()) {
      vocabularies.put(feature.name(), data.click().data().vocabulary(feature.name(), memory));
    }
    return vocabularies;
  }
}
