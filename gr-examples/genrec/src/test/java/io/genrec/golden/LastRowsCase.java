package io.genrec.golden;

import io.genrec.api.sequence.Schema;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import org.apache.arrow.memory.BufferAllocator;

/** Kind {@code l2stu}: a layer that context, the history's last tokens and candidates enter. */
final class LastRowsCase {
  private LastRowsCase() {}

  static void check(GoldenCase golden, BufferAllocator memory) {
    Sequences sequences = Sequences.of(golden, golden.number("contextual_seq_len"));
    int last = golden.number("max_l2_len");
    int[] uvqk = golden.tensor("weights/_stu._uvqk_weight").shape();
    int heads = settings(golden, "heads");
    int dv = settings(golden, "hidden_dim");
    Map<String, Object> options = new TreeMap<>();
    options.put("blocks", 2);
    options.put("lastLayers", 1);
    options.put("lastTokens", last);
    options.put("heads", heads);
    options.put("dv", dv);
    options.put("dqk", uvqk[1] / (2 * heads) - dv);
    // The reference divides by what can enter: the last tokens, context and the most targets.
    int room = sequences.context() + Arrays.stream(sequences.candidates()).max().orElse(0);
    int length = golden.number("max_seq_len");
    Schema schema = StuModel.schema(golden, length - room, length);
    // The layer is a model's second; the first, which all rows enter, is left out.
    try (StuModel stu = StuModel.layers(schema, options, 1, memory)) {
      stu.rows(golden.tensor("inputs/x"));
      for (String name : golden.names("weights")) {
        String ours = StuModel.name(name.replace("_stu.", "_stu_layers.1."));
        stu.put(ours, golden.tensor("weights/" + name));
      }
      stu.sequences(sequences);
      stu.inspect(tokens -> stu.model().encoder().encode(tokens));
      golden.compare(
          "output",
          golden.tensor("eval/output").values(),
          stu.jagged("out", sequences),
          2e-5,
          1e-4);
    }
  }

  /** A number after a name in the description of the layer. */
  private static int settings(GoldenCase golden, String name) {
    String text = golden.meta("inner").asText();
    String rest = text.substring(text.indexOf(name + " ") + name.length() + 1);
    return Integer.parseInt(rest.split("[^0-9]", 2)[0]);
  }
}
