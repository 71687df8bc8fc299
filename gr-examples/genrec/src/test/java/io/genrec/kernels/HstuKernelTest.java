package io.genrec.kernels;

import io.genrec.api.config.StrictConfig;
import io.genrec.engine.runtime.NativeKernels;
import io.genrec.hstu.Hstu;
import io.genrec.hstu.HstuConfig;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A whole training graph of HSTU, its loss and all gradients, with and without kernels. */
class HstuKernelTest {
  private static final int ITEMS = 23;
  private static final int MAX_LENGTH = 60;

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
    HstuConfig config = StrictConfig.parse("test", options).as(HstuConfig.class);
    TrainingGraph.assertEqual(
        dim,
        length,
        candidates,
        (scope, schema) -> new Hstu().create(config, scope, schema),
        kernels,
        "HstuAttention",
        "HstuAttentionGradient",
        "GatheredProductsGradient");
  }
}
