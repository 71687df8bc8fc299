package io.genrec.kernels;

import io.genrec.api.config.StrictConfig;
import io.genrec.engine.runtime.NativeKernels;
import io.genrec.transformer.Llama;
import io.genrec.transformer.LlamaConfig;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A whole training graph of the Llama form, with and without kernels. */
class LlamaKernelTest {
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
        "{\"heads\": 2}; 12; 17; 0",
        "{\"heads\": 4, \"keyValueHeads\": 2}; 24; 50; 0",
        "{\"heads\": 4, \"blocks\": 3}; 32; 33; 4",
        "{\"heads\": 2, \"causal\": false}; 16; 40; 0"
      })
  void trainingIsTheSame(String options, int dim, int length, int candidates) {
    LlamaConfig config = StrictConfig.parse("test", options).as(LlamaConfig.class);
    TrainingGraph.assertEqual(
        TrainingGraph.model(
            dim,
            candidates == 0 ? TrainingGraph.EVENTS : TrainingGraph.WITH_CANDIDATES,
            (scope, schema) -> new Llama().create(config, scope, schema)),
        length,
        candidates,
        kernels,
        "SoftmaxAttention",
        "SoftmaxAttentionGradient",
        "RmsNorm",
        "RmsNormGradient");
  }
}
