package io.genrec.data;

import io.genrec.api.task.EvaluationCase;
import io.genrec.api.task.EvaluationSet;
import org.apiguardian.api.API;

/** The targets of a part of a split, in the order of users. */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public final class SplitQuestions implements EvaluationSet {
  private final DatasetSplit split;
  private final Split.Part part;
  private final int[] users;

  /** The questions of one part. */
  public SplitQuestions(DatasetSplit split, Split.Part part) {
    this.split = split;
    this.part = part;
    this.users = split.users(part);
  }

  @Override
  public int size() {
    return users.length;
  }

  @Override
  public EvaluationCase get(int index) {
    int user = users[index];
    int target = split.target(user, part);
    SequenceDataset data = split.data();
    return new EvaluationCase(
        user,
        new DatasetHistory(data, user, 0, target),
        data.item(user, target),
        data.time(user, target),
        split.targetInTie(user, part));
  }
}
