package io.genrec.testkit;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.genrec.api.encoder.Capabilities.CacheScope;
import io.genrec.api.graph.ElementType;
import io.genrec.api.graph.Graph;
import io.genrec.api.sequence.Batch.Column;
import io.genrec.engine.model.CachedGraphs;
import io.genrec.engine.model.Model;
import io.genrec.engine.onnx.CudaKernels;
import io.genrec.engine.onnx.OnnxExport;
import io.genrec.engine.onnx.Precision;
import io.genrec.engine.program.Program;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Rule 9. ONNX Runtime, with its default settings and without GenRec, computes what the compiled
 * graph does; every operator of every graph has a CUDA kernel.
 */
final class ExportRule implements Rule<EncoderBench> {
  static final String TITLE = "rule 9: the exported ONNX computes what the graph does, on CUDA too";

  @Override
  public String title() {
    return TITLE;
  }

  @Override
  public void check(EncoderBench bench) {
    if (!bench.subject().only32Bits().isEmpty()) {
      Refusal.require(
          "InvalidGraph",
          "64 bits, which the subject says there are no kernels for ("
              + bench.subject().only32Bits()
              + "),",
          () -> bench.all().compiled(bench.all().outputsGraph(), Precision.FLOAT64));
    }
    for (Graph graph : graphs(bench)) {
      CudaKernels.require(Program.of(graph), Precision.FLOAT32);
    }
    TestedModel events = bench.events();
    Session session = bench.all().outputs(Precision.FLOAT32);
    requireSame(bench, session, bench.sequences(), EncoderBench.MAX_LENGTH, TestedModel.OUTPUTS);
    Session users = events.compiled(events.model().users(), Precision.FLOAT32);
    requireSame(bench, users, bench.histories(), EncoderBench.MAX_HISTORY, Model.USER);
  }

  /** All graphs that are made of an encoder. */
  private static List<Graph> graphs(EncoderBench bench) {
    Model model = bench.all().model();
    List<Graph> graphs = new ArrayList<>();
    graphs.add(bench.all().outputsGraph());
    graphs.add(bench.all().training(Precision.FLOAT32).graph());
    graphs.add(bench.events().model().users());
    graphs.add(bench.events().model().recommend());
    boolean cached = bench.capabilities().cacheScope() != CacheScope.NONE;
    if (cached && !model.encoder().blocks().isEmpty()) {
      CachedGraphs stages = model.cached();
      graphs.add(stages.prefill());
      graphs.add(stages.extend());
      graphs.add(stages.arrange());
      graphs.add(Stages.scoreGraph(stages));
    }
    return graphs;
  }

  private static void requireSame(
      EncoderBench bench, Session session, List<Sequence> batch, int padded, String output) {
    new TokenColumns(session.inputs(), bench.schema()).write(batch, padded);
    double[] expected = session.run().values(output);
    byte[] model = new OnnxExport(Precision.FLOAT32).bytes(Program.of(session.graph()));
    double[] found = runAlone(model, session, output);
    bench
        .tolerance(Precision.FLOAT32)
        .requireSame("output \"" + output + "\" of the exported model", found, expected);
  }

  /** Runs exported bytes by ONNX Runtime alone. */
  private static double[] runAlone(byte[] model, Session inputs, String output) {
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    Map<String, OnnxTensor> given = new LinkedHashMap<>();
    try (OrtSession.SessionOptions defaults = new OrtSession.SessionOptions();
        OrtSession session = environment.createSession(model, defaults)) {
      for (String name : session.getInputNames()) {
        given.put(name, tensor(environment, inputs.inputs().column(name)));
      }
      try (OrtSession.Result result = session.run(given)) {
        FloatBuffer reals = ((OnnxTensor) result.get(output).orElseThrow()).getFloatBuffer();
        double[] values = new double[reals.remaining()];
        for (int i = 0; i < values.length; i++) {
          values[i] = reals.get(i);
        }
        return values;
      }
    } catch (OrtException e) {
      throw new AssertionError("ONNX Runtime refuses the exported model: " + e.getMessage(), e);
    } finally {
      given.values().forEach(OnnxTensor::close);
    }
  }

  private static OnnxTensor tensor(OrtEnvironment environment, Column column) throws OrtException {
    ByteBuffer bytes = column.bytes();
    if (column.element() == ElementType.FLOAT) {
      return OnnxTensor.createTensor(environment, bytes.asFloatBuffer(), column.size());
    }
    return column.element() == ElementType.INT64
        ? OnnxTensor.createTensor(environment, bytes.asLongBuffer(), column.size())
        : OnnxTensor.createTensor(environment, bytes.duplicate(), column.size(), OnnxJavaType.BOOL);
  }
}
