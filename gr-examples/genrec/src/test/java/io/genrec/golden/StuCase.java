package io.genrec.golden;

import io.genrec.api.encoder.EncoderBlock;
import io.genrec.api.encoder.Memory;
import io.genrec.api.encoder.Part;
import io.genrec.api.graph.Dim;
import io.genrec.api.graph.ElementType;
import io.genrec.api.graph.Graph;
import io.genrec.api.graph.Tensor;
import io.genrec.api.sequence.Schema;
import io.genrec.api.sequence.TokenContext;
import io.genrec.api.training.Loss;
import io.genrec.api.training.Sampler.Sharing;
import io.genrec.engine.model.Model;
import java.util.List;
import java.util.Map;
import org.apache.arrow.memory.BufferAllocator;

/** Kind {@code stu}: layers forward, their mask, and the gradients of inputs and weights. */
final class StuCase {
  private StuCase() {}

  static void check(GoldenCase golden, BufferAllocator memory) {
    int maxLength = golden.number("max_seq_len");
    Sequences sequences = Sequences.of(golden, golden.number("contextual_seq_len"));
    offsets(golden, "inputs/offsets", sequences);
    Map<String, Object> options = StuModel.options(golden);
    Schema schema = StuModel.schema(golden, maxLength, maxLength);
    try (StuModel stu = StuModel.layers(schema, options, 0, memory)) {
      stu.rows(golden.tensor("inputs/x"));
      for (String name : golden.names("weights")) {
        stu.put(StuModel.name(name), golden.tensor("weights/" + name));
      }
      stu.sequences(sequences);
      forward(golden, stu, sequences);
      mask(golden, "mask/valid_attn_mask", stu, sequences);
      gradients(golden, stu, sequences);
    }
  }

  private static void forward(GoldenCase golden, StuModel stu, Sequences sequences) {
    stu.inspect(tokens -> stu.model().encoder().encode(tokens));
    double[] outputs = stu.jagged("out", sequences);
    golden.compare("output", golden.tensor("eval/output").values(), outputs, 2e-5, 1e-4);
    for (int layer = 0; golden.has("intermediate/layer" + layer + "_output"); layer++) {
      String path = "intermediate/layer" + layer + "_output";
      int count = layer + 1;
      stu.inspect(tokens -> after(stu.model(), count, tokens));
      golden.compare(path, golden.tensor(path).values(), stu.jagged("out", sequences), 2e-5, 1e-4);
    }
  }

  /** What the first layers give. */
  private static Tensor after(Model model, int layers, TokenContext tokens) {
    Tensor x = model.encoder().input(tokens);
    for (EncoderBlock block : model.encoder().blocks().subList(0, layers)) {
      var own = block.project(x, tokens);
      List<Part> parts = List.of(new Part(own.memory(), tokens.pairs()));
      x = block.transform(x, block.aggregate(own.queries(), parts), own, tokens);
    }
    return x;
  }

  private static void gradients(GoldenCase golden, StuModel stu, Sequences sequences) {
    int dim = stu.model().schema().dim();
    stu.tokens("dout", golden.tensor("inputs/dout"), sequences);
    Loss loss =
        context -> {
          Tensor out = context.outputs();
          Object[] dims = out.shape().dims().toArray();
          return out.times(out.graph().input("dout", ElementType.FLOAT, dims)).sumAll();
        };
    stu.run(stu.model().training(loss, Sharing.POSITION, false));
    for (String name : golden.names("grads")) {
      double[] expected = golden.tensor("grads/" + name).values();
      double[] gradient =
          name.equals("x")
              ? withoutNone(stu.get(Model.GRADIENT + "embedding/item"), dim)
              : stu.get(Model.GRADIENT + "stu/" + StuModel.name(name));
      golden.compareScaled("gradient of " + name, expected, gradient, 1e-4);
    }
  }

  private static double[] withoutNone(double[] table, int dim) {
    double[] rows = new double[table.length - dim];
    System.arraycopy(table, dim, rows, 0, rows.length);
    return rows;
  }

  /**
   * Compares which keys the first layer's queries see. All products are alike and value j is the
   * j-th unit vector, so entry j of what a query takes tells whether it saw key j.
   */
  static void mask(GoldenCase golden, String path, StuModel stu, Sequences sequences) {
    GoldenTensor expected = golden.tensor(path);
    int keys = sequences.longest();
    double[] units = new double[sequences.count() * keys * keys];
    for (int i = 0; i < sequences.count() * keys; i++) {
      units[i * keys + i % keys] = 1;
    }
    stu.reals("units", units, sequences.count(), keys, 1, keys);
    stu.inspect(tokens -> taken(stu.model(), tokens, keys));
    double[] taken = stu.jagged("out", sequences);
    double[] known = new double[taken.length];
    double one = taken[0]; // a token sees itself
    int row = 0;
    for (int b = 0; b < sequences.count(); b++) {
      for (int i = 0; i < sequences.length(b); i++, row++) {
        for (int j = 0; j < sequences.length(b); j++) {
          known[row * keys + j] = expected.at(b, i, j);
        }
        for (int j = 0; j < keys; j++) {
          // No token sees padding, of which the reference's mask says nothing.
          taken[row * keys + j] /= one;
        }
      }
    }
    golden.compare(path, known, taken, 1e-6, 0);
  }

  private static Tensor taken(Model model, TokenContext tokens, int keys) {
    Graph graph = tokens.graph();
    Tensor units = graph.input("units", ElementType.FLOAT, "batch", "length", 1, keys);
    Tensor ones = graph.filled(units.shape().with(-1, Dim.ONE), 1);
    EncoderBlock layer = model.encoder().blocks().get(0);
    return layer.aggregate(ones, List.of(new Part(Memory.of(ones, units), tokens.pairs())));
  }

  /** Offsets say where each sequence begins. */
  static void offsets(GoldenCase golden, String path, Sequences sequences) {
    GoldenTensor offsets = golden.tensor(path);
    for (int b = 0; b < sequences.count(); b++) {
      if (offsets.whole(b + 1) - offsets.whole(b) != sequences.length(b)) {
        throw new AssertionError("offsets and lengths of sequence " + b + " differ");
      }
    }
  }
}
