package io.genrec.data;

import io.genrec.api.task.RankingCase;
import io.genrec.api.task.RankingSet;
import it.unimi.dsi.fastutil.ints.IntArrayList;
import org.apiguardian.api.API;

/**
 * The moments of a period of {@link Split.Protocol#IMPRESSIONS}, by user and time. Each asks for
 * the events of that moment, which see no other's outcome.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public final class ImpressionQuestions implements RankingSet {
  private final DatasetSplit split;
  private final Split.Part part;
  private final boolean frozen;
  private final int[] users;
  private final int[] begins;
  private final int[] ends;

  /**
   * The questions of one part.
   *
   * @param frozen whether a history ends where the period begins; otherwise it has all events of
   *     earlier moments
   */
  public ImpressionQuestions(DatasetSplit split, Split.Part part, boolean frozen) {
    this.split = split;
    this.part = part;
    this.frozen = frozen;
    IntArrayList askers = new IntArrayList();
    IntArrayList from = new IntArrayList();
    IntArrayList to = new IntArrayList();
    SequenceDataset data = split.data();
    for (int user = 0; user < data.users(); user++) {
      int end = split.end(user, part);
      int next;
      for (int event = split.begin(user, part); event < end; event = next) {
        next = event + 1;
        if (data.isEntry(user, event)) {
          continue;
        }
        while (next < end && data.moment(user, next) == data.moment(user, event)) {
          next++;
        }
        askers.add(user);
        from.add(event);
        to.add(next);
      }
    }
    users = askers.toIntArray();
    begins = from.toIntArray();
    ends = to.toIntArray();
  }

  @Override
  public int size() {
    return users.length;
  }

  @Override
  public RankingCase get(int index) {
    int user = users[index];
    SequenceDataset data = split.data();
    int seen = frozen ? split.begin(user, part) : begins[index];
    return new RankingCase(
        user,
        new DatasetHistory(data, user, 0, seen),
        new DatasetHistory(data, user, begins[index], ends[index]),
        data.time(user, begins[index]));
  }
}
