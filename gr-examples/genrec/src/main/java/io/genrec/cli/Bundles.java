package io.genrec.cli;

import io.genrec.api.GenRecException;
import io.genrec.api.sequence.Series;
import io.genrec.api.storage.IfExists;
import io.genrec.data.DatasetFiles;
import io.genrec.data.DatasetInfo;
import io.genrec.data.SequenceDataset;
import io.genrec.engine.bundle.ModelBundle;
import io.genrec.engine.bundle.TrainedModel;
import io.genrec.engine.run.RunConfig;
import io.genrec.engine.run.TrainingRun;
import io.genrec.engine.storage.ModelCard;
import io.genrec.engine.wiring.Registry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.arrow.memory.BufferAllocator;

/** Where bundles are, and how a run's becomes one. */
final class Bundles {
  private Bundles() {}

  /**
   * The bundle that a path means: itself, or that of a run's folder.
   *
   * @throws GenRecException {@code [GR/MissingBundle]}
   */
  static Path find(Path path) {
    for (Path candidate : List.of(path, path.resolve(TrainingJob.MODEL))) {
      if (Files.exists(candidate.resolve(ModelCard.FILE))) {
        return candidate;
      }
    }
    throw new GenRecException(
        "MissingBundle",
        path
            + " is no model bundle and no folder of a finished training run: there is no "
            + ModelCard.FILE
            + " in it or in its "
            + TrainingJob.MODEL
            + "/; give the folder that \"genrec train\" wrote");
  }

  /**
   * Writes the bundle of a run, replacing the one that an earlier attempt wrote.
   *
   * @param metrics measured values by name; empty if nothing was measured
   */
  static void write(
      Path target,
      TrainingRun run,
      RunConfig config,
      OpenData data,
      Map<String, Double> metrics,
      Registry registry) {
    Map<String, Path> vocabularies = new LinkedHashMap<>();
    run.model()
        .schema()
        .vocabularies()
        .forEach(
            feature ->
                vocabularies.put(
                    feature.name(),
                    data.folder().resolve(DatasetFiles.vocabulary(feature.name()))));
    TrainedModel trained =
        TrainedModel.of(config, data.training(false), run, vocabularies, metrics);
    ModelBundle.write(target, IfExists.REPLACE, registry, trained);
  }

  /**
   * Refuses data whose item rows are not those of a bundle, or that have slower-changing series
   * which the model does not read.
   *
   * @throws GenRecException {@code [GR/OtherData]}
   */
  static void requireVocabularyOf(ModelBundle bundle, OpenData data, BufferAllocator memory) {
    requireVocabularyOf(bundle, data.folder(), data.data(), memory);
  }

  /**
   * Refuses data whose item rows are not those of a bundle, or that have slower-changing series
   * which the model does not read.
   *
   * @param folder where the data lies
   * @throws GenRecException {@code [GR/OtherData]}
   */
  static void requireVocabularyOf(
      ModelBundle bundle, Path folder, SequenceDataset data, BufferAllocator memory) {
    var own = bundle.vocabulary();
    var other = data.itemVocabulary(memory);
    boolean same = own.size() == other.size();
    for (int row = 1; same && row <= own.size(); row++) {
      same = own.id(row).equals(other.id(row));
    }
    if (!same) {
      ModelCard.DataProvenance trained = bundle.card().data();
      throw new GenRecException(
          "OtherData",
          "the model was trained on the items of \""
              + (trained == null ? "other data" : trained.name())
              + "\", and "
              + folder
              + " has other items or another order of them; use the data set that it was trained"
              + " on");
    }
    List<String> read = Series.of(bundle.model().schema()).names();
    for (DatasetInfo.Field field : data.info().series()) {
      if (!read.contains(field.name())) {
        throw new GenRecException(
            "OtherData",
            folder
                + " has the slower-changing series \""
                + field.name()
                + "\", and the model reads "
                + (read.isEmpty() ? "none" : read)
                + "; prepare the data without it");
      }
    }
  }
}
