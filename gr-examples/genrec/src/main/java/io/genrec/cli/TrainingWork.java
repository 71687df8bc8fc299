package io.genrec.cli;

import io.genrec.api.sequence.Histories;
import io.genrec.api.training.Loss;
import io.genrec.api.training.Sampler;
import io.genrec.api.training.SamplerContext;
import io.genrec.engine.program.Program;
import io.genrec.engine.run.RunConfig;
import io.genrec.engine.run.TrainingData;
import io.genrec.engine.run.TrainingRun;
import io.genrec.engine.wiring.Registry;
import java.util.Map;
import java.util.TreeMap;

/** How much work a training is, whatever does it. */
final class TrainingWork {
  private TrainingWork() {}

  /**
   * The additions and multiplications of all matrix products, forward and backward, each sequence
   * as long as it is: what padding adds is not counted.
   */
  static double operations(
      TrainingRun run, RunConfig config, TrainingData data, Registry registry) {
    Loss loss = registry.loss(config.loss());
    Sampler sampler = registry.sampler(config.sampler(), new SamplerContext(data.counts()));
    Program step = Program.of(run.model().training(loss, sampler.sharing(), true));
    Map<Integer, Integer> lengths = new TreeMap<>();
    Histories examples = data.training();
    for (int i = 0; i < examples.size(); i++) {
      lengths.merge(run.task().trainingLength(examples.get(i)), 1, Integer::sum);
    }
    double pass = 0;
    for (Map.Entry<Integer, Integer> length : lengths.entrySet()) {
      Map<String, Long> sizes =
          Map.of(
              "batch", 1L, "length", (long) length.getKey(), "negatives", (long) sampler.count());
      pass += length.getValue() * MatMulWork.operations(step, name -> sizes.getOrDefault(name, 0L));
    }
    return config.epochs() * pass;
  }
}
