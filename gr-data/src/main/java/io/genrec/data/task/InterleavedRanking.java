package io.genrec.data.task;

import io.genrec.api.config.Default;
import io.genrec.api.sequence.History;
import io.genrec.api.sequence.Role;
import io.genrec.api.sequence.Schema;
import io.genrec.api.sequence.TokenRow;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.apiguardian.api.API;

/**
 * Ranking with interleaved tokens (arXiv 2402.17152, section 2.2): x = item, action, item, action,
 * ...; y is what came of an item at the item's token, and undefined at actions. So one pass over a
 * history learns from all its events. An entry of a slower-changing series is one token among them,
 * without an action and with y undefined.
 *
 * <p>Events of one moment stand as their items, then their actions: none sees another's outcome. An
 * item's output is used at its own time; an action's at the next event's.
 */
@API(status = API.Status.STABLE, since = "0.1")
public final class InterleavedRanking extends RankingTask {
  private static final Set<Role> TRAINING_ROLES = Set.of(Role.CONTEXT, Role.EVENT, Role.ACTION);
  private static final Set<Role> TRAINED_ITEMS = Set.of(Role.CONTEXT, Role.EVENT);
  private static final Set<Role> ITEMS = Set.of(Role.CONTEXT, Role.EVENT, Role.CANDIDATE);
  private static final Set<Role> ROLES =
      Set.of(Role.CONTEXT, Role.EVENT, Role.ACTION, Role.CANDIDATE);

  private final boolean actions;
  private final boolean byImpression;

  /**
   * The configuration.
   *
   * @param labels what is predicted
   * @param thresholds further actions made of numbers
   * @param actions whether actions are shown; without, a sequence is items alone
   * @param examples what training learns from at once
   */
  public record Config(
      List<Outcomes.Choice> labels,
      @Default("[]") List<Outcomes.Threshold> thresholds,
      @Default("true") boolean actions,
      @Default("users") Examples examples) {
    /** What a training example is. */
    public enum Examples {
      /** A user: all of its events are learned from at once (generative training). */
      USERS,
      /** An impression: one event after its history, as ranking models are trained otherwise. */
      IMPRESSIONS
    }

    /** Users, with their actions. */
    public Config(List<Outcomes.Choice> labels, List<Outcomes.Threshold> thresholds) {
      this(labels, thresholds, true, Examples.USERS);
    }

    /** Copies the lists. */
    public Config {
      labels = List.copyOf(labels);
      thresholds = List.copyOf(thresholds);
    }
  }

  /**
   * The task for data of this kind.
   *
   * @throws io.genrec.api.GenRecException {@code [GR/LabelLeakage]} if tokens were to carry what is
   *     known only after an event; {@code [GR/UnknownOutcome]}; {@code [GR/InvalidValue]} if the
   *     model has no room for the tokens
   */
  public InterleavedRanking(Config config, Schema schema) {
    super(
        schema,
        new Outcomes(config.labels(), config.thresholds()),
        config.actions(),
        config.actions() ? 2 : 1,
        1);
    actions = config.actions();
    byImpression = config.examples() == Config.Examples.IMPRESSIONS;
  }

  @Override
  public Set<Role> roles() {
    return actions ? ROLES : ITEMS;
  }

  /** The history itself, or each of its events with what is before it. */
  @Override
  public int[] examples(History history) {
    return byImpression
        ? IntStream.rangeClosed(1, history.size())
            .filter(end -> supervised(history, end - 1))
            .toArray()
        : super.examples(history);
  }

  @Override
  public Set<Role> trainingRoles() {
    return actions ? TRAINING_ROLES : TRAINED_ITEMS;
  }

  /** The most recent events with their actions; 0 if none of them can be learned from. */
  @Override
  public int trainingLength(History history) {
    History shown = history.last(maxHistory);
    for (int event = firstLearned(shown); event < shown.size(); event++) {
      if (supervised(shown, event)) {
        return requestLength(history);
      }
    }
    return 0;
  }

  private int firstLearned(History shown) {
    return byImpression ? Math.max(0, shown.size() - 1) : 0;
  }

  @Override
  public int[] events(History history) {
    History shown = history.last(maxHistory);
    int[] events = new int[trainingLength(history)];
    Arrays.fill(events, ALWAYS);
    int slot = contextLength();
    int next;
    for (int event = 0; slot < events.length; event = next) {
      next = nextMoment(shown, event);
      int together = next - event;
      for (int one = 0; one < together; one++) {
        events[slot + one] = event + one;
        if (acted(shown, event)) {
          events[slot + together + one] = event + one;
        }
      }
      slot += tokens(shown, event, next);
    }
    return events;
  }

  @Override
  public void writeTraining(History history, TokenRow row) {
    History shown = history.last(maxHistory);
    long end = shown.time(shown.size() - 1);
    write(shown, end, row);
    int slot = contextLength();
    int next;
    for (int event = 0; event < shown.size(); event = next) {
      next = nextMoment(shown, event);
      for (int one = event; one < next; one++) {
        if (one >= firstLearned(shown) && supervised(shown, one)) {
          writeLabels(shown, one, row, slot + one - event);
        }
      }
      slot += tokens(shown, event, next);
    }
  }

  /** The most recent events with their actions. */
  @Override
  public int requestLength(History history) {
    History shown = history.last(maxHistory);
    return contextLength() + tokens(shown, 0, shown.size());
  }

  private int tokens(History history, int from, int to) {
    int tokens = to - from;
    for (int event = from; event < to; event++) {
      tokens += acted(history, event) ? 1 : 0;
    }
    return tokens;
  }

  /** Whether an event's actions are a token of their own. */
  private boolean acted(History history, int event) {
    return actions && !isEntry(history, event);
  }

  @Override
  public void writeRequest(History history, History candidates, long at, TokenRow row) {
    write(history.last(maxHistory), at, row);
    writeCandidates(candidates, at, row, requestLength(history));
  }

  /**
   * @param end when the last outputs are used
   */
  private void write(History shown, long end, TokenRow row) {
    writeContext(shown, row);
    int slot = contextLength();
    int next;
    for (int event = 0; event < shown.size(); event = next) {
      next = nextMoment(shown, event);
      int together = next - event;
      long later = next < shown.size() ? shown.time(next) : end;
      boolean entry = isEntry(shown, event);
      for (int one = 0; one < together; one++) {
        long time = shown.time(event + one);
        row.token(Role.EVENT, slot + one, time, entry ? later : time);
        writeContent(shown, event + one, row, slot + one);
      }
      for (int one = 0; acted(shown, event) && one < together; one++) {
        int action = slot + together + one;
        row.token(Role.ACTION, action, shown.time(event + one), later);
        writeActions(shown, event + one, row, action);
      }
      slot += tokens(shown, event, next);
    }
  }

  /** The first event of a later moment; an entry of a series has a moment of its own. */
  private int nextMoment(History history, int event) {
    int next = event + 1;
    while (next < history.size()
        && history.moment(next) == history.moment(event)
        && !isEntry(history, event)
        && !isEntry(history, next)) {
      next++;
    }
    return next;
  }
}
