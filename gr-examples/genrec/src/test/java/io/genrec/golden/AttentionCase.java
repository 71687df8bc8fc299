package io.genrec.golden;

import io.genrec.api.encoder.EncoderBlock;
import io.genrec.api.encoder.Memory;
import io.genrec.api.encoder.Part;
import io.genrec.api.graph.ElementType;
import io.genrec.api.graph.Graph;
import io.genrec.api.graph.Tensor;
import io.genrec.api.sequence.Schema;
import io.genrec.api.sequence.TokenContext;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.arrow.memory.BufferAllocator;

/** Kinds {@code attn_masks} and {@code hstu_mha_op}: an STU layer's attention alone. */
final class AttentionCase {
  private AttentionCase() {}

  /** Settings as the files name them, for example {@code t1_maxattn3_ctx2_minfull0}. */
  private record Setting(boolean candidates, int window, int context, int full) {
    static Setting of(String name) {
      return new Setting(
          name.startsWith("t1_") || name.startsWith("targets"),
          number(name, "maxattn"),
          number(name, "ctx"),
          number(name, "minfull"));
    }

    private static int number(String name, String key) {
      Matcher matcher = Pattern.compile(key + "(\\d+)").matcher(name);
      return matcher.find() ? Integer.parseInt(matcher.group(1)) : 0;
    }

    Map<String, Object> options() {
      Map<String, Object> options = new TreeMap<>();
      options.put("blocks", 1);
      options.put("heads", 1);
      options.put("maxAttention", window);
      // The reference reads it only with a limit that it lifts.
      options.put("minFullAttention", window == 0 ? 0 : full);
      options.put("contextSeesHistory", context > 0);
      return options;
    }

    Sequences sequences(int[] lengths, int[] targets) {
      return new Sequences(
          lengths, context, candidates ? targets : new int[lengths.length], new long[0]);
    }
  }

  /** Kind {@code attn_masks}: who sees whom. */
  static void masks(GoldenCase golden, BufferAllocator memory) {
    int[] lengths = Sequences.whole(golden.tensor("inputs/lengths"));
    int[] targets = Sequences.whole(golden.tensor("inputs/num_targets"));
    int length = golden.number("N");
    for (String name : golden.names("mask")) {
      Setting setting = Setting.of(name);
      Sequences sequences = setting.sequences(lengths, targets);
      Schema schema =
          new Schema(
              List.of(new Schema.Feature(Schema.ITEM, sequences.tokens(), 4)), length, length);
      try (StuModel stu = StuModel.layers(schema, setting.options(), 0, memory)) {
        stu.sequences(sequences);
        StuCase.mask(golden, "mask/" + name, stu, sequences);
      }
    }
  }

  /** Kind {@code hstu_mha_op}: what queries take from keys and values. */
  static void attention(GoldenCase golden, BufferAllocator memory) {
    int length = golden.number("max_seq_len");
    GoldenTensor offsets = golden.tensor("inputs/seq_offsets");
    int[] lengths = new int[offsets.shape()[0] - 1];
    for (int b = 0; b < lengths.length; b++) {
      lengths[b] = (int) (offsets.whole(b + 1) - offsets.whole(b));
    }
    int[] targets = Sequences.whole(golden.tensor("inputs/num_targets"));
    GoldenTensor scale = golden.tensor("inputs/attn_scale");
    for (String name : golden.names("eval")) {
      boolean scaled = name.equals("attn_scale");
      Setting setting = Setting.of(name);
      Sequences sequences = setting.sequences(lengths, targets);
      Schema schema =
          new Schema(
              List.of(new Schema.Feature(Schema.ITEM, sequences.tokens(), 4)), length, length);
      Map<String, Object> options = setting.options();
      options.put("attentionAlpha", golden.meta("alpha").doubleValue());
      try (StuModel stu = StuModel.layers(schema, options, 0, memory)) {
        stu.sequences(sequences);
        for (String input : List.of("q", "k", "v")) {
          stu.tokens(input, golden.tensor("inputs/" + input), sequences);
        }
        stu.inspect(tokens -> taken(golden, stu, tokens));
        double[] taken = stu.jagged("out", sequences);
        if (scaled) {
          // A factor of each query takes the place of 1/N, which lies outside of the sum.
          int width = taken.length / sequences.tokens();
          for (int i = 0; i < taken.length; i++) {
            taken[i] *= length * scale.at(i / width);
          }
        }
        golden.compare(name, golden.tensor("eval/" + name).values(), taken, 2e-5, 1e-4);
      }
    }
  }

  private static Tensor taken(GoldenCase golden, StuModel stu, TokenContext tokens) {
    Graph graph = tokens.graph();
    Tensor[] given = new Tensor[3];
    List<String> names = List.of("q", "k", "v");
    for (int i = 0; i < given.length; i++) {
      int[] shape = golden.tensor("inputs/" + names.get(i)).shape();
      given[i] =
          graph.input(names.get(i), ElementType.FLOAT, "batch", "length", shape[1], shape[2]);
    }
    EncoderBlock layer = stu.model().encoder().blocks().get(0);
    return layer.aggregate(
        given[0], List.of(new Part(Memory.of(given[1], given[2]), tokens.pairs())));
  }
}
