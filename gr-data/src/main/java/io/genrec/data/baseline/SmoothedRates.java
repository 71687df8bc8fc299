package io.genrec.data.baseline;

import io.genrec.api.GenRecException;
import io.genrec.api.sequence.History;
import io.genrec.api.sequence.Schema;
import io.genrec.api.sequence.Series;
import io.genrec.api.task.RankingCase;
import io.genrec.api.task.RankingSet;
import io.genrec.data.DatasetInfo.Field;
import io.genrec.data.DatasetInfo.Kind;
import io.genrec.data.DatasetSplit;
import io.genrec.data.SequenceDataset;
import io.genrec.data.Split;
import java.util.ArrayList;
import java.util.List;
import org.apiguardian.api.API;

/**
 * A floor for ranking models that learns nothing by gradients: the log odds of an action are the
 * sum of the user's, the item's and the moment's context's own, each smoothed towards the overall
 * rate as if {@value #PRIOR} impressions at that rate had been seen before. What never, or always,
 * happened is taken to have happened, or not, half a time: log odds are finite.
 *
 * <p>Rates of items and context, and the overall one, are those before the test period. A user's
 * rate is that of the question's history: where histories go on in the test period, it follows what
 * the user did there.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public final class SmoothedRates {
  /** The name in tables. */
  public static final String NAME = "smoothed-rates";

  private static final double PRIOR = 10;
  private static final double HALF = 0.5;

  private final SequenceDataset data;
  private final int bit;
  private final double overall;
  private final List<Group> groups;
  private final Series series;

  /** The log odds of a categorical field's rows, less the overall ones. */
  @SuppressWarnings("ArrayRecordComponent")
  private record Group(String field, double[] odds) {}

  private SmoothedRates(DatasetSplit split, int bit) {
    this.data = split.data();
    this.bit = bit;
    series = new Series(data.info().series().stream().map(Field::name).toList());
    double[] all = new double[2];
    forEach(split, (history, user, event) -> count(all, 0, happened(history, event)));
    double shown = Math.max(1, all[0]);
    overall = Math.min(Math.max(all[1], HALF), shown - HALF) / shown;
    groups = new ArrayList<>();
    for (Field field : data.info().fields()) {
      Integer rows = field.rows();
      boolean item = field.name().equals(Schema.ITEM);
      if (rows != null && (item || field.owner() == Schema.Owner.REQUEST)) {
        String name = field.name();
        groups.add(
            new Group(
                name,
                odds(split, rows + 1, (history, user, event) -> history.category(name, event))));
      }
    }
  }

  /**
   * Counts all events of known time before the test period, the validation period's included.
   *
   * @param split of {@link Split.Protocol#IMPRESSIONS}
   * @param action an action of the data
   * @throws GenRecException {@code [GR/UnknownOutcome]}
   */
  public static SmoothedRates fit(DatasetSplit split, String action) {
    List<String> actions =
        split.data().info().fields().stream()
            .filter(field -> field.kind() == Kind.ACTIONS)
            .flatMap(field -> field.names().stream())
            .toList();
    if (!actions.contains(action)) {
      throw new GenRecException(
          "UnknownOutcome",
          "data set "
              + split.data().info().name()
              + " has no action \""
              + action
              + "\"; "
              + GenRecException.knownNames(action, actions));
    }
    return new SmoothedRates(split, actions.indexOf(action));
  }

  /** Called for each event that counts. */
  private interface Visitor {
    void visit(History history, int user, int event);
  }

  /** Which group an event belongs to. */
  private interface Key {
    int of(History history, int user, int event);
  }

  private void forEach(DatasetSplit split, Visitor visitor) {
    for (int user = 0; user < data.users(); user++) {
      History history = data.history(user);
      int end = split.begin(user, Split.Part.TEST);
      for (int event = 0; event < end; event++) {
        if (counts(history, event)) {
          visitor.visit(history, user, event);
        }
      }
    }
  }

  /** Whether an event is an impression: no entry of a series, and of known time. */
  private boolean counts(History history, int event) {
    return history.time(event) != History.NO_TIME && !series.isEntry(history, event);
  }

  private boolean happened(History history, int event) {
    return (history.category(Schema.ACTIONS, event) >> bit & 1) == 1;
  }

  /** Impressions at 2 i, those with the action at 2 i + 1. */
  private static void count(double[] counts, int group, boolean happened) {
    counts[2 * group]++;
    counts[2 * group + 1] += happened ? 1 : 0;
  }

  private double[] odds(DatasetSplit split, int groupCount, Key key) {
    double[] counts = new double[2 * groupCount];
    forEach(
        split,
        (history, user, event) ->
            count(counts, key.of(history, user, event), happened(history, event)));
    double[] odds = new double[groupCount];
    for (int i = 0; i < groupCount; i++) {
      odds[i] = odds(counts, i);
    }
    return odds;
  }

  private double odds(double[] counts, int group) {
    double rate = (counts[2 * group + 1] + PRIOR * overall) / (counts[2 * group] + PRIOR);
    return logit(rate) - logit(overall);
  }

  private double userOdds(History history) {
    double[] counts = new double[2];
    for (int event = 0; event < history.size(); event++) {
      if (counts(history, event)) {
        count(counts, 0, happened(history, event));
      }
    }
    return odds(counts, 0);
  }

  private static double logit(double rate) {
    return Math.log(rate) - Math.log1p(-rate);
  }

  /** The log odds of each impression, in the order of the questions. */
  public float[] score(RankingSet questions) {
    List<Float> scores = new ArrayList<>();
    for (int i = 0; i < questions.size(); i++) {
      RankingCase question = questions.get(i);
      double user = userOdds(question.history());
      for (int event = 0; event < question.impressions().size(); event++) {
        double sum = logit(overall) + user;
        for (Group group : groups) {
          sum += group.odds()[question.impressions().category(group.field(), event)];
        }
        scores.add((float) sum);
      }
    }
    float[] all = new float[scores.size()];
    for (int i = 0; i < all.length; i++) {
      all[i] = scores.get(i);
    }
    return all;
  }
}
