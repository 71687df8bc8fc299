package io.genrec.data;

import io.genrec.api.sequence.Histories;
import io.genrec.api.sequence.History;
import java.util.stream.IntStream;
import org.apiguardian.api.API;

/** The training events of all users who have at least two, in the order of users. */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public final class TrainingHistories implements Histories {
  private final DatasetSplit split;
  private final int[] users;

  /** The training part of a split. */
  public TrainingHistories(DatasetSplit split) {
    this.split = split;
    this.users =
        IntStream.range(0, split.data().users())
            .filter(user -> split.trainEnd(user) >= 2)
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
