package io.genrec.engine.runtime;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.genrec.api.GenRecException;
import io.genrec.api.graph.Dim;
import io.genrec.api.graph.ElementType;
import io.genrec.api.graph.Graph;
import io.genrec.api.graph.TensorType;
import io.genrec.api.sequence.Batch;
import io.genrec.api.sequence.Batch.Column;
import io.genrec.engine.onnx.CudaKernels;
import io.genrec.engine.onnx.OnnxExport;
import io.genrec.engine.onnx.Precision;
import io.genrec.engine.program.Bfloat16;
import io.genrec.engine.program.Program;
import io.genrec.engine.program.SafeScatter;
import io.genrec.engine.program.WideReals;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * A graph that ONNX Runtime can run. Owns its session until it is closed.
 *
 * <p>{@link #run} may be called by several threads at once, each with its own outputs.
 */
@API(status = API.Status.STABLE, since = "0.1")
public final class CompiledGraph implements AutoCloseable {
  private final OrtEnvironment environment;
  private final OrtSession session;
  private final Program program;
  private final Precision precision;
  private final Map<String, Long> limits;

  private CompiledGraph(
      OrtEnvironment environment,
      OrtSession session,
      Program program,
      Precision precision,
      Map<String, Long> limits) {
    this.environment = environment;
    this.session = session;
    this.program = program;
    this.precision = precision;
    this.limits = Map.copyOf(limits);
  }

  /**
   * Compiles a graph's outputs and what they need.
   *
   * @throws GenRecException {@code [GR/NoCudaKernel]} for an operator without a kernel on the
   *     wanted device, {@code [GR/NoCuda]} if this build or machine has no such device, {@code
   *     [GR/InvalidGraph]} if ONNX Runtime refuses the graph
   */
  public static CompiledGraph of(Graph graph, SessionSettings settings) {
    return of(settings.program(graph), graph.limits(), settings);
  }

  /** Compiles a program, whose dimensions have no limits; errors as for a graph. */
  public static CompiledGraph of(Program program, SessionSettings settings) {
    return of(program, Map.of(), settings);
  }

  private static CompiledGraph of(
      Program program, Map<String, Long> limits, SessionSettings settings) {
    if (settings.device().cuda()) {
      CudaKernels.require(program, settings.precision());
    }
    boolean cuda = settings.device().cuda();
    Program fast = cuda ? program : WideReals.norms(program);
    boolean racy = !cuda && settings.threads() > 1;
    Program safe = racy ? SafeScatter.rewrite(fast) : fast;
    boolean narrow = cuda && settings.precision() == Precision.BFLOAT16;
    byte[] model =
        narrow
            ? new OnnxExport(Precision.FLOAT32).bytes(Bfloat16.rewrite(safe))
            : new OnnxExport(settings.precision()).bytes(safe);
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      configure(options, settings);
      return new CompiledGraph(
          environment,
          environment.createSession(model, options),
          safe,
          settings.precision(),
          limits);
    } catch (OrtException e) {
      settings.usable().ifPresent(kernels -> kernels.requireKnown(e));
      throw new GenRecException(
          "InvalidGraph",
          "ONNX Runtime refuses graph \"" + program.name() + "\": " + e.getMessage(),
          e);
    }
  }

  private static void configure(OrtSession.SessionOptions options, SessionSettings settings)
      throws OrtException {
    options.setIntraOpNumThreads(settings.threads());
    options.setInterOpNumThreads(1);
    // Fused operators have 32-bit kernels only, and the optimizer makes them for 64 bits too.
    options.setOptimizationLevel(
        settings.precision() == Precision.FLOAT64
            ? OrtSession.SessionOptions.OptLevel.BASIC_OPT
            : OrtSession.SessionOptions.OptLevel.ALL_OPT);
    if (settings.usable().isPresent()) {
      settings.usable().get().register(options);
    }
    options.addConfigEntry("session.intra_op.allow_spinning", settings.threads() > 1 ? "1" : "0");
    if (settings.device().cuda()) {
      try {
        options.addCUDA(settings.device().index());
      } catch (OrtException e) {
        throw new GenRecException(
            "NoCuda",
            "device \""
                + settings.device()
                + "\" was asked for, but this ONNX Runtime cannot use it ("
                + e.getMessage()
                + "); use device \"cpu\", or build with the Maven profile \"cuda\" (-Pcuda) on a"
                + " machine with CUDA",
            e);
      }
    }
  }

  /** The program that runs. */
  public Program program() {
    return program;
  }

  /**
   * Runs the graph.
   *
   * @param inputs finds an input by name; its memory is read in place
   * @param outputs where the outputs are written, as columns under their names
   * @return how long ONNX Runtime computed
   * @throws GenRecException {@code [GR/WrongInput]} if an input is missing or does not fit its
   *     declared shape; {@code [GR/TooLong]} if a dimension is larger than {@link Graph#limits} say
   */
  public RunTime run(Function<String, @Nullable Column> inputs, Batch outputs) {
    Map<String, Long> sizes = new HashMap<>();
    Map<String, Column> columns = new LinkedHashMap<>();
    Map<String, OnnxTensor> given = new LinkedHashMap<>();
    Map<String, OnnxTensor> results = new LinkedHashMap<>();
    List<OnnxTensor> open = new ArrayList<>();
    try {
      for (Map.Entry<String, TensorType> input : program.inputs().entrySet()) {
        Column column = inputs.apply(input.getKey());
        if (column == null) {
          throw new GenRecException(
              "WrongInput",
              "graph \"" + program.name() + "\" needs an input \"" + input.getKey() + "\"");
        }
        bind(input.getKey(), input.getValue(), column, sizes);
        columns.put(input.getKey(), column);
        OnnxTensor tensor = tensor(column);
        open.add(tensor);
        given.put(input.getKey(), tensor);
      }
      columns.forEach((name, column) -> learnSize(name, column, sizes));
      columns.forEach((name, column) -> requireDerivedSizes(name, column, sizes));
      limits.forEach((dim, most) -> requireAtMost(dim, most, sizes));
      for (Map.Entry<String, TensorType> output : program.types().entrySet()) {
        OnnxTensor tensor = tensor(allocate(outputs, output.getKey(), output.getValue(), sizes));
        open.add(tensor);
        results.put(output.getKey(), tensor);
      }
      RunTime begin = RunTime.now();
      session.run(given, Set.of(), results).close();
      return RunTime.now().minus(begin);
    } catch (OrtException e) {
      throw new GenRecException(
          "RunFailed", "graph \"" + program.name() + "\" failed: " + e.getMessage(), e);
    } finally {
      open.forEach(OnnxTensor::close);
    }
  }

  /**
   * An input of one whole number says how large the dimension of its name is, if no axis shows it
   * ({@link Graph#sizeInput}).
   */
  private static void learnSize(String name, Column column, Map<String, Long> sizes) {
    if (column.element() == ElementType.INT64 && Arrays.equals(column.size(), new long[] {1})) {
      long value = column.bytes().duplicate().order(ByteOrder.nativeOrder()).getLong(0);
      sizes.putIfAbsent(name, value);
    }
  }

  /** Refuses an input whose axes are sums or products of names and do not come out so. */
  private void requireDerivedSizes(String name, Column column, Map<String, Long> sizes) {
    TensorType type = java.util.Objects.requireNonNull(program.inputs().get(name));
    for (int axis = 0; axis < column.size().length; axis++) {
      Dim dim = type.shape().dim(axis);
      if (dim.isFixed() || dim.isName()) {
        continue; // Seen to when it was bound.
      }
      boolean known =
          dim.polynomial().stream().allMatch(term -> sizes.keySet().containsAll(term.names()));
      if (known && dim.size(other -> sizes.getOrDefault(other, 0L)) != column.size()[axis]) {
        throw wrongInput(name, type, column, sizes);
      }
    }
  }

  /** Said here, before whichever operator first reads past the end of a table. */
  private void requireAtMost(String dim, long most, Map<String, Long> sizes) {
    long size = sizes.getOrDefault(dim, 0L);
    if (size > most) {
      throw new GenRecException(
          "TooLong",
          "graph \""
              + program.name()
              + "\" was given "
              + size
              + " for \""
              + dim
              + "\", padding included, but takes at most "
              + most
              + "; show it the most recent events only, or build the model for more (keys"
              + " \"maxHistory\" and \"outputSlots\")");
    }
  }

  /** Learns the sizes of named dimensions from an input and refuses contradictions. */
  private void bind(String name, TensorType type, Column column, Map<String, Long> sizes) {
    List<Dim> dims = type.shape().dims();
    boolean fits = dims.size() == column.size().length && type.element() == column.element();
    for (int axis = 0; fits && axis < dims.size(); axis++) {
      long size = column.size()[axis];
      Dim dim = dims.get(axis);
      if (dim.isName()) {
        fits = sizes.merge(dim.toString(), size, (a, b) -> a) == size;
      } else if (dim.isFixed()) {
        fits = dim.size() == size;
      }
    }
    if (!fits) {
      throw wrongInput(name, type, column, sizes);
    }
  }

  private GenRecException wrongInput(
      String name, TensorType type, Column column, Map<String, Long> sizes) {
    return new GenRecException(
        "WrongInput",
        "input \""
            + name
            + "\" of graph \""
            + program.name()
            + "\" must be "
            + type.element()
            + type.shape()
            + " with "
            + sizes
            + " but is "
            + column.element()
            + Arrays.toString(column.size()));
  }

  private Column allocate(Batch outputs, String name, TensorType type, Map<String, Long> sizes) {
    long[] size =
        type.shape()
            .sizes(
                dim -> {
                  Long known = sizes.get(dim);
                  if (known == null) {
                    throw new IllegalStateException(
                        "no input of graph \"" + program.name() + "\" shows the size of " + dim);
                  }
                  return known;
                });
    boolean wide = type.element() == ElementType.FLOAT && precision == Precision.FLOAT64;
    int width = wide ? Double.BYTES : type.element().bytes();
    return outputs.unwritten(name, type.element(), width, size);
  }

  OnnxTensor tensor(Column column) throws OrtException {
    ByteBuffer bytes = column.bytes().duplicate().order(column.bytes().order());
    if (column.element() == ElementType.FLOAT) {
      return precision == Precision.FLOAT64
          ? OnnxTensor.createTensor(environment, bytes.asDoubleBuffer(), column.size())
          : OnnxTensor.createTensor(environment, bytes.asFloatBuffer(), column.size());
    }
    return column.element() == ElementType.INT64
        ? OnnxTensor.createTensor(environment, bytes.asLongBuffer(), column.size())
        : OnnxTensor.createTensor(environment, bytes, column.size(), OnnxJavaType.BOOL);
  }

  @Override
  public void close() {
    try {
      session.close();
    } catch (OrtException e) {
      throw new GenRecException(
          "RunFailed", "the session of graph \"" + program.name() + "\" cannot be closed", e);
    }
  }
}
