package io.genrec.engine.training;

import static org.assertj.core.api.Assertions.assertThat;

import io.genrec.engine.runtime.NativeKernels;
import org.junit.jupiter.api.Test;

class TrainingSettingsTest {
  @Test
  void aRunTakesAtMostOneWorkerForEachProcessor() {
    TrainingSettings settings =
        new TrainingSettings(16, 64, 1, 4, false, NativeKernels.Use.ONNX).stepsPerRun(3);
    assertThat(settings.onThisMachine()).isEqualTo(settings);
    assertThat(settings.workers(100_000).onThisMachine())
        .isEqualTo(settings.workers(Runtime.getRuntime().availableProcessors()));
  }
}
