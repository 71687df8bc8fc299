package io.genrec.engine.training;

import io.genrec.api.sequence.Histories;
import io.genrec.api.sequence.History;
import io.genrec.api.task.Task;
import it.unimi.dsi.fastutil.ints.IntArrayList;
import org.apiguardian.api.API;

/** The training examples that a task makes of histories: each a history up to where it ends. */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public final class TaskExamples implements Histories {
  private final Histories histories;
  private final int[] owners;
  private final int[] ends;

  /** The examples of all histories, in their order. */
  public TaskExamples(Task task, Histories histories) {
    this.histories = histories;
    IntArrayList from = new IntArrayList();
    IntArrayList to = new IntArrayList();
    for (int i = 0; i < histories.size(); i++) {
      for (int end : task.examples(histories.get(i))) {
        from.add(i);
        to.add(end);
      }
    }
    owners = from.toIntArray();
    ends = to.toIntArray();
  }

  @Override
  public int size() {
    return owners.length;
  }

  @Override
  public History get(int index) {
    return histories.get(owners[index]).slice(0, ends[index]);
  }
}
