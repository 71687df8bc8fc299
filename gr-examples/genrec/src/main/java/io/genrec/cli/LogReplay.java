package io.genrec.cli;

import io.genrec.api.GenRecException;
import io.genrec.api.inference.ScoringRequest;
import io.genrec.api.sequence.History;
import io.genrec.data.SequenceDataset;
import io.genrec.falcon.Scorer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.IntConsumer;

/**
 * The requests that a log was the answer to: one for each moment of a user, in order of time.
 * Entries of slower-changing series are part of the histories; nobody asked for them.
 */
final class LogReplay {
  private final SequenceDataset log;
  private final List<Shown> shown;

  /**
   * What a user was shown at once.
   *
   * @param from the first event of the moment
   * @param to the event after the last
   */
  private record Shown(int user, int from, int to, long time) {}

  private LogReplay(SequenceDataset log, List<Shown> shown) {
    this.log = log;
    this.shown = shown;
  }

  /**
   * The requests of a log.
   *
   * @param begin the time of the first one, in seconds
   * @param most how many; 0: all
   * @throws GenRecException {@code [GR/InvalidValue]} if there are none
   */
  static LogReplay of(SequenceDataset log, long begin, int most) {
    List<Shown> all = new ArrayList<>();
    for (int user = 0; user < log.users(); user++) {
      for (int from = 0, to; from < log.length(user); from = to) {
        to = end(log, user, from);
        long time = log.time(user, from);
        if (time >= begin && !log.isEntry(user, from)) {
          all.add(new Shown(user, from, to, time));
        }
      }
    }
    if (all.isEmpty()) {
      throw new GenRecException("InvalidValue", "--from is after the last event of the data set");
    }
    // Stable: moments of a user that fall into one second stay in their order.
    all.sort(Comparator.comparingLong(Shown::time));
    return new LogReplay(log, most == 0 ? all : all.subList(0, Math.min(most, all.size())));
  }

  private static int end(SequenceDataset log, int user, int from) {
    int to = from + 1;
    while (to < log.length(user) && log.moment(user, to) == log.moment(user, from)) {
      to++;
    }
    return to;
  }

  /** How many requests. */
  int size() {
    return shown.size();
  }

  /** How many users ask. */
  int users() {
    return (int) shown.stream().mapToInt(Shown::user).distinct().count();
  }

  /**
   * Asks one request after another.
   *
   * @param progress is told how many are answered
   */
  void run(Scorer scorer, IntConsumer progress) {
    int done = 0;
    for (Shown one : shown) {
      History history = log.history(one.user());
      scorer.score(
          new ScoringRequest(
              history.slice(0, one.from()),
              0,
              one.time(),
              Optional.of(log.user(one.user())),
              history.slice(one.from(), one.to())));
      progress.accept(++done);
    }
  }
}
