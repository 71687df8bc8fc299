package io.genrec.data;

import io.genrec.api.sequence.Histories;
import io.genrec.api.sequence.History;
import java.util.stream.IntStream;
import org.apiguardian.api.API;

/** The training events of all users who have enough of them, in the order of users. */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public final class TrainingHistories implements Histories {
  private final DatasetSplit split;
  private final int[] users;

  /** The training part of a split: users with at least two events, as to predict one by another. */
  public TrainingHistories(DatasetSplit split) {
    this(split, 2);
  }

  /**
   * The training part of a split.
   *
   * @param least the events that a user has at least
   */
  public TrainingHistories(DatasetSplit split, int least) {
    this.split = split;
    this.users =
        IntStream.range(0, split.data().users())
            .filter(user -> split.trainEnd(user) >= least)
            .toArray();
  }

  @Override
  public int size() {
    return users.length;
  }

  @Override
  public History get(int index) {
    return new DatasetHistory(split.data(), users[index], 0, split.trainEnd(users[index]));
  }
}
