package io.genrec.engine.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.onnxruntime.OnnxTensor;
import io.genrec.api.graph.ElementType;
import io.genrec.api.graph.Gradients;
import io.genrec.api.graph.Graph;
import io.genrec.api.graph.Tensor;
import io.genrec.api.sequence.Batch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.Test;

class NativeMemoryTest {
  private static final Path STATUS = Path.of("/proc/self/status");

  private static Graph graph() {
    Graph graph = Graph.inference("attention");
    Tensor x = graph.input("x", ElementType.FLOAT, "batch", "length", 16);
    Tensor y = x.matmul(x.swap(1, 2)).softmax(-1).matmul(x).silu();
    graph.output("y", y);
    graph.output("dx", Gradients.of(y.square().sumAll(), List.of(x)).get(0));
    return graph;
  }

  @Test
  void twoThousandShapesLevelOff() throws IOException {
    assumeTrue(Files.exists(STATUS), "only Linux tells the resident set here");
    try (BufferAllocator memory = new RootAllocator();
        Batch inputs = new Batch(memory);
        Batch outputs = new Batch(memory);
        CompiledGraph compiled = CompiledGraph.of(graph(), SessionSettings.cpu())) {
      long half = 0;
      for (int i = 0; i < 2_000; i++) {
        // No two of these shapes are equal: 40 batches by 50 lengths, in mixed order.
        int shape = (i * 777) % 2_000;
        inputs.floats("x", 1 + shape % 40, 1 + shape / 40, 16);
        compiled.run(inputs::column, outputs);
        if (i == 999) {
          half = resident();
        }
      }
      // A leak of inputs and outputs alone would be about 100 MiB in the second half.
      assertThat(resident() - half).as("growth in KiB").isLessThan(40 * 1024);
    }
  }

  /** In KiB. */
  private static long resident() throws IOException {
    return Files.readAllLines(STATUS).stream()
        .filter(line -> line.startsWith("VmRSS:"))
        .map(line -> line.replaceAll("[^0-9]", ""))
        .mapToLong(Long::parseLong)
        .findFirst()
        .orElseThrow();
  }

  @Test
  void columnsAreReadAndWrittenInPlace() throws Exception {
    try (BufferAllocator memory = new RootAllocator();
        Batch batch = new Batch(memory);
        CompiledGraph compiled = CompiledGraph.of(graph(), SessionSettings.cpu())) {
      batch.floats("real", 2, 3);
      batch.longs("whole", 4);
      batch.truths("truth", 5, 1);
      for (Batch.Column column : batch.columns().values()) {
        try (OnnxTensor tensor = compiled.tensor(column)) {
          // An own buffer would be a copy.
          assertThat(tensor.ownsBuffer()).isFalse();
          assertThat(tensor.getInfo().getShape()).isEqualTo(column.size());
        }
      }
    }
  }

  @Test
  void aFailedRunLeaksNothing() {
    try (BufferAllocator memory = new RootAllocator();
        Batch inputs = new Batch(memory);
        Batch outputs = new Batch(memory);
        CompiledGraph compiled = CompiledGraph.of(graph(), SessionSettings.cpu())) {
      inputs.floats("x", 2, 3, 15);
      org.assertj.core.api.Assertions.assertThatThrownBy(
              () -> compiled.run(inputs::column, outputs))
          .hasMessageContaining("[GR/WrongInput]")
          .hasMessageContaining("\"x\"")
          .hasMessageContaining("[batch, length, 16]")
          .hasMessageContaining("[2, 3, 15]");
      org.assertj.core.api.Assertions.assertThatThrownBy(() -> compiled.run(n -> null, outputs))
          .hasMessageContaining("[GR/WrongInput]")
          .hasMessageContaining("needs an input \"x\"");
      inputs.floats("x", 2, 3, 16);
      compiled.run(inputs::column, outputs);
      assertThat(outputs.column("y").size()).containsExactly(2, 3, 16);
    }
  }
}
