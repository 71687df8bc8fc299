package io.genrec.data.task;

import io.genrec.api.config.Default;
import io.genrec.api.sequence.History;
import io.genrec.api.sequence.Role;
import io.genrec.api.sequence.Schema;
import io.genrec.api.sequence.TokenRow;
import it.unimi.dsi.fastutil.ints.IntArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.apiguardian.api.API;

/**
 * Ranking with item and action in one token, as the published production model is trained: a
 * history, then a chunk of consecutive events of one day as candidates without actions. Only
 * candidates are learned from; all stand at the time of the chunk's first event. Entries of
 * slower-changing series are tokens of the history; a chunk does not see those within it.
 */
@API(status = API.Status.STABLE, since = "0.1")
public final class ChunkRanking extends RankingTask {
  private static final Set<Role> ROLES = Set.of(Role.CONTEXT, Role.EVENT, Role.CANDIDATE);
  private static final long DAY = 86_400;

  private final int chunk;
  private final long utcOffset;

  /**
   * The configuration.
   *
   * @param labels what is predicted
   * @param thresholds further actions made of numbers
   * @param chunk the most events of a chunk
   * @param utcOffset the seconds that days begin before those of UTC, such as 28800 for China
   */
  public record Config(
      List<Outcomes.Choice> labels,
      @Default("[]") List<Outcomes.Threshold> thresholds,
      @Default("10") int chunk,
      @Default("0") long utcOffset) {
    /** Copies the lists and checks the chunk. */
    public Config {
      labels = List.copyOf(labels);
      thresholds = List.copyOf(thresholds);
      if (chunk < 1) {
        throw new IllegalArgumentException("chunk must be at least 1 but is " + chunk);
      }
    }
  }

  /**
   * The task for data of this kind.
   *
   * @throws io.genrec.api.GenRecException {@code [GR/LabelLeakage]} if tokens were to carry what is
   *     known only after an event; {@code [GR/UnknownOutcome]}; {@code [GR/InvalidValue]} if the
   *     model has no room for the tokens
   */
  public ChunkRanking(Config config, Schema schema) {
    super(schema, new Outcomes(config.labels(), config.thresholds()), true, 1, config.chunk());
    chunk = config.chunk();
    utcOffset = config.utcOffset();
  }

  @Override
  public Set<Role> roles() {
    return ROLES;
  }

  @Override
  public Set<Role> supervisedRoles() {
    return Set.of(Role.CANDIDATE);
  }

  @Override
  public int trainingCandidates() {
    return chunk;
  }

  /** One example for each chunk. */
  @Override
  public int[] examples(History history) {
    IntArrayList ends = new IntArrayList();
    int begin = 0;
    int last = 0;
    int events = 0;
    for (int event = 0; event < history.size(); event++) {
      if (isEntry(history, event)) {
        continue;
      }
      if (events == chunk || events > 0 && day(history, event) != day(history, begin)) {
        addEnd(history, begin, last + 1, ends);
        events = 0;
      }
      begin = events == 0 ? event : begin;
      last = event;
      events++;
    }
    if (events > 0) {
      addEnd(history, begin, last + 1, ends);
    }
    return ends.toIntArray();
  }

  private void addEnd(History history, int begin, int end, IntArrayList ends) {
    if (anySupervised(history, begin, end)) {
      ends.add(end);
    }
  }

  private boolean anySupervised(History history, int begin, int end) {
    return IntStream.range(begin, end).anyMatch(event -> supervised(history, event));
  }

  private long day(History history, int event) {
    long time = history.time(event);
    return time == History.NO_TIME ? time : Math.floorDiv(time + utcOffset, DAY);
  }

  /** The events of the last chunk, ascending: chunks are counted from the day's first event. */
  private int[] lastChunk(History history) {
    IntArrayList day = new IntArrayList();
    int last = history.size() - 1;
    for (int event = last; event >= 0; event--) {
      if (!isEntry(history, event)) {
        if (day(history, event) != day(history, last)) {
          break;
        }
        day.add(event);
      }
    }
    int before = (day.size() - 1) / chunk * chunk;
    int[] events = new int[day.size() - before];
    Arrays.setAll(events, i -> day.getInt(events.length - 1 - i));
    return events;
  }

  /** What a chunk sees: events of earlier moments. */
  private static History before(History history, int chunkBegin) {
    int end = chunkBegin;
    while (end > 0 && history.moment(end - 1) == history.moment(chunkBegin)) {
      end--;
    }
    return history.slice(0, end);
  }

  @Override
  public int trainingLength(History history) {
    if (history.size() == 0 || isEntry(history, history.size() - 1)) {
      return 0;
    }
    int[] asked = lastChunk(history);
    if (!anySupervised(history, asked[0], history.size())) {
      return 0;
    }
    return requestLength(before(history, asked[0]), asked.length);
  }

  @Override
  public int[] events(History history) {
    int[] events = new int[trainingLength(history)];
    Arrays.fill(events, ALWAYS);
    if (events.length > 0) {
      int shown = Math.min(maxHistory, before(history, lastChunk(history)[0]).size());
      for (int event = 0; event < shown; event++) {
        events[contextLength() + event] = event;
      }
    }
    return events;
  }

  @Override
  public void writeTraining(History history, TokenRow row) {
    int[] asked = lastChunk(history);
    int begin = asked[0];
    History seen = before(history, begin);
    writeRequest(seen, history.slice(begin, history.size()), history.time(begin), row);
    int slot = requestLength(seen);
    for (int event : asked) {
      writeLabels(history, event, row, slot++);
    }
  }

  /** The most recent events. */
  @Override
  public int requestLength(History history) {
    return contextLength() + Math.min(maxHistory, history.size());
  }

  @Override
  public void writeRequest(History history, History candidates, long at, TokenRow row) {
    History shown = history.last(maxHistory);
    writeContext(shown, row);
    for (int event = 0; event < shown.size(); event++) {
      int slot = contextLength() + event;
      long usedAt = event + 1 < shown.size() ? shown.time(event + 1) : at;
      row.token(Role.EVENT, slot, shown.time(event), usedAt);
      writeContent(shown, event, row, slot);
      writeActions(shown, event, row, slot);
    }
    writeCandidates(candidates, at, row, requestLength(history));
  }
}
