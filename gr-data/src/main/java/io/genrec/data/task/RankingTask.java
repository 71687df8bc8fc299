package io.genrec.data.task;

import io.genrec.api.GenRecException;
import io.genrec.api.sequence.History;
import io.genrec.api.sequence.Role;
import io.genrec.api.sequence.Schema;
import io.genrec.api.sequence.Schema.Numeric;
import io.genrec.api.sequence.Schema.Owner;
import io.genrec.api.sequence.Series;
import io.genrec.api.sequence.TokenRow;
import io.genrec.api.task.Label;
import io.genrec.api.task.Task;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What both ranking tasks share: static context in front, what tokens carry of items and moments,
 * actions, labels.
 */
abstract class RankingTask implements Task {
  /** Says that a token's actions are not known. */
  static final int UNKNOWN = -1;

  /** As many as a whole number of 32 bits holds without its sign. */
  private static final int MAX_ACTIONS = 31;

  /** Says that a token is there whatever events are shown. */
  static final int ALWAYS = -1;

  private final List<String> context;
  private final List<String> categories;
  private final List<Numeric> numbers;
  private final List<Outcome> outcomes = new ArrayList<>();
  private final List<Bit> bits = new ArrayList<>();
  private final Series series;
  final int maxHistory;

  /** An outcome that is predicted: an action's bit, or a number. */
  private record Outcome(Label label, int bit, @Nullable Numeric number) {
    /** NaN if it is not known. */
    float value(History history, int event) {
      if (number == null) {
        return (history.category(Schema.ACTIONS, event) >> bit) & 1;
      }
      float size = history.number(number.name(), event);
      return Float.isNaN(size) ? size : number.normalised(size);
    }
  }

  /** An action made of a number: whether it reached a threshold. */
  private record Bit(String number, double atLeast) {}

  /**
   * @param showsActions whether tokens carry what the user did
   * @throws GenRecException {@code [GR/LabelLeakage]} if tokens were to carry what is known only
   *     after an event; {@code [GR/UnknownOutcome]}; {@code [GR/InvalidValue]}
   */
  RankingTask(
      Schema schema, Outcomes chosen, boolean showsActions, int tokensPerEvent, int candidates) {
    maxHistory = schema.maxHistory();
    context = named(schema, Set.of(Owner.USER));
    series = Series.of(schema);
    numbers = schema.numbers();
    Set<String> buckets = new HashSet<>(numbers.stream().map(Numeric::name).toList());
    categories =
        named(schema, Set.of(Owner.ITEM, Owner.REQUEST)).stream()
            .filter(name -> !buckets.contains(name))
            .toList();
    schema.features().forEach(feature -> requireKnown(feature.name(), feature.owner()));
    numbers.forEach(number -> requireKnown(number.name(), number.owner()));
    chosen.labels().forEach(label -> outcomes.add(outcome(schema, label)));
    Set<String> names = new HashSet<>();
    for (Outcomes.Choice label : chosen.labels()) {
      if (!names.add(label.name())) {
        throw new GenRecException("InvalidValue", "labels names \"" + label.name() + "\" twice");
      }
    }
    if (!showsActions && !chosen.thresholds().isEmpty()) {
      throw new GenRecException(
          "InvalidValue", "thresholds make actions, which are not shown; leave them out");
    }
    if (showsActions) {
      schema.outcomes().actions().forEach(action -> bits.add(new Bit("", 0)));
    }
    for (Outcomes.Threshold threshold : chosen.thresholds()) {
      bits.add(new Bit(number(schema, threshold.number()).name(), threshold.atLeast()));
    }
    if (bits.size() > MAX_ACTIONS) {
      throw new GenRecException(
          "InvalidValue",
          "the data set has "
              + schema.outcomes().actions().size()
              + " actions and the task "
              + chosen.thresholds().size()
              + " thresholds, but a token carries at most "
              + MAX_ACTIONS
              + " of both; leave out "
              + (bits.size() - MAX_ACTIONS)
              + " thresholds");
    }
    int most = context.size() + tokensPerEvent * maxHistory + candidates;
    if (most > schema.maxLength()) {
      throw new GenRecException(
          "InvalidValue",
          maxHistory
              + " events, "
              + context.size()
              + " fields of the user and "
              + candidates
              + " candidates are up to "
              + most
              + " tokens, but a sequence has room for "
              + schema.maxLength()
              + "; set outputSlots of the model to at least "
              + (most - maxHistory));
    }
  }

  private static List<String> named(Schema schema, Set<Owner> owners) {
    return schema.features().stream()
        .filter(feature -> owners.contains(feature.owner()))
        .map(Schema.Feature::name)
        .toList();
  }

  private static void requireKnown(String name, Owner owner) {
    if (owner == Owner.EVENT) {
      throw new GenRecException(
          "LabelLeakage",
          "\""
              + name
              + "\" is known only after an event, so tokens that ask what will come of one must not"
              + " carry it; make it a label or a threshold of the task, or, if it is known before,"
              + " declare it as context in the data mapping");
    }
  }

  private static Outcome outcome(Schema schema, Outcomes.Choice choice) {
    int bit = schema.outcomes().actions().indexOf(choice.name());
    return bit >= 0
        ? new Outcome(new Label(choice.name(), Label.Kind.BINARY, choice.weight()), bit, null)
        : new Outcome(
            new Label(choice.name(), Label.Kind.REGRESSION, choice.weight()),
            0,
            number(schema, choice.name()));
  }

  private static Numeric number(Schema schema, String name) {
    List<String> known = new ArrayList<>(schema.outcomes().actions());
    schema.outcomes().numbers().forEach(number -> known.add(number.name()));
    return schema.outcomes().numbers().stream()
        .filter(number -> number.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new GenRecException(
                    "UnknownOutcome",
                    "the data set has no outcome \""
                        + name
                        + "\"; "
                        + GenRecException.knownNames(name, known)));
  }

  @Override
  public final List<String> features() {
    List<String> features = new ArrayList<>(categories);
    numbers.stream().filter(Numeric::bucketed).forEach(number -> features.add(number.name()));
    features.addAll(context);
    features.addAll(series.names());
    if (!bits.isEmpty()) {
      features.add(Schema.ACTIONS);
    }
    return features;
  }

  @Override
  public final List<String> numbers() {
    return numbers.stream().filter(number -> !number.bucketed()).map(Numeric::name).toList();
  }

  @Override
  public final List<String> targets() {
    return List.of();
  }

  @Override
  public final int actions() {
    return bits.size();
  }

  @Override
  public final List<Label> labels() {
    return outcomes.stream().map(Outcome::label).toList();
  }

  @Override
  public final float outcome(Label label, History history, int event) {
    return outcomes.stream()
        .filter(outcome -> outcome.label().equals(label))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException(label + " is no label of this task"))
        .value(history, event);
  }

  /** The tokens of the user's static fields. */
  final int contextLength() {
    return context.size();
  }

  /** Whether an event is an entry of a slower-changing series: it has no outcome. */
  final boolean isEntry(History history, int event) {
    return series.isEntry(history, event);
  }

  /**
   * Whether an event's outcome may be asked: one is known, and so is when the event was, as
   * whatever came before it is seen.
   */
  final boolean supervised(History history, int event) {
    if (history.time(event) == History.NO_TIME || isEntry(history, event)) {
      return false;
    }
    for (Outcome outcome : outcomes) {
      if (!Float.isNaN(outcome.value(history, event))) {
        return true;
      }
    }
    return false;
  }

  final void writeContext(History history, TokenRow row) {
    for (int slot = 0; slot < context.size(); slot++) {
      row.token(Role.CONTEXT, slot, History.NO_TIME, History.NO_TIME);
      row.feature(context.get(slot), slot, history.user(context.get(slot)));
    }
  }

  /** What is known before an event: its item and its moment; of an entry of a series its value. */
  final void writeContent(History history, int event, TokenRow row, int slot) {
    for (String feature : categories) {
      row.feature(feature, slot, history.category(feature, event));
    }
    for (String name : series.names()) {
      row.feature(name, slot, history.category(name, event));
    }
    for (Numeric number : numbers) {
      float value = history.number(number.name(), event);
      if (number.bucketed()) {
        row.feature(number.name(), slot, number.bucket(value));
      } else {
        row.number(number.name(), slot, number.normalised(value));
      }
    }
  }

  /** What the user did at an event of the past. */
  final void writeActions(History history, int event, TokenRow row, int slot) {
    if (bits.isEmpty()) {
      return;
    }
    int known = history.category(Schema.ACTIONS, event);
    for (int bit = 0; bit < bits.size(); bit++) {
      Bit threshold = bits.get(bit);
      if (!threshold.number().isEmpty()
          && history.number(threshold.number(), event) >= threshold.atLeast()) {
        known |= 1 << bit;
      }
    }
    row.feature(Schema.ACTIONS, slot, known);
  }

  final void writeUnknownActions(TokenRow row, int slot) {
    if (!bits.isEmpty()) {
      row.feature(Schema.ACTIONS, slot, UNKNOWN);
    }
  }

  /** What came of an event, for the output of a token that has not seen it. */
  final void writeLabels(History history, int event, TokenRow row, int slot) {
    for (Outcome outcome : outcomes) {
      float value = outcome.value(history, event);
      if (!Float.isNaN(value)) {
        row.label(outcome.label().name(), slot, value, 1);
      }
    }
  }

  /** Candidates, or events in their place, of which entries of series are none. */
  final void writeCandidates(History candidates, long at, TokenRow row, int firstSlot) {
    int slot = firstSlot;
    for (int candidate = 0; candidate < candidates.size(); candidate++) {
      if (!isEntry(candidates, candidate)) {
        row.token(Role.CANDIDATE, slot, at, at);
        writeContent(candidates, candidate, row, slot);
        writeUnknownActions(row, slot);
        slot++;
      }
    }
  }

  @Override
  public final void writeRequest(History history, long at, TokenRow row) {
    writeRequest(history, history.slice(history.size(), history.size()), at, row);
  }
}
