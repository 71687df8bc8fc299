package io.genrec.data;

import io.genrec.api.sequence.Histories;
import io.genrec.api.sequence.History;
import java.util.stream.IntStream;
import org.apiguardian.api.API;

/**
 * What there is to learn from a day: the histories, up to its end, of the users who have events in
 * it. Only its own events are targets.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public final class DayHistories implements Histories {
  private final DatasetSplit split;
  private final int[] users;

  /**
   * The histories of a day.
   *
   * @param begin its first second
   * @param end the first second after it
   */
  public DayHistories(SequenceDataset data, long begin, long end) {
    split = Split.impressions(begin, end).of(data);
    users =
        IntStream.range(0, data.users())
            .filter(user -> split.asked(user, Split.Part.VALIDATION))
            .toArray();
  }

  @Override
  public int size() {
    return users.length;
  }

  @Override
  public History get(int index) {
    int user = users[index];
    return new DatasetHistory(split.data(), user, 0, split.end(user, Split.Part.VALIDATION));
  }

  @Override
  public long learnedFrom() {
    return split.split().validation();
  }
}
