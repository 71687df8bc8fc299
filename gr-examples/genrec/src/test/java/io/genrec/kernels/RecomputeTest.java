package io.genrec.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import io.genrec.api.config.StrictConfig;
import io.genrec.api.graph.Dim;
import io.genrec.api.graph.ElementType;
import io.genrec.api.graph.Graph;
import io.genrec.api.graph.TensorType;
import io.genrec.api.sequence.Batch;
import io.genrec.api.sequence.Schema;
import io.genrec.api.training.Sampler.Sharing;
import io.genrec.engine.model.Model;
import io.genrec.engine.program.Program;
import io.genrec.engine.program.Recompute;
import io.genrec.engine.program.Step;
import io.genrec.engine.runtime.SessionSettings;
import io.genrec.transformer.Llama;
import io.genrec.transformer.LlamaConfig;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** Training graphs whose gradients compute matrices of pairs again. */
class RecomputeTest {
  private static final int LENGTH = 19;

  @Test
  void gradientsOfHstuHaveTheSameBits() {
    requireSame(HstuKernelTest.model("{\"heads\": 2}", 8, TrainingGraph.EVENTS), 0);
    requireSame(HstuKernelTest.model("{\"heads\": 2}", 8, TrainingGraph.WITH_CANDIDATES), 4);
  }

  @Test
  void gradientsOfTheLlamaFormHaveTheSameBits() {
    Schema schema = TrainingGraph.schema(8);
    LlamaConfig config =
        StrictConfig.parse("test", "{\"blocks\": 2, \"heads\": 2}").as(LlamaConfig.class);
    requireSame(new Model("llama", schema, scope -> new Llama().create(config, scope, schema)), 0);
  }

  private static void requireSame(Model model, int candidates) {
    Graph graph = model.training(TrainingGraph.LOSS, Sharing.POSITION, false);
    Consumer<Batch> inputs =
        batch -> TrainingGraph.fill(batch, model, LENGTH, candidates, new Random(3));
    Map<String, float[]> kept = BuiltKernels.outputs(graph, SessionSettings.cpu(), inputs);
    Map<String, float[]> again =
        BuiltKernels.outputs(graph, SessionSettings.cpu().recompute(true), inputs);
    assertThat(again.keySet()).isEqualTo(kept.keySet());
    kept.forEach((name, values) -> assertThat(again.get(name)).as(name).containsExactly(values));

    Program whole = Program.of(graph);
    assertThat(keptPairs(whole)).isPositive();
    assertThat(keptPairs(Recompute.rewrite(whole))).isZero();
  }

  /** The real values of pairs of each sequence that are made forward and read backward. */
  private static long keptPairs(Program program) {
    Map<String, Step> makers = new HashMap<>();
    program.steps().forEach(step -> step.outputs().forEach(name -> makers.put(name, step)));
    return program.steps().stream()
        .filter(step -> step.scope().startsWith("gradient/"))
        .flatMap(step -> step.inputs().stream())
        .distinct()
        .filter(
            value -> {
              Step maker = makers.get(value);
              return maker != null
                  && !maker.scope().startsWith("gradient/")
                  && !value.startsWith("#again/")
                  && ofPairs(maker.types().get(maker.outputs().indexOf(value)));
            })
        .count();
  }

  private static boolean ofPairs(TensorType type) {
    List<Dim> dims = type.shape().dims();
    return type.element() == ElementType.FLOAT
        && dims.contains(Dim.of("batch"))
        && Collections.frequency(dims, Dim.of("length")) > 1;
  }
}
