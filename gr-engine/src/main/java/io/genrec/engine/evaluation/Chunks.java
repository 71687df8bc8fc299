package io.genrec.engine.evaluation;

import io.genrec.engine.runtime.Device;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * How questions run together: those of like length, so that little is padded, and not too many.
 *
 * @param cells bounds a run's matrices
 * @param tokens bounds a run's tokens
 */
record Chunks(long cells, long tokens) {
  private static final int MAX_SEQUENCES = 64;

  /** What is made of so many tokens stays near a processor; a device wants as many as there are. */
  private static final long NEAR = 1 << 11;

  static Chunks on(Device device, long cells) {
    return new Chunks(cells, device.cuda() ? Long.MAX_VALUE : NEAR);
  }

  /**
   * The numbers of the questions of each run, longest first; those without tokens are left out.
   *
   * @param lengths the tokens of each question
   * @param width a sequence's matrix has as many cells, or as many as there are pairs of its tokens
   */
  List<List<Integer>> of(int[] lengths, long width) {
    List<Integer> order =
        IntStream.range(0, lengths.length)
            .boxed()
            .filter(i -> lengths[i] > 0)
            .sorted((a, b) -> Integer.compare(lengths[b], lengths[a]))
            .toList();
    List<List<Integer>> chunks = new ArrayList<>();
    for (int from = 0; from < order.size(); from += chunks.get(chunks.size() - 1).size()) {
      long longest = lengths[order.get(from)];
      long most = Math.min(tokens / longest, cells / Math.max(width, longest * longest));
      int size = (int) Math.max(1, Math.min(MAX_SEQUENCES, most));
      chunks.add(order.subList(from, Math.min(order.size(), from + size)));
    }
    return chunks;
  }
}
