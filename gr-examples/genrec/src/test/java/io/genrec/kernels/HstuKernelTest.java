package io.genrec.kernels;

import static io.genrec.kernels.TrainingGraph.EVENTS;
import static io.genrec.kernels.TrainingGraph.LOSS;
import static io.genrec.kernels.TrainingGraph.WITH_CANDIDATES;
import static org.assertj.core.api.Assertions.assertThat;

import io.genrec.api.config.StrictConfig;
import io.genrec.api.graph.Dim;
import io.genrec.api.graph.ElementType;
import io.genrec.api.graph.Graph;
import io.genrec.api.graph.TensorType;
import io.genrec.api.sequence.Role;
import io.genrec.api.training.Sampler.Sharing;
import io.genrec.engine.model.Model;
import io.genrec.engine.runtime.NativeKernels;
import io.genrec.hstu.Hstu;
import io.genrec.hstu.HstuConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A whole training graph of HSTU, its loss and all gradients, with and without kernels. */
class HstuKernelTest {
  private static NativeKernels kernels = new NativeKernels(Path.of(""));

  @BeforeAll
  static void build() throws IOException, InterruptedException {
    kernels = BuiltKernels.build();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "{}; 8; 1; 0",
        "{}; 8; 16; 0",
        "{\"heads\": 2}; 12; 17; 0",
        "{\"heads\": 2, \"dqk\": 5, \"dv\": 3}; 6; 50; 0",
        "{\"heads\": 3, \"dqk\": 17, \"dv\": 33}; 20; 33; 0",
        "{\"timeBias\": false}; 16; 40; 0",
        "{\"positionBias\": false}; 16; 40; 0",
        "{\"positionBias\": false, \"timeBias\": false}; 50; 60; 0",
        "{}; 8; 16; 2",
        "{\"heads\": 2}; 12; 55; 6",
        "{\"timeBias\": false}; 16; 60; 30",
        "{\"timeBias\": false}; 16; 75; 40"
      })
  void trainingIsTheSame(String options, int dim, int length, int candidates) {
    TrainingGraph.assertEqual(
        model(options, dim, candidates == 0 ? EVENTS : WITH_CANDIDATES),
        length,
        candidates,
        kernels,
        "HstuAttention",
        "HstuAttentionGradient",
        "GatheredProductsGradient");
  }

  /** Where tokens see each other in plain order, the kernel makes do without a mask of pairs. */
  @Test
  void nothingGrowsWithTheSquareOfTheLength() {
    Model events = model("{}", 8, EVENTS);
    Model ranker = model("{}", 8, WITH_CANDIDATES);

    assertThat(valuesOfPairs(events.training(LOSS, Sharing.BATCH, true))).isEmpty();
    assertThat(valuesOfPairs(events.training(LOSS, Sharing.BATCH, true, EVENTS, true))).isEmpty();
    assertThat(valuesOfPairs(ranker.training(LOSS, Sharing.BATCH, true, EVENTS, false))).isEmpty();
    assertThat(valuesOfPairs(ranker.training(LOSS, Sharing.BATCH, true)))
        .isNotEmpty()
        .allMatch(type -> type.element() != ElementType.FLOAT);
  }

  private static List<TensorType> valuesOfPairs(Graph graph) {
    return BuiltKernels.program(graph, kernels).steps().stream()
        .flatMap(step -> step.types().stream())
        .filter(type -> Collections.frequency(type.shape().dims(), Dim.of("length")) > 1)
        .toList();
  }

  static Model model(String options, int dim, Set<Role> roles) {
    HstuConfig config = StrictConfig.parse("test", options).as(HstuConfig.class);
    return TrainingGraph.model(
        dim, roles, (scope, schema) -> new Hstu().create(config, scope, schema));
  }
}
