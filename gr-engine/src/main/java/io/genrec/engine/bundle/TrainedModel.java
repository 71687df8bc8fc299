package io.genrec.engine.bundle;

import io.genrec.api.GenRecException;
import io.genrec.api.sequence.Fields;
import io.genrec.api.sequence.Schema;
import io.genrec.engine.model.Model;
import io.genrec.engine.optimizer.ParameterStore;
import io.genrec.engine.run.RunConfig;
import io.genrec.engine.run.TrainingData;
import io.genrec.engine.run.TrainingRun;
import io.genrec.engine.storage.ModelCard.DataProvenance;
import io.genrec.engine.transfer.TransferReport;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.apiguardian.api.API;

/**
 * A model with everything that a bundle of it says.
 *
 * @param configuration what it was built and trained from
 * @param model its graphs
 * @param parameters its values; the caller closes them
 * @param data what it was trained on; empty if it was not
 * @param vocabularies the vocabulary file of each of the model's features
 * @param metrics measured values by name, for example {@code HR@10}; finite
 * @param transfer what values it began with, if they came of a transfer
 * @param fields what the data offered a model that ranks or reads slower-changing series; empty for
 *     others
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public record TrainedModel(
    RunConfig configuration,
    Model model,
    ParameterStore parameters,
    Optional<DataProvenance> data,
    Map<String, Path> vocabularies,
    Map<String, Double> metrics,
    Optional<TransferReport> transfer,
    Optional<Fields> fields) {
  /** A model that predicts items. */
  public TrainedModel(
      RunConfig configuration,
      Model model,
      ParameterStore parameters,
      Optional<DataProvenance> data,
      Map<String, Path> vocabularies,
      Map<String, Double> metrics) {
    this(
        configuration,
        model,
        parameters,
        data,
        vocabularies,
        metrics,
        Optional.empty(),
        Optional.empty());
  }

  /**
   * Copies the maps.
   *
   * @throws GenRecException {@code [GR/MissingVocabulary]} if a feature of the model has none
   */
  public TrainedModel {
    vocabularies = Map.copyOf(vocabularies);
    metrics = Map.copyOf(metrics);
    for (Schema.Feature feature : model.schema().vocabularies()) {
      if (!vocabularies.containsKey(feature.name())) {
        throw new GenRecException(
            "MissingVocabulary",
            "the model embeds the feature \""
                + feature.name()
                + "\" but no vocabulary file is given for it, only for "
                + vocabularies.keySet()
                + "; a bundle without it could not read raw ids");
      }
    }
  }

  /**
   * What a run has trained.
   *
   * @param vocabularies the vocabulary file of each of the model's features
   * @param metrics measured values by name
   */
  public static TrainedModel of(
      RunConfig configuration,
      TrainingData data,
      TrainingRun run,
      Map<String, Path> vocabularies,
      Map<String, Double> metrics) {
    return new TrainedModel(
        configuration,
        run.model(),
        run.parameters(),
        Optional.of(
            new DataProvenance(data.name(), data.contentHash(), data.splitHash(), data.protocol())),
        vocabularies,
        metrics,
        run.transfer(),
        Optional.of(data.fields()).filter(fields -> readsMoreThanEvents(run.model())));
  }

  private static boolean readsMoreThanEvents(Model model) {
    return model.ranker().isPresent() || !model.schema().series().isEmpty();
  }
}
