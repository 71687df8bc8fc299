package io.genrec.engine.scoring;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.genrec.api.inference.ScoringModel.Stage;
import io.genrec.api.sequence.Batch;
import io.genrec.api.sequence.Schema;
import io.genrec.engine.model.Model;
import io.genrec.engine.optimizer.ParameterStore;
import io.genrec.engine.runtime.SessionSettings;
import io.genrec.engine.training.Toy;
import io.genrec.engine.wiring.Registry;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.Test;

class CompiledModelTest {
  /** It would make a session that nobody closes. */
  @Test
  void aClosedModelRunsNoMore() {
    Registry registry = Toy.registry();
    Schema schema = Toy.schema();
    Model model = Toy.model(registry, schema, 0, 0.1);
    try (BufferAllocator memory = new RootAllocator();
        ParameterStore parameters = new ParameterStore(model.parameters().values(), memory);
        Batch outputs = new Batch(memory);
        CompiledModel compiled =
            new CompiledModel(
                model,
                registry.task(Toy.config("{\"name\": \"next\"}"), schema),
                parameters,
                "toy-1",
                SessionSettings.cpu(),
                memory)) {
      compiled.close();

      assertThatThrownBy(() -> compiled.run(Stage.PREFILL, name -> null, outputs))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("model toy-1 is closed");
    }
  }
}
