package io.genrec.engine.run;

import io.genrec.api.sequence.Fields;
import io.genrec.api.sequence.Histories;
import io.genrec.api.task.EvaluationSet;
import io.genrec.api.task.RankingSet;
import io.genrec.engine.evaluation.SeenItems;
import java.util.Map;
import java.util.Optional;
import org.apiguardian.api.API;

/**
 * The data of a run, split.
 *
 * @param name what the data set is called
 * @param contentHash the hash of its content
 * @param protocol the split, for example {@code strict}
 * @param splitHash the hash of content and split
 * @param fields what events, items and users have, fitted on the training events
 * @param training the training histories
 * @param validation questions that choose the epoch; absent: the last epoch counts
 * @param monitor questions that are only watched, never used to choose
 * @param seen which items are taken out of the rankings of both
 * @param counts how often each item is a training event; index 0 is unused
 * @param impressions questions that choose the epoch of a model that ranks; absent: the last counts
 * @param watchedImpressions questions that are only watched, of such a model
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
@SuppressWarnings("ArrayRecordComponent")
public record TrainingData(
    String name,
    String contentHash,
    String protocol,
    String splitHash,
    Fields fields,
    Histories training,
    Optional<EvaluationSet> validation,
    Optional<EvaluationSet> monitor,
    SeenItems seen,
    long[] counts,
    Optional<RankingSet> impressions,
    Optional<RankingSet> watchedImpressions) {
  /** The data of a run that predicts items. */
  public TrainingData(
      String name,
      String contentHash,
      String protocol,
      String splitHash,
      Map<String, Integer> values,
      Histories training,
      Optional<EvaluationSet> validation,
      Optional<EvaluationSet> monitor,
      SeenItems seen,
      long[] counts) {
    this(
        name,
        contentHash,
        protocol,
        splitHash,
        Fields.of(values),
        training,
        validation,
        monitor,
        seen,
        counts,
        Optional.empty(),
        Optional.empty());
  }

  /** The same with other fields. */
  public TrainingData with(Fields other) {
    return new TrainingData(
        name,
        contentHash,
        protocol,
        splitHash,
        other,
        training,
        validation,
        monitor,
        seen,
        counts,
        impressions,
        watchedImpressions);
  }

  /** The number of values of each categorical feature. */
  public Map<String, Integer> values() {
    return fields.values();
  }
}
