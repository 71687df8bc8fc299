package io.genrec.golden;

import io.genrec.api.sequence.Schema;
import io.genrec.api.sequence.TokenRow;
import io.genrec.engine.model.CachedGraphs;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.IntBinaryOperator;
import java.util.stream.DoubleStream;
import org.apache.arrow.memory.BufferAllocator;

/**
 * Kind {@code stu_cached_delta}: histories computed once, then candidates against their memory, all
 * at once and in micro-batches.
 *
 * <p>The reference divides attention by the longest sequence of a call, so its micro-batches over
 * cached histories ({@code microbatch_naturalN}) differ from its own single pass by up to 0.35.
 * Here N is a constant of the model and they are equal. The reference's numbers still follow, from
 * two models of the same weights: one with the N of its call for the histories, one with the N of
 * its calls for candidates.
 */
final class StuCacheCase {
  private final GoldenCase golden;
  private final BufferAllocator memory;
  private final GoldenTensor x;
  private final int[] offsets;
  private final int[] histories;
  private final int candidates;
  private final int users;

  private StuCacheCase(GoldenCase golden, BufferAllocator memory) {
    this.golden = golden;
    this.memory = memory;
    x = golden.tensor("inputs/x");
    offsets = Sequences.whole(golden.tensor("inputs/offsets"));
    histories = Sequences.whole(golden.tensor("inputs/uih_lengths"));
    candidates = golden.number("num_candidates");
    users = histories.length;
  }

  static void check(GoldenCase golden, BufferAllocator memory) {
    StuCacheCase check = new StuCacheCase(golden, memory);
    check.withOneN();
    check.withTheNumberOfEachCall();
  }

  private void withOneN() {
    int micro = golden.number("micro_batch_size");
    try (StuModel stu = model(golden.number("max_seq_len"))) {
      inOnePass(stu);
      Map<String, double[][]> cache = history(stu);
      memories(stu, cache);
      delta(stu, cache);
      compare("full_candidates", score(stu, cache, candidates));
      compare("microbatch_sameN", score(stu, cache, micro));
    }
  }

  private void withTheNumberOfEachCall() {
    int first = golden.meta("natural_max_seq_len").get(0).intValue();
    int then = golden.meta("natural_max_seq_len").get(1).intValue();
    int micro = golden.number("micro_batch_size");
    double[] otherwise = golden.tensor("eval/microbatch_sameN").values();
    double[] natural;
    try (StuModel call = model(first);
        StuModel calls = model(then)) {
      natural = score(calls, history(call), micro);
    }
    compare("microbatch_naturalN", natural);
    double difference = 0;
    for (int i = 0; i < natural.length; i++) {
      difference = Math.max(difference, Math.abs(natural[i] - otherwise[i]));
    }
    if (difference < 0.1) {
      throw new AssertionError("another N must show, but changes outputs by " + difference);
    }
  }

  private StuModel model(int maxLength) {
    Schema schema = StuModel.schema(golden, maxLength, maxLength);
    StuModel stu = StuModel.layers(schema, StuModel.options(golden), 0, memory);
    for (String name : golden.names("weights")) {
      stu.put(StuModel.name(name), golden.tensor("weights/" + name));
    }
    return stu.rows(x);
  }

  private void compare(String name, double[] actual) {
    golden.compare(name, golden.tensor("eval/" + name).values(), actual, 2e-5, 1e-4);
  }

  private void inOnePass(StuModel stu) {
    Sequences sequences = Sequences.of(golden, golden.number("contextual_seq_len"));
    StuCase.offsets(golden, "inputs/offsets", sequences);
    stu.sequences(sequences);
    stu.inspect(tokens -> stu.model().encoder().encode(tokens));
    compare("full_output", stu.jagged("out", sequences));
  }

  /** Computes histories: the outputs and, by name, the memory of each user's tokens. */
  private Map<String, double[][]> history(StuModel stu) {
    write(stu, new int[users], histories);
    CachedGraphs graphs = stu.model().cached();
    stu.run(graphs.prefill());
    return given(stu, graphs, histories);
  }

  /**
   * Computes the first candidates as if each alone followed on the history, and compares what the
   * reference caches of histories and those candidates.
   */
  private void memories(StuModel stu, Map<String, double[][]> history) {
    int[] prefilled = Sequences.whole(golden.tensor("inputs/prefill_lengths"));
    Map<String, double[][]> all = new LinkedHashMap<>(history);
    CachedGraphs graphs = stu.model().cached();
    for (int c = 0; c < prefilled[0] - histories[0]; c++) {
      int[] from = new int[users];
      int[] to = new int[users];
      for (int b = 0; b < users; b++) {
        from[b] = histories[b] + c;
        to[b] = from[b] + 1;
      }
      cached(stu, graphs, history);
      write(stu, from, to);
      stu.run(graphs.extend());
      given(stu, graphs, same(1))
          .forEach((name, rows) -> all.merge(name, rows, StuCacheCase::joined));
    }
    compare("prefill_output", flat(rows(all, CachedGraphs.OUTPUTS)));
    for (String name : golden.names("cache")) {
      String ours = name.replace("_k", "/key").replace("_v", "/value");
      GoldenTensor expected = golden.tensor("cache/" + name);
      golden.compare(name, expected.values(), flat(rows(all, ours)), 2e-5, 1e-4);
    }
  }

  /** The last candidates, whose rows are given once more. */
  private void delta(StuModel stu, Map<String, double[][]> history) {
    GoldenTensor rows = golden.tensor("inputs/delta_x");
    int size = golden.number("delta_size");
    stu.rows(rows);
    compare("delta_output", score(stu, history, size, size, (b, c) -> b * size + c));
    stu.rows(x);
  }

  private double[] score(StuModel stu, Map<String, double[][]> history, int micro) {
    return score(stu, history, candidates, micro, (b, c) -> offsets[b] + histories[b] + c);
  }

  /**
   * Computes candidates after their histories.
   *
   * @param total how many of each user
   * @param micro how many of them at once
   * @param row the table's row of a user's candidate
   * @return the outputs of all candidates, user by user
   */
  private double[] score(
      StuModel stu, Map<String, double[][]> history, int total, int micro, IntBinaryOperator row) {
    CachedGraphs graphs = stu.model().cached();
    double[][] outputs = new double[users][0];
    for (int c = 0; c < total; c += micro) {
      cached(stu, graphs, history);
      LongBuffer lengths = stu.inputs().longs("sequence/history", users);
      LongBuffer items = stu.inputs().longs("candidates/item", users, micro);
      ByteBuffer valid = stu.inputs().truths("candidates/valid", users, micro);
      for (int b = 0; b < users; b++) {
        lengths.put(histories[b]);
        for (int i = 0; i < micro; i++) {
          items.put(row.applyAsInt(b, c + i) + 1);
          valid.put((byte) 1);
        }
      }
      stu.run(graphs.score());
      outputs = joined(outputs, perUser(stu, CachedGraphs.OUTPUTS, same(micro)));
    }
    return flat(outputs);
  }

  /** Gives the tokens from one place to another of each user. */
  private void write(StuModel stu, int[] from, int[] to) {
    int longest = 0;
    for (int b = 0; b < users; b++) {
      longest = Math.max(longest, to[b] - from[b]);
    }
    TokenRow row = new TokenRow(stu.inputs(), users, longest, List.of(Schema.ITEM), List.of());
    for (int b = 0; b < users; b++) {
      row.at(b);
      for (int i = from[b]; i < to[b]; i++) {
        row.token(i - from[b], 0, 0).feature(Schema.ITEM, i - from[b], offsets[b] + i + 1);
      }
    }
  }

  /** Gives the memory of histories. */
  private void cached(StuModel stu, CachedGraphs graphs, Map<String, double[][]> history) {
    int longest = Arrays.stream(histories).max().orElse(0);
    LongBuffer lengths = stu.inputs().longs("cached/length", users);
    Arrays.stream(histories).forEach(lengths::put);
    graphs
        .memory()
        .forEach(
            (name, type) -> {
              long heads = type.shape().dim(2).size();
              long width = type.shape().dim(3).size();
              String input = "cached/" + name;
              FloatBuffer rows = stu.inputs().floats(input, users, longest, heads, width);
              for (int b = 0; b < users; b++) {
                rows.position((int) (b * longest * heads * width));
                for (double value : rows(history, name)[b]) {
                  rows.put((float) value);
                }
              }
            });
  }

  /** What a graph gave of each user's tokens: its outputs, and their memory by name. */
  private Map<String, double[][]> given(StuModel stu, CachedGraphs graphs, int[] counts) {
    Map<String, double[][]> given = new LinkedHashMap<>();
    given.put(CachedGraphs.OUTPUTS, perUser(stu, CachedGraphs.OUTPUTS, counts));
    for (String name : graphs.memory().keySet()) {
      given.put(name, perUser(stu, "memory/" + name, counts));
    }
    return given;
  }

  private double[][] perUser(StuModel stu, String output, int[] counts) {
    double[] all = stu.get(output);
    int length = Arrays.stream(counts).max().orElse(0);
    int width = all.length / (users * length);
    double[][] rows = new double[users][];
    for (int b = 0; b < users; b++) {
      int first = b * length * width;
      rows[b] = Arrays.copyOfRange(all, first, first + counts[b] * width);
    }
    return rows;
  }

  private static double[][] rows(Map<String, double[][]> given, String name) {
    return Objects.requireNonNull(given.get(name), name);
  }

  private int[] same(int count) {
    int[] counts = new int[users];
    Arrays.fill(counts, count);
    return counts;
  }

  private static double[][] joined(double[][] a, double[][] b) {
    double[][] both = new double[a.length][];
    for (int user = 0; user < both.length; user++) {
      both[user] = DoubleStream.concat(Arrays.stream(a[user]), Arrays.stream(b[user])).toArray();
    }
    return both;
  }

  private static double[] flat(double[][] perUser) {
    return Arrays.stream(perUser).flatMapToDouble(Arrays::stream).toArray();
  }
}
