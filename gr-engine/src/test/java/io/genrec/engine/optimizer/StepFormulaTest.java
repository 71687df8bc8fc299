package io.genrec.engine.optimizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.genrec.api.graph.ElementType;
import io.genrec.api.graph.Gradients;
import io.genrec.api.graph.Graph;
import io.genrec.api.graph.Initializer;
import io.genrec.api.graph.Parameter;
import io.genrec.api.graph.Tensor;
import io.genrec.api.sequence.Batch;
import io.genrec.api.sequence.Batch.Column;
import io.genrec.engine.model.Model;
import io.genrec.engine.optimizer.OptimizerConfig.Name;
import io.genrec.engine.runtime.CompiledGraph;
import io.genrec.engine.runtime.SessionSettings;
import io.genrec.engine.training.StepsGraph;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The graph's steps against the host's, with gradients that both are given. */
class StepFormulaTest {
  private static final int ROWS = 30;
  private static final int DIM = 5;
  private static final int STEPS = 12;
  private static final float WEIGHT = 4; // Division by it rounds nothing.

  private final Parameter table = Parameter.embedding("table", Initializer.normal(0.3), ROWS, DIM);
  private final Parameter weight = Parameter.dense("weight", Initializer.normal(0.5), 30, 7);
  private final Parameter scale = Parameter.dense("scale", Initializer.ones());
  private final List<Parameter> parameters = List.of(table, weight, scale);

  private static OptimizerConfig config(Name name) {
    return new OptimizerConfig(
        name, 0.02, 0.9, 0.98, 1e-8, 0.1, 5, Schedule.Shape.COSINE, 0.2, null);
  }

  /** A step whose loss is the sum of parameters times inputs, which so are its gradients. */
  private Graph products() {
    Graph graph = Graph.training("products");
    Tensor loss = graph.constant(0.0);
    for (Parameter parameter : parameters) {
      Tensor p = parameter.in(graph);
      Tensor g =
          graph.input("g/" + parameter.name(), ElementType.FLOAT, p.shape().dims().toArray());
      loss = loss.plus(p.times(g).sumAll());
    }
    graph.output(Model.LOSS, loss);
    List<Tensor> sources = parameters.stream().map(each -> each.in(graph)).toList();
    List<Tensor> gradients = Gradients.of(loss, sources);
    for (int i = 0; i < sources.size(); i++) {
      graph.output(Model.GRADIENT + parameters.get(i).name(), gradients.get(i));
    }
    return graph;
  }

  /** Gradients of all steps: a table's rows are touched now and then, some of them never. */
  private Map<String, float[]> gradients() {
    Random random = new Random(4);
    Map<String, float[]> gradients = new LinkedHashMap<>();
    for (Parameter parameter : parameters) {
      float[] all = Values.normal(random, STEPS * (int) parameter.entries(), 1);
      gradients.put(parameter.name(), all);
    }
    float[] rows = Values.at(gradients, "table");
    for (int i = 0; i < rows.length; i++) {
      int row = i / DIM % ROWS;
      if (row > 20 || (i / DIM / ROWS + row) % 4 != 0) {
        rows[i] = 0;
      }
    }
    return gradients;
  }

  private static float[] of(float[] all, int step, int entries) {
    float[] some = new float[entries];
    System.arraycopy(all, step * entries, some, 0, entries);
    return some;
  }

  @ParameterizedTest
  @EnumSource(Name.class)
  void equalGradientsGiveEqualBits(Name name) {
    Map<String, float[]> gradients = gradients();
    OptimizerConfig config = config(name);
    Map<String, float[]> expected = new LinkedHashMap<>();
    try (BufferAllocator memory = new RootAllocator();
        ParameterStore store = new ParameterStore(parameters, memory);
        Batch inputs = new Batch(memory);
        Batch outputs = new Batch(memory)) {
      store.initialise(3);
      try (Optimizer host = config.optimizer(store, List.of(), STEPS, memory)) {
        for (int step = 0; step < STEPS; step++) {
          Map<String, Gradient> now = new LinkedHashMap<>();
          for (Parameter parameter : parameters) {
            float[] some =
                of(Values.at(gradients, parameter.name()), step, (int) parameter.entries());
            now.put(parameter.name(), Values.whole(some, ParameterStore.sizeOf(parameter)));
          }
          host.step(new GradientSet(now), WEIGHT, step + 1);
        }
        host.catchUpAll();
        parameters.forEach(p -> expected.put(p.name(), Values.floats(store.column(p.name()))));
        host.state().entrySet().stream()
            .filter(state -> state.getValue().element() == ElementType.FLOAT)
            .forEach(state -> expected.put(state.getKey(), Values.floats(state.getValue())));
      }
      store.initialise(3);
      try (Optimizer optimizer = config.optimizer(store, List.of(), STEPS, memory)) {
        GraphUpdate update = optimizer.inGraph(Set.of());
        try (CompiledGraph graph =
            CompiledGraph.of(StepsGraph.of(products(), update.formula()), SessionSettings.cpu())) {
          // Three runs, so that state goes out and in again.
          for (int first = 0; first < STEPS; first += 4) {
            give(gradients, update, first, 4, inputs);
            graph.run(
                n -> inputs.columns().containsKey(n) ? inputs.column(n) : update.column(n),
                outputs);
            update.adopt(n -> outputs.column(StepsGraph.AFTER + n), Map.of(), 4, 0);
          }
        }
        assertThat(optimizer.completedSteps()).isEqualTo(STEPS);
        optimizer.catchUpAll();
        expected.forEach(
            (n, values) -> {
              Column actual =
                  parameters.stream().anyMatch(p -> p.name().equals(n))
                      ? store.column(n)
                      : Values.at(optimizer.state(), n);
              if (name == Name.ROWWISE_ADAMW) {
                // The host adds a row's squares in 64 bits.
                assertThat(Values.floats(actual)).as(n).containsExactly(values, within(1e-6f));
              } else {
                assertThat(Values.floats(actual)).as(n).isEqualTo(values);
              }
            });
      }
    }
  }

  private void give(
      Map<String, float[]> gradients, GraphUpdate update, int first, int steps, Batch inputs) {
    inputs.clear();
    for (Parameter parameter : parameters) {
      long[] size = new long[parameter.size().size() + 1];
      System.arraycopy(ParameterStore.sizeOf(parameter), 0, size, 1, size.length - 1);
      size[0] = steps;
      int entries = (int) parameter.entries();
      inputs
          .floats("g/" + parameter.name(), size)
          .put(Values.at(gradients, parameter.name()), first * entries, steps * entries);
    }
    try (BufferAllocator memory = new RootAllocator();
        Batch one = new Batch(memory)) {
      update
          .formula()
          .inputs()
          .forEach(
              (n, type) -> {
                int entries = type.shape().rank() == 0 ? 1 : 3;
                var all =
                    inputs.floats(
                        n, type.shape().rank() == 0 ? new long[] {steps} : new long[] {steps, 3});
                for (int i = 0; i < steps; i++) {
                  one.clear();
                  update.fill(one, first + i + 1, WEIGHT);
                  all.put(i * entries, Values.floats(one.column(n)));
                }
              });
    }
  }
}
