package io.genrec.falcon;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.genrec.api.graph.ElementType;
import io.genrec.api.graph.Parameter;
import io.genrec.api.sequence.Batch;
import io.genrec.api.sequence.Batch.Column;
import io.genrec.api.sequence.Schema;
import io.genrec.engine.model.CachedGraphs;
import io.genrec.engine.model.Model;
import io.genrec.engine.onnx.OnnxExport;
import io.genrec.engine.onnx.Precision;
import io.genrec.engine.optimizer.ParameterStore;
import io.genrec.engine.program.Program;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What it costs that values are inputs, of which there is one copy: ONNX Runtime arranges the
 * values of a session of its own for products when the session is opened.
 */
@Tag("slow")
class PrepackedWeightsTest {
  private static final int RUNS = Integer.getInteger("genrec.falcon.runs", 200);
  private static final int DIM = 128;
  private static final int CANDIDATES = 128;

  @Test
  void scoresAreEqualAndTimesAreTold(@TempDir Path folder) throws Exception {
    for (int length : new int[] {200, 1_000, 4_000}) {
      Schema schema =
          new Schema(List.of(new Schema.Feature(Schema.ITEM, 4_000, DIM)), length, length + 2);
      Scoring.Declared declared =
          Scoring.Declared.of(Encoders.hstu("{\"blocks\": 4, \"heads\": 4}"), schema);
      Model model = declared.model();
      Program program =
          Program.of(model.cached().score(declared.head(), CachedGraphs.Lengths.EQUAL));
      try (BufferAllocator memory = new RootAllocator();
          ParameterStore parameters = new ParameterStore(model.parameters().values(), memory);
          Batch inputs = new Batch(memory)) {
        parameters.initialise(1);
        fill(inputs, program, model, length);
        compare(program, model, parameters, inputs, folder.resolve("n" + length), length);
      }
    }
  }

  private static void compare(
      Program program,
      Model model,
      ParameterStore parameters,
      Batch inputs,
      Path folder,
      int length)
      throws Exception {
    Files.createDirectories(folder);
    Path inside = inside(program, model, parameters, folder);
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    byte[] outside = new OnnxExport(Precision.FLOAT32).bytes(program);
    try (OrtSession.SessionOptions options = options();
        OrtSession shared = environment.createSession(outside, options);
        OrtSession own = environment.createSession(inside.toString(), options)) {
      Map<String, OnnxTensor> given = new LinkedHashMap<>();
      for (String name : program.inputs().keySet()) {
        boolean value = model.parameters().containsKey(name);
        given.put(name, tensor(environment, value ? parameters.column(name) : inputs.column(name)));
      }
      Map<String, OnnxTensor> withoutValues = new LinkedHashMap<>(given);
      withoutValues.keySet().removeAll(model.parameters().keySet());
      List<Long> sharedNanos = new ArrayList<>();
      List<Long> ownNanos = new ArrayList<>();
      for (int i = -10; i < RUNS; i++) {
        long first = nanos(shared, given);
        long second = nanos(own, withoutValues);
        if (i >= 0) {
          sharedNanos.add(first);
          ownNanos.add(second);
        }
      }
      assertThat(scores(shared, given))
          .containsExactly(scores(own, withoutValues), Offset.offset(1e-5f));
      System.out.printf(
          "n %d, %d candidates: processor time %.0f us with shared values, %.0f us with its own%n",
          length, CANDIDATES, median(sharedNanos), median(ownNanos));
      given.values().forEach(OnnxTensor::close);
    }
  }

  private static double median(List<Long> nanos) {
    Collections.sort(nanos);
    return nanos.get(nanos.size() / 2) / 1e3;
  }

  private static long nanos(OrtSession session, Map<String, OnnxTensor> inputs)
      throws OrtException {
    long begin = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    session.run(inputs).close();
    return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - begin;
  }

  private static float[] scores(OrtSession session, Map<String, OnnxTensor> inputs)
      throws OrtException {
    try (OrtSession.Result result = session.run(inputs)) {
      FloatBuffer buffer = ((OnnxTensor) result.get(0)).getFloatBuffer();
      float[] scores = new float[buffer.remaining()];
      buffer.get(scores);
      return scores;
    }
  }

  private static OrtSession.SessionOptions options() throws OrtException {
    OrtSession.SessionOptions options = new OrtSession.SessionOptions();
    options.setIntraOpNumThreads(1);
    options.setInterOpNumThreads(1);
    return options;
  }

  /** The same graph with all values in a file beside it. */
  private static Path inside(Program program, Model model, ParameterStore parameters, Path folder)
      throws IOException {
    OnnxExport export = new OnnxExport(Precision.FLOAT32);
    try (FileChannel values =
        FileChannel.open(
            folder.resolve("values"), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      for (Parameter parameter : model.parameters().values()) {
        if (!program.inputs().containsKey(parameter.name())) {
          continue;
        }
        ByteBuffer bytes = parameters.column(parameter.name()).bytes().duplicate();
        long offset = values.position();
        export.external(
            parameter.name(),
            new OnnxExport.ExternalData("values", offset, bytes.remaining(), parameter.size()));
        while (bytes.hasRemaining()) {
          values.write(bytes);
        }
      }
    }
    return Files.write(folder.resolve("model.onnx"), export.bytes(program));
  }

  /** A history whose memory is zeros: time does not depend on values. */
  private static void fill(Batch inputs, Program program, Model model, int length) {
    Map<String, Long> sizes =
        new HashMap<>(
            Map.of(
                "batch", 1L, "candidates", (long) CANDIDATES, "cached", length - 1L, "length", 1L));
    program
        .inputs()
        .forEach(
            (name, type) -> {
              if (model.parameters().containsKey(name)) {
                return;
              }
              long[] size = type.shape().sizes(dim -> sizes.getOrDefault(dim, 0L));
              if (type.element() == ElementType.FLOAT) {
                FloatBuffer reals = inputs.floats(name, size);
                for (int i = 0; reals.hasRemaining(); i++) {
                  reals.put((i * 7 % 23 - 11) / 20f);
                }
              } else if (type.element() == ElementType.BOOL) {
                ByteBuffer truths = inputs.truths(name, size);
                while (truths.hasRemaining()) {
                  truths.put((byte) 1);
                }
              } else {
                long value =
                    switch (name) {
                      case "cached/length", "sequence/history" -> length - 1L;
                      default -> 1L;
                    };
                LongBuffer whole = inputs.longs(name, size);
                while (whole.hasRemaining()) {
                  whole.put(value);
                }
              }
            });
  }

  private static OnnxTensor tensor(OrtEnvironment environment, Column column) throws OrtException {
    ByteBuffer bytes = column.bytes().duplicate().order(column.bytes().order());
    return switch (column.element()) {
      case FLOAT -> OnnxTensor.createTensor(environment, bytes.asFloatBuffer(), column.size());
      case INT64 -> OnnxTensor.createTensor(environment, bytes.asLongBuffer(), column.size());
      case BOOL -> OnnxTensor.createTensor(environment, bytes, column.size(), OnnxJavaType.BOOL);
    };
  }
}
