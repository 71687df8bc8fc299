package io.genrec.testkit;

import io.genrec.api.sequence.Batch;
import io.genrec.api.sequence.Schema;
import io.genrec.api.training.Loss;
import io.genrec.api.training.Sampler.Sharing;
import io.genrec.engine.loss.FullSoftmax;
import io.genrec.engine.model.Model;
import io.genrec.engine.onnx.Precision;
import io.genrec.engine.optimizer.Gradient;
import io.genrec.engine.optimizer.GradientSet;
import io.genrec.engine.optimizer.Optimizer;
import io.genrec.engine.optimizer.OptimizerConfig;
import io.genrec.engine.optimizer.ParameterStore;
import io.genrec.engine.runtime.CompiledGraph;
import io.genrec.engine.runtime.SessionSettings;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * Rule 12. From first values, Adam brings the softmax loss of random targets near 0 on one batch,
 * without dropout: signal and gradient pass through.
 */
final class OverfitRule implements Rule<EncoderBench> {
  static final String TITLE = "rule 12: one batch can be overfitted";

  private static final int STEPS = 300;
  private static final double RATE = 0.02;

  /** A mean loss of 0.1 gives each target nine tenths of the softmax. */
  private static final double NEAR_ZERO = 0.1;

  @Override
  public String title() {
    return TITLE;
  }

  @Override
  public void check(EncoderBench bench) {
    Model model = bench.all().model();
    Loss loss = new FullSoftmax().create(new FullSoftmax.Config(true, 0.05, 1e-6));
    var graph = model.training(loss, Sharing.POSITION, false);
    try (Batch inputs = new Batch(bench.memory());
        Batch outputs = new Batch(bench.memory());
        ParameterStore values = new ParameterStore(graph.parameters().values(), bench.memory());
        CompiledGraph compiled = CompiledGraph.of(graph, SessionSettings.cpu());
        Optimizer adam =
            OptimizerConfig.adamw(RATE).optimizer(values, List.of(), STEPS, bench.memory())) {
      values.initialise(1);
      int positions = write(bench, inputs);
      double first = Double.NaN;
      double mean = Double.NaN;
      for (int step = 1; step <= STEPS; step++) {
        compiled.run(
            name -> inputs.columns().containsKey(name) ? inputs.column(name) : values.column(name),
            outputs);
        mean = Session.values(outputs.column(Model.LOSS), Precision.FLOAT32)[0] / positions;
        if (step == 1) {
          first = mean;
        }
        if (mean < NEAR_ZERO) {
          return;
        }
        Map<String, Gradient> gradients = new LinkedHashMap<>();
        for (String name : graph.parameters().keySet()) {
          gradients.put(name, new Gradient.Whole(outputs.column(Model.GRADIENT + name)));
        }
        adam.step(new GradientSet(gradients), positions, step);
      }
      throw new AssertionError(
          "the mean loss of "
              + positions
              + " positions is "
              + first
              + " at first and still "
              + mean
              + " after "
              + STEPS
              + " steps of Adam (rate "
              + RATE
              + "); expected below "
              + NEAR_ZERO);
    }
  }

  /** Writes the batch, with random targets; gives the number of positions that count. */
  private static int write(EncoderBench bench, Batch inputs) {
    List<Sequence> batch = bench.sequences();
    int padded = EncoderBench.MAX_LENGTH;
    new TokenColumns(inputs, bench.schema()).write(batch, padded);
    LongBuffer targets = inputs.longs("targets/" + Schema.ITEM, batch.size(), padded);
    FloatBuffer weights = inputs.floats("targets/weight", batch.size(), padded);
    SplittableRandom random = new SplittableRandom(11);
    int positions = 0;
    for (int b = 0; b < batch.size(); b++) {
      for (int i = 0; i < batch.get(b).length(); i++) {
        if (bench.supervises(batch.get(b), i)) {
          targets.put(b * padded + i, 1 + random.nextInt(EncoderBench.ITEMS));
          weights.put(b * padded + i, 1);
          positions++;
        }
      }
    }
    return positions;
  }
}
