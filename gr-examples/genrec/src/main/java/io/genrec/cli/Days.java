package io.genrec.cli;

import io.genrec.api.GenRecException;
import io.genrec.api.config.StrictConfig;
import io.genrec.api.sequence.History;
import io.genrec.data.DatasetSplit;
import io.genrec.data.DayHistories;
import io.genrec.data.FittedFields;
import io.genrec.data.ImpressionQuestions;
import io.genrec.data.SequenceDataset;
import io.genrec.data.Split;
import io.genrec.data.task.ChunkRankingFactory;
import io.genrec.engine.run.DayByDay;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The days of a data set. All before a moment are one, which is only learned from.
 *
 * @param data the events
 * @param begins the first second of each; the last is the end
 * @param utcOffset the seconds that days begin before those of UTC
 */
record Days(SequenceDataset data, List<Long> begins, long utcOffset) {
  private static final long DAY = 86_400;

  /**
   * How long days begin before those of UTC. A task that cuts histories by days says so: with other
   * days some of its chunks would begin on one and end on the next, and as all of a chunk stands at
   * its beginning, what happened on the next day would never be learned from.
   *
   * @param task the task's configuration
   * @param given in seconds; null for what the task says
   * @throws GenRecException {@code [GR/InvalidValue]} if it contradicts the task
   */
  static long utcOffset(StrictConfig task, @Nullable Long given) {
    ChunkRankingFactory chunks = new ChunkRankingFactory();
    if (!task.has("name") || !task.at("/name").as(String.class).equals(chunks.name())) {
      return given == null ? 0 : given;
    }
    long own = task.without("name").as(chunks.configType()).utcOffset();
    if (given != null && given != own) {
      throw new GenRecException(
          "InvalidValue",
          "--utc-offset is "
              + given
              + ", but the days of task \""
              + chunks.name()
              + "\" begin "
              + own
              + " seconds before those of UTC; leave --utc-offset out, or change both: --set"
              + " task/utcOffset="
              + given);
    }
    return own;
  }

  /**
   * Finds the days that have events; entries of slower-changing series are none.
   *
   * @param from where measuring begins, at the beginning of its day; empty: after the first day
   * @throws GenRecException {@code [GR/InvalidValue]} if there is nothing before or after it
   */
  static Days of(SequenceDataset data, Optional<Long> from, long utcOffset) {
    TreeSet<Long> numbers = new TreeSet<>();
    for (int user = 0; user < data.users(); user++) {
      for (int event = 0; event < data.length(user); event++) {
        if (data.time(user, event) != History.NO_TIME && !data.isEntry(user, event)) {
          numbers.add(Math.floorDiv(data.time(user, event) + utcOffset, DAY));
        }
      }
    }
    List<Long> begins = new ArrayList<>();
    for (long number : numbers) {
      long begin = number * DAY - utcOffset;
      // Days before the first that is measured are one with the very first.
      if (begins.isEmpty() || from.isEmpty() || begin + DAY > from.get()) {
        begins.add(begin);
      }
    }
    if (begins.size() < 2) {
      throw new GenRecException(
          "InvalidValue",
          "data set "
              + data.info().name()
              + " has "
              + (numbers.size() < 2
                  ? "events of " + numbers.size() + " day; a second day is needed to measure"
                  : "no event at or after --from " + from.map(String::valueOf).orElse("")));
    }
    begins.add(begins.get(begins.size() - 1) + DAY);
    return new Days(data, List.copyOf(begins), utcOffset);
  }

  /** What a run goes through; numbers are fitted on the first day. */
  DayByDay.Data training() {
    List<DayByDay.Day> days = new ArrayList<>();
    for (int day = 0; day + 1 < begins.size(); day++) {
      long begin = begins.get(day);
      long end = begins.get(day + 1);
      days.add(
          new DayByDay.Day(
              name(begin),
              new DayHistories(data, begin, end),
              day == 0
                  ? Optional.empty()
                  : Optional.of(
                      new ImpressionQuestions(
                          Split.impressions(begin, end).of(data), Split.Part.VALIDATION, false))));
    }
    DatasetSplit known = Split.impressions(begins.get(1), begins.get(1)).of(data);
    return new DayByDay.Data(data.contentHash(), FittedFields.of(known), known.popularity(), days);
  }

  private String name(long begin) {
    return LocalDate.ofEpochDay(Math.floorDiv(begin + utcOffset, DAY)).toString();
  }
}
