package io.genrec.cli;

import io.genrec.api.sequence.Fields;
import io.genrec.api.sequence.Schema;
import io.genrec.api.storage.VocabularyFile;
import io.genrec.data.DatasetSplit;
import io.genrec.data.FittedFields;
import io.genrec.data.ImpressionQuestions;
import io.genrec.data.SequenceDataset;
import io.genrec.data.Split;
import io.genrec.data.SplitQuestions;
import io.genrec.data.TrainingHistories;
import io.genrec.engine.run.RunConfig;
import io.genrec.engine.run.TrainingData;
import io.genrec.engine.transfer.Continuation;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.arrow.memory.BufferAllocator;
import org.jspecify.annotations.Nullable;

/**
 * A data set in memory and its split.
 *
 * @param folder where it lies
 * @param data the histories; closed with this
 * @param split training and questions
 * @param earlier what a model that goes on knows of numbers; absent for a new one
 */
record OpenData(
    Path folder, SequenceDataset data, DatasetSplit split, Optional<Continuation> earlier)
    implements AutoCloseable {
  /** The data of a new model. */
  OpenData(Path folder, SequenceDataset data, DatasetSplit split) {
    this(folder, data, split, Optional.empty());
  }

  /**
   * Opens a data set and checks its hash.
   *
   * @param tieSeed the seed of a random order of events of equal time; null for the data's order
   */
  static OpenData open(Path folder, Split split, @Nullable Long tieSeed, BufferAllocator memory) {
    SequenceDataset data = SequenceDataset.open(folder, memory, true);
    if (tieSeed == null) {
      return new OpenData(folder, data, split.of(data));
    }
    try (data) {
      SequenceDataset shuffled = data.shuffleTies(tieSeed, memory);
      return new OpenData(folder, shuffled, split.of(shuffled));
    }
  }

  /** The same for a model that goes on with this data. */
  OpenData continuing(Continuation model) {
    return new OpenData(folder, data, split, Optional.of(model));
  }

  /**
   * The raw ids of the categorical features of a model, slower-changing series among them.
   *
   * @param memory for the time of reading
   */
  Map<String, VocabularyFile> vocabularies(RunConfig config, BufferAllocator memory) {
    Map<String, VocabularyFile> vocabularies = new LinkedHashMap<>();
    vocabularies.put(Schema.ITEM, data.itemVocabulary(memory));
    config
        .model()
        .features()
        .forEach(
            feature -> vocabularies.put(feature.name(), data.vocabulary(feature.name(), memory)));
    // Models read all series of the data, named or not.
    data.info()
        .series()
        .forEach(field -> vocabularies.put(field.name(), data.vocabulary(field.name(), memory)));
    return vocabularies;
  }

  /** The rule of the split as files and options name it: {@code strict}, {@code meta}. */
  String protocol() {
    return split.split().protocol().word();
  }

  /** The targets that results are about. */
  SplitQuestions test() {
    return new SplitQuestions(split, Split.Part.TEST);
  }

  /**
   * What a training run sees.
   *
   * @param watchTest whether the test questions are measured after each pass, to be looked at only
   */
  TrainingData training(boolean watchTest) {
    Fields fitted = FittedFields.of(split);
    SplitQuestions validation = new SplitQuestions(split, Split.Part.VALIDATION);
    return new TrainingData(
        data.info().name(),
        data.contentHash(),
        protocol(),
        split.splitHash(),
        earlier.map(model -> model.fields(fitted)).orElse(fitted),
        new TrainingHistories(split, ranks() ? 1 : 2),
        validation.size() == 0 ? Optional.empty() : Optional.of(validation),
        watchTest ? Optional.of(test()) : Optional.empty(),
        Measurement.counted(split.split().protocol()),
        split.popularity(),
        ranks() ? Optional.of(impressions(Split.Part.VALIDATION, false)) : Optional.empty(),
        ranks() && watchTest ? Optional.of(impressions(Split.Part.TEST, false)) : Optional.empty());
  }

  /** Whether questions are about impressions, not about next items. */
  boolean ranks() {
    return split.split().protocol() == Split.Protocol.IMPRESSIONS;
  }

  /**
   * The impressions of a period.
   *
   * @param frozen whether histories end where the period begins
   */
  ImpressionQuestions impressions(Split.Part part, boolean frozen) {
    return new ImpressionQuestions(split, part, frozen);
  }

  @Override
  public void close() {
    data.close();
  }
}
