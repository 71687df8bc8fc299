package io.genrec.golden;

import io.genrec.api.sequence.Schema;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import org.apache.arrow.memory.BufferAllocator;

/** Kind {@code positional_encoder}: where tokens stand, and how long before the request. */
final class PositionCase {
  private PositionCase() {}

  static void check(GoldenCase golden, BufferAllocator memory) {
    Sequences sequences = Sequences.of(golden, golden.number("contextual_seq_len"));
    StuCase.offsets(golden, "inputs/offsets", sequences);
    check(golden, "output_sqrt", "sqrt", sequences.candidates(), memory);
    check(golden, "output_log", "log", sequences.candidates(), memory);
    // A target that is followed by its action is two tokens, and both stand where targets do.
    String interleaved = "output_interleave_targets_nt_";
    for (String name : golden.names("eval")) {
      if (name.startsWith(interleaved)) {
        String[] targets = name.substring(interleaved.length()).split("_", -1);
        int[] twice = Arrays.stream(targets).mapToInt(n -> 2 * Integer.parseInt(n)).toArray();
        check(golden, name, "sqrt", twice, memory);
      }
    }
  }

  private static void check(
      GoldenCase golden, String output, String time, int[] candidates, BufferAllocator memory) {
    long[] times =
        Arrays.stream(golden.tensor("inputs/timestamps").values())
            .mapToLong(t -> (long) t)
            .toArray();
    Sequences given = Sequences.of(golden, golden.number("contextual_seq_len"));
    Sequences sequences = new Sequences(given.lengths(), given.context(), candidates, times);
    Map<String, Object> options = new TreeMap<>();
    options.put("position", "from-end");
    options.put("positionBuckets", golden.number("num_position_buckets"));
    options.put("time", time);
    options.put("timeBuckets", golden.number("num_time_buckets"));
    int length = golden.number("max_seq_len");
    Schema schema = StuModel.schema(golden, length, length);
    try (StuModel stu = StuModel.encoder(schema, options, memory)) {
      stu.rows(golden.tensor("inputs/x"));
      stu.put("position", golden.tensor("weights/_position_embeddings_weight"));
      stu.put("time", golden.tensor("weights/_timestamp_embeddings_weight"));
      stu.sequences(sequences);
      stu.inspect(tokens -> stu.model().encoder().input(tokens));
      golden.compare(
          output,
          golden.tensor("eval/" + output).values(),
          stu.jagged("out", sequences),
          2e-5,
          1e-4);
    }
  }
}
