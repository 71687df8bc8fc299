package io.genrec.golden;

import io.genrec.api.sequence.Role;
import java.util.Arrays;

/**
 * The sequences of a golden file: context, then events, then candidates ("targets").
 *
 * @param lengths the tokens of each
 * @param context the tokens of context of each
 * @param candidates the candidates of each
 * @param times of all tokens one after another; empty if they play no part
 */
@SuppressWarnings("ArrayRecordComponent")
record Sequences(int[] lengths, int context, int[] candidates, long[] times) {
  /** Those of {@code inputs/lengths} and {@code inputs/num_targets}. */
  static Sequences of(GoldenCase golden, int context) {
    return new Sequences(
        whole(golden.tensor("inputs/lengths")),
        context,
        whole(golden.tensor("inputs/num_targets")),
        new long[0]);
  }

  static int[] whole(GoldenTensor tensor) {
    return Arrays.stream(tensor.values()).mapToInt(value -> (int) value).toArray();
  }

  int count() {
    return lengths.length;
  }

  int length(int sequence) {
    return lengths[sequence];
  }

  int tokens() {
    return Arrays.stream(lengths).sum();
  }

  int longest() {
    return Arrays.stream(lengths).max().orElse(0);
  }

  Role role(int sequence, int slot) {
    if (slot >= lengths[sequence] - candidates[sequence]) {
      return Role.CANDIDATE;
    }
    return slot < context ? Role.CONTEXT : Role.EVENT;
  }

  long time(int token) {
    return times.length == 0 ? 0 : times[token];
  }
}
