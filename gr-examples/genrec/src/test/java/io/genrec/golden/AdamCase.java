package io.genrec.golden;

import io.genrec.api.graph.Graph;
import io.genrec.api.graph.Parameter;
import io.genrec.api.sequence.Batch;
import io.genrec.engine.model.Model;
import io.genrec.engine.optimizer.Gradient;
import io.genrec.engine.optimizer.GradientSet;
import io.genrec.engine.optimizer.Optimizer;
import io.genrec.engine.optimizer.OptimizerConfig;
import io.genrec.engine.optimizer.ParameterStore;
import io.genrec.engine.optimizer.Schedule;
import io.genrec.engine.runtime.CompiledGraph;
import io.genrec.engine.runtime.SessionSettings;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.apache.arrow.memory.BufferAllocator;

/**
 * Kind {@code train_adamw}: losses and weights of five optimizer steps, once with dense AdamW and
 * once with the replaying form, which is given only the rows of the table that a step touches.
 */
final class AdamCase {
  private static final String TABLE = "embedding/item";

  private AdamCase() {}

  static void check(GoldenCase golden, BufferAllocator memory) {
    check(golden, memory, OptimizerConfig.Name.ADAMW);
    check(golden, memory, OptimizerConfig.Name.REPLAY_ADAMW);
  }

  private static void check(GoldenCase golden, BufferAllocator memory, OptimizerConfig.Name name) {
    Model model = HstuCase.model(golden);
    OptimizerConfig config =
        new OptimizerConfig(
            name, 1e-3, 0.9, 0.98, 1e-8, 1e-3, 0, Schedule.Shape.CONSTANT, 0.1, null);
    Graph graph = ResearchCase.training(golden, model);
    double[] losses = new double[5];
    try (Batch inputs = new Batch(memory);
        Batch outputs = new Batch(memory);
        ParameterStore parameters = new ParameterStore(model.parameters().values(), memory);
        Optimizer optimizer = config.optimizer(parameters, List.of(), 5, memory);
        CompiledGraph compiled = CompiledGraph.of(graph, SessionSettings.cpu())) {
      for (String reference : golden.names("weights")) {
        parameters.copyIn(
            HstuCase.NAMES.name(reference),
            bytes(HstuCase.NAMES.layout(reference, golden.tensor("weights/" + reference))));
      }
      for (int step = 0; step < 5; step++) {
        String prefix = "inputs/step" + step + "_";
        GoldenTensor lengths = golden.tensor(prefix + "past_lengths");
        GoldenTensor ids = golden.tensor(prefix + "past_ids_with_target");
        ResearchCase.tokens(golden, inputs, lengths, ids, golden.tensor(prefix + "timestamps"));
        double total =
            ResearchCase.targets(
                golden, inputs, lengths, ids, golden.tensor(prefix + "negative_ids"));
        long[] touched = touched(inputs);
        optimizer.catchUp(TABLE, touched);
        compiled.run(
            input ->
                inputs.columns().containsKey(input)
                    ? inputs.column(input)
                    : parameters.column(input),
            outputs);
        losses[step] = ResearchCase.reals(outputs.column(Model.LOSS))[0] / total;
        boolean some = name == OptimizerConfig.Name.REPLAY_ADAMW;
        optimizer.step(gradients(model, outputs, touched, some), total, step + 1);
        if (step == 0 || step == 4) {
          optimizer.catchUpAll();
          compareWeights(golden, parameters, "weights_after_" + (step + 1));
        }
      }
    }
    golden.compare(name + " losses", golden.tensor("eval/losses").values(), losses, 1e-5, 1e-5);
  }

  /** The rows of the table that a step reads. */
  private static long[] touched(Batch inputs) {
    TreeSet<Long> rows = new TreeSet<>();
    for (String column : List.of("tokens/item", "targets/item", "negatives/item")) {
      LongBuffer ids = inputs.column(column).bytes().asLongBuffer();
      for (int i = 0; i < ids.limit(); i++) {
        rows.add(ids.get(i));
      }
    }
    return rows.stream().mapToLong(Long::longValue).toArray();
  }

  private static GradientSet gradients(Model model, Batch outputs, long[] touched, boolean some) {
    Map<String, Gradient> gradients = new LinkedHashMap<>();
    for (Parameter parameter : model.parameters().values()) {
      Batch.Column column = outputs.column(Model.GRADIENT + parameter.name());
      if (some && parameter.name().equals(TABLE)) {
        int dim = (int) column.size()[1];
        FloatBuffer whole = column.bytes().asFloatBuffer();
        FloatBuffer rows = outputs.floats("rows", touched.length, dim);
        for (int i = 0; i < touched.length; i++) {
          for (int d = 0; d < dim; d++) {
            rows.put(i * dim + d, whole.get((int) touched[i] * dim + d));
          }
        }
        gradients.put(parameter.name(), new Gradient.Rows(touched, outputs.column("rows")));
      } else {
        gradients.put(parameter.name(), new Gradient.Whole(column));
      }
    }
    return new GradientSet(gradients);
  }

  private static void compareWeights(GoldenCase golden, ParameterStore parameters, String group) {
    for (String reference : golden.names(group)) {
      GoldenTensor expected =
          HstuCase.NAMES.layout(reference, golden.tensor(group + "/" + reference));
      double[] actual = ResearchCase.reals(parameters.column(HstuCase.NAMES.name(reference)));
      golden.compare(group + " " + reference, expected.values(), actual, 2e-5, 1e-4);
    }
  }

  private static ByteBuffer bytes(GoldenTensor tensor) {
    ByteBuffer bytes =
        ByteBuffer.allocateDirect(tensor.values().length * Float.BYTES)
            .order(ByteOrder.nativeOrder());
    for (double value : tensor.values()) {
      bytes.putFloat((float) value);
    }
    return bytes.flip();
  }
}
