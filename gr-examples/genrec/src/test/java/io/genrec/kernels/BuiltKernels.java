package io.genrec.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import io.genrec.api.graph.Graph;
import io.genrec.api.sequence.Batch;
import io.genrec.engine.program.Program;
import io.genrec.engine.program.Step;
import io.genrec.engine.runtime.CompiledGraph;
import io.genrec.engine.runtime.NativeKernels;
import io.genrec.engine.runtime.SessionSettings;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Assumptions;

/** The kernels, built for a test, and how they are compared. */
final class BuiltKernels {
  private static final Path SOURCES = Path.of("../../native").toAbsolutePath().normalize();

  private BuiltKernels() {}

  /** Builds the library if it is older than its sources; skips the test without a compiler. */
  static NativeKernels build() throws IOException, InterruptedException {
    requireCompiler();
    Path folder = Path.of("target").toAbsolutePath();
    // Tests run in two processes.
    try (FileChannel lock =
            FileChannel.open(
                folder.resolve("test-kernels.lock"),
                StandardOpenOption.CREATE,
                StandardOpenOption.WRITE);
        FileLock ignored = lock.lock()) {
      String printed = run(SOURCES.resolve("build.sh").toString(), folder.toString());
      // The file alone: compilers warn of nothing.
      assertThat(printed.lines()).hasSize(1);
      return new NativeKernels(Path.of(printed.strip()));
    }
  }

  static void requireCompiler() {
    boolean found =
        Arrays.stream(System.getenv("PATH").split(":", -1))
            .anyMatch(folder -> Files.isExecutable(Path.of(folder, "g++")));
    Assumptions.assumeTrue(found, "no g++");
  }

  /** Runs a program to its end and gives what it printed. */
  static String run(String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(printed).isZero();
    return printed;
  }

  static Path sources() {
    return SOURCES;
  }

  /** All outputs of a graph. */
  static Map<String, float[]> outputs(
      Graph graph, Optional<NativeKernels> kernels, Consumer<Batch> inputs) {
    return outputs(graph, SessionSettings.cpu().kernels(kernels), inputs);
  }

  /** The same with other settings. */
  static Map<String, float[]> outputs(
      Graph graph, SessionSettings settings, Consumer<Batch> inputs) {
    try (BufferAllocator memory = new RootAllocator();
        Batch given = new Batch(memory);
        Batch outputs = new Batch(memory);
        CompiledGraph compiled = CompiledGraph.of(graph, settings)) {
      inputs.accept(given);
      compiled.run(name -> given.columns().get(name), outputs);
      Map<String, float[]> values = new LinkedHashMap<>();
      for (String name : graph.outputs().keySet()) {
        FloatBuffer buffer = outputs.column(name).bytes().asFloatBuffer();
        values.put(name, new float[buffer.remaining()]);
        buffer.get(values.get(name));
      }
      return values;
    }
  }

  /** What a session with kernels runs. */
  static Program program(Graph graph, NativeKernels kernels) {
    return SessionSettings.cpu().kernels(Optional.of(kernels)).program(graph);
  }

  /** Compares all outputs with and without kernels; the kernels named must have their part. */
  static void assertEqual(
      Graph graph, NativeKernels kernels, Consumer<Batch> inputs, String... names) {
    List<String> used = program(graph, kernels).steps().stream().map(Step::op).toList();
    for (String name : names) {
      assertThat(used).contains("io.genrec." + name);
    }
    Map<String, float[]> expected = outputs(graph, Optional.empty(), inputs);
    Map<String, float[]> actual = outputs(graph, Optional.of(kernels), inputs);
    expected.forEach(
        (name, values) -> {
          float largest = 1;
          for (float value : values) {
            largest = Math.max(largest, Math.abs(value));
          }
          assertThat(actual.get(name))
              .as(name)
              .containsExactly(values, Offset.offset(1e-5f * largest));
        });
  }
}
