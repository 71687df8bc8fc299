package io.genrec.engine.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.genrec.api.sequence.Histories;
import io.genrec.api.sequence.Schema;
import io.genrec.api.task.Task;
import io.genrec.api.training.SamplerContext;
import io.genrec.engine.model.Model;
import io.genrec.engine.optimizer.Optimizer;
import io.genrec.engine.optimizer.OptimizerConfig;
import io.genrec.engine.optimizer.ParameterStore;
import io.genrec.engine.runtime.Device;
import io.genrec.engine.runtime.NativeKernels;
import io.genrec.engine.wiring.Registry;
import java.nio.FloatBuffer;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Histories and batches without a target. */
class NothingToLearnTest {
  private static final double RATE = 0.01;
  private static final double DECAY = 0.1;

  private final Registry registry = Toy.registry();
  private final Schema schema = Toy.schema();
  private final Task task = registry.task(Toy.config("{\"name\": \"next\"}"), schema);
  private final Model model = Toy.model(registry, schema, 0, 0.1);

  private Trainer trainer(
      Histories examples,
      int stepsPerRun,
      ParameterStore parameters,
      Optimizer optimizer,
      BufferAllocator memory) {
    return new Trainer(
        model,
        task,
        registry.loss(Toy.config("{\"name\": \"sampled-softmax\"}")),
        registry.sampler(
            Toy.config("{\"name\": \"any\", \"sharing\": \"position\", \"count\": 5}"),
            new SamplerContext(new long[Toy.ITEMS + 1])),
        examples,
        parameters,
        optimizer,
        new TrainingSettings(4, 4 * 13, 2, 4, false, NativeKernels.Use.ONNX)
            .stepsPerRun(stepsPerRun),
        3,
        Start.FRESH,
        Device.CPU,
        memory);
  }

  private Optimizer optimizer(ParameterStore parameters, BufferAllocator memory) {
    return Toy.config(
            "{\"name\": \"adamw\", \"rate\": %s, \"weightDecay\": %s, \"clipNorm\": 1}"
                .formatted(RATE, DECAY))
        .as(OptimizerConfig.class)
        .optimizer(parameters, List.of(), 10, memory);
  }

  private static float[] values(ParameterStore parameters, String name) {
    FloatBuffer column = parameters.column(name).bytes().asFloatBuffer();
    float[] values = new float[column.limit()];
    column.get(values);
    return values;
  }

  /** AdamW without gradients and moments is decay alone: theta (1 - rate decay) each step. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void aBatchWithoutTargetsIsAStepWithoutGradients(int stepsPerRun) {
    try (BufferAllocator memory = new RootAllocator();
        ParameterStore parameters = new ParameterStore(model.parameters().values(), memory)) {
      parameters.initialise(7);
      float[] before = values(parameters, "toy/w");
      try (Optimizer optimizer = optimizer(parameters, memory);
          Trainer trainer =
              trainer(Toy.unknown(8, 3), stepsPerRun, parameters, optimizer, memory)) {
        for (int step = 0; step < 4; step += stepsPerRun) {
          for (StepReport report : trainer.run(step, step + stepsPerRun)) {
            assertThat(report.weight()).isZero();
            assertThat(report.loss()).isZero();
          }
        }
        assertThat(optimizer.completedSteps()).isEqualTo(4);
      }
      float[] after = values(parameters, "toy/w");
      for (int i = 0; i < before.length; i++) {
        assertThat((double) after[i])
            .isCloseTo(before[i] * Math.pow(1 - RATE * DECAY, 4), within(1e-7));
      }
    }
  }

  @Test
  void historiesWithoutTargetsAreNoExamples() {
    assertThat(new TaskExamples(task, Toy.histories(8)).size()).isEqualTo(8);
    // To the task a single event is too short.
    Histories none = new TaskExamples(task, Toy.unknown(8, 1));
    assertThat(none.size()).isZero();
    try (BufferAllocator memory = new RootAllocator();
        ParameterStore parameters = new ParameterStore(model.parameters().values(), memory);
        Optimizer optimizer = optimizer(parameters, memory)) {
      assertThatThrownBy(() -> trainer(none, 1, parameters, optimizer, memory))
          .hasMessageContainingAll("[GR/EmptyDataset]", "items are admitted");
    }
  }
}
