package io.genrec.engine.storage;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** The main class of a process that saves checkpoints until it is killed. */
final class SaveInALoop {
  private static final int VALUES = 20_000;

  private SaveInALoop() {}

  /** Continues the store at the path that is the only argument; prints each finished step. */
  public static void main(String[] arguments) {
    CheckpointStore store =
        new CheckpointStore(
            Path.of(arguments[0]),
            2,
            skipped -> {
              throw skipped;
            });
    long step = store.latest().map(SaveInALoop::stepOf).orElse(0L);
    while (true) {
      step++;
      save(store, step);
      // The same step again: the kill may also strike while a checkpoint is replaced.
      save(store, step);
      System.out.println(step);
    }
  }

  static void save(CheckpointStore store, long step) {
    store.save(
        new CheckpointState(step, 0, null, 1, "hash", List.of()),
        List.of(values("w", step), values("m", step)));
  }

  /** The step of a checkpoint, after checking that its tensors are that step's. */
  static long stepOf(Checkpoint checkpoint) {
    try (checkpoint) {
      long step = checkpoint.state().step();
      for (String name : List.of("w", "m")) {
        if (!checkpoint.tensors().read(name).equals(values(name, step))) {
          throw new AssertionError("tensor " + name + " is not that of step " + step);
        }
      }
      return step;
    }
  }

  private static HostTensor values(String name, long step) {
    float[] values = new float[VALUES];
    Arrays.fill(values, step);
    return HostTensor.of(name, values, VALUES);
  }
}
