package io.genrec.engine.training;

import io.genrec.api.sequence.Histories;
import io.genrec.api.sequence.History;
import io.genrec.api.task.Task;
import it.unimi.dsi.fastutil.ints.IntArrayList;
import org.apiguardian.api.API;

/**
 * The training examples that a task makes of histories: each a history up to where it ends. Left
 * out are those that end before targets are learned from, and those without anything to learn, such
 * as a history none of whose items has a row yet: they would only take places in batches.
 */
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
      History history = histories.get(i);
      for (int end : task.examples(history)) {
        History example = history.slice(0, end);
        if (task.trainingLength(example) > 0 && history.time(end - 1) >= histories.learnedFrom()) {
          from.add(i);
          to.add(end);
        }
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
  public long learnedFrom() {
    return histories.learnedFrom();
  }

  @Override
  public History get(int index) {
    return histories.get(owners[index]).slice(0, ends[index]);
  }
}
