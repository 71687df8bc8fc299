package io.genrec.transformer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import io.genrec.api.encoder.Capabilities;
import io.genrec.api.encoder.Capabilities.CacheScope;
import io.genrec.api.encoder.Capabilities.Causality;
import io.genrec.api.graph.Graph;
import io.genrec.api.plugin.Plugin;
import io.genrec.api.training.Loss;
import io.genrec.api.training.Sampler.Sharing;
import io.genrec.engine.loss.FullSoftmax;
import io.genrec.engine.loss.SampledSoftmax;
import io.genrec.engine.model.Model;
import io.genrec.engine.onnx.CudaKernels;
import io.genrec.engine.onnx.Precision;
import io.genrec.engine.program.Program;
import io.genrec.engine.wiring.Registry;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What holds for both encoders. */
class TransformerTest {
  @Test
  void thePluginIsFound() {
    List<Plugin> plugins =
        ServiceLoader.load(Plugin.class).stream()
            .filter(provider -> provider.type() == TransformerPlugin.class)
            .map(ServiceLoader.Provider::get)
            .toList();
    assertThat(Registry.of(plugins).encoders()).containsOnlyKeys("sasrec", "llama");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "sasrec | {'heads': 2}",
        "llama | {'heads': 4, 'keyValueHeads': 2}",
        "llama | {'heads': 2, 'causal': false}"
      })
  void neitherPaddingNorNeighboursChangeASequence(String encoder, String options) {
    Subject subject = subject(encoder, options);
    int[][] all = Subject.HISTORIES;
    double[][][] together = subject.outputs(10, all[2], all[0], all[1]);
    double[][][] alone = subject.outputs(7, all[0]);
    for (int i = 0; i < 7; i++) {
      assertThat(together[1][i]).containsExactly(alone[0][i], offset(1e-13));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {"sasrec | {'heads': 2}", "llama | {'heads': 4, 'keyValueHeads': 1}"})
  void noRowSeesWhatComesLater(String encoder, String options) {
    Subject subject = subject(encoder, options);
    int[] history = Subject.HISTORIES[0];
    double[][] before = subject.outputs(7, history)[0];
    for (int changed = 0; changed < 7; changed++) {
      int[] other = history.clone();
      other[changed] = 7;
      double[][] after = subject.outputs(7, other)[0];
      for (int i = 0; i < 7; i++) {
        assertThat(Arrays.equals(after[i], before[i]))
            .as("row %d is the same after event %d changed", i, changed)
            .isEqualTo(i < changed);
      }
    }
    assertThat(subject.model().encoder().capabilities())
        .isEqualTo(new Capabilities(Causality.CAUSAL, CacheScope.EXTENDABLE, Subject.MAX_LENGTH));
  }

  /** With dropout on; the loss itself is held against plain loops in the encoders' own tests. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "sasrec | {'heads': 2, 'hidden': 5}",
        "llama | {'heads': 2, 'keyValueHeads': 1, 'hidden': 5, 'inputDropout': 0.3, 'residualDropout': 0.3, 'inputFeatures': ['colour']}",
        "llama | {'causal': false, 'hidden': 5, 'output': 'l2'}"
      })
  void gradientsAreFiniteDifferences(String encoder, String options) {
    Subject subject = subject(encoder, options);
    try (Training training = new Training(subject, Precision.FLOAT64)) {
      Map<String, double[]> gradients = training.gradients();
      assertThat(gradients).containsKey("embedding/item");
      assertThat(gradients.keySet())
          .containsAll(
              subject.model().parameters().keySet().stream()
                  .filter(name -> name.startsWith(encoder + "/"))
                  .toList());
      gradients.forEach(
          (name, gradient) -> {
            assertThat(Arrays.stream(gradient).anyMatch(g -> g != 0)).as(name).isTrue();
            subject.assertDifferences(name, gradient, training::loss, 1e-7);
          });
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "sasrec | {'heads': 2}",
        "sasrec | {'activation': 'gelu'}",
        "llama | {'heads': 4, 'keyValueHeads': 2, 'residualDropout': 0.1}",
        "llama | {'causal': false, 'output': 'l2'}"
      })
  void everyGraphHasCudaKernels(String encoder, String options) {
    Model model = subject(encoder, options).model();
    List<Graph> graphs = new ArrayList<>(List.of(model.users(), model.scores(), model.recommend()));
    Loss sampled = new SampledSoftmax().create(new SampledSoftmax.Config(0.05, 1e-6, true));
    Loss full = new FullSoftmax().create(new FullSoftmax.Config(true, 0.05, 1e-6));
    graphs.add(model.training(sampled, Sharing.POSITION, true));
    graphs.add(model.training(full, Sharing.POSITION, true));
    for (Graph graph : graphs) {
      assertThat(CudaKernels.gaps(Program.of(graph), Precision.FLOAT32)).as(graph.name()).isEmpty();
    }
  }

  private static Subject subject(String encoder, String options) {
    return Subject.of(Subject.factory(encoder), json(options), Subject.DIM);
  }

  static String json(String options) {
    return options.replace('\'', '"');
  }
}
