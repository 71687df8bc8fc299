package io.genrec.engine.training;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Some sequences of a logical batch that run together.
 *
 * @param members their places in the logical batch
 * @param length their padded length
 */
record MicroBatch(List<Integer> members, int length) {
  /**
   * Cuts a logical batch: sequences of like length stand together, so that little is padded. The
   * cut depends on the lengths and settings only.
   *
   * @param maxLength no padded length is larger
   * @param lengths the tokens of each sequence; those with none are left out
   */
  static List<MicroBatch> cut(int[] lengths, int maxLength, TrainingSettings settings) {
    Integer[] order = new Integer[lengths.length];
    Arrays.setAll(order, i -> i);
    Arrays.sort(order, (a, b) -> Integer.compare(lengths[b], lengths[a]));
    List<MicroBatch> result = new ArrayList<>();
    List<Integer> members = new ArrayList<>();
    int padded = 0;
    for (int i : order) {
      if (lengths[i] == 0) {
        break;
      }
      if (!members.isEmpty() && (members.size() + 1) * padded > settings.microBatchTokens()) {
        result.add(new MicroBatch(List.copyOf(members), padded));
        members.clear();
      }
      if (members.isEmpty()) {
        int steps = Math.floorDiv(lengths[i] + settings.lengthStep() - 1, settings.lengthStep());
        padded = Math.min(maxLength, steps * settings.lengthStep());
      }
      members.add(i);
    }
    if (!members.isEmpty()) {
      result.add(new MicroBatch(List.copyOf(members), padded));
    }
    return result;
  }
}
