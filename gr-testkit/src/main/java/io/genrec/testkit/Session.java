package io.genrec.testkit;

import io.genrec.api.graph.Graph;
import io.genrec.api.graph.Shape;
import io.genrec.api.sequence.Batch;
import io.genrec.api.sequence.Batch.Column;
import io.genrec.engine.onnx.Precision;
import io.genrec.engine.runtime.CompiledGraph;
import io.genrec.engine.runtime.SessionSettings;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.Map;
import java.util.Objects;
import org.apache.arrow.memory.BufferAllocator;

/**
 * A graph that runs, with its inputs, which stay until they are written anew, and the outputs of
 * its last run. Owns their memory until it is closed. Not thread-safe.
 */
final class Session implements AutoCloseable {
  private final Graph graph;
  private final Precision precision;
  private final CompiledGraph compiled;
  private final Batch inputs;
  private final Batch outputs;

  Session(Graph graph, Precision precision, BufferAllocator memory) {
    this.graph = graph;
    this.precision = precision;
    this.compiled = CompiledGraph.of(graph, SessionSettings.cpu().precision(precision));
    this.inputs = new Batch(memory);
    this.outputs = new Batch(memory);
  }

  Graph graph() {
    return graph;
  }

  CompiledGraph compiled() {
    return compiled;
  }

  Batch inputs() {
    return inputs;
  }

  /** Writes an input of reals, as wide as the graph's. */
  void reals(String name, double[] values, long... size) {
    if (precision == Precision.FLOAT64) {
      inputs.doubles(name, size).put(values);
      return;
    }
    FloatBuffer into = inputs.floats(name, size);
    for (double value : values) {
      into.put((float) value);
    }
  }

  /** The entries per axis of an input, for given sizes of named dimensions. */
  long[] sizeOf(String input, Map<String, Long> sizes) {
    Shape shape = Objects.requireNonNull(graph.inputs().get(input), input).shape();
    return shape.sizes(name -> Objects.requireNonNull(sizes.get(name), name));
  }

  /** The number of entries of a size. */
  static int entries(long... size) {
    long entries = 1;
    for (long axis : size) {
      entries *= axis;
    }
    return Math.toIntExact(entries);
  }

  Session run() {
    compiled.run(inputs::column, outputs);
    return this;
  }

  /** A real output of the last run. */
  double[] values(String output) {
    return values(outputs.column(output), precision);
  }

  /** Makes a real output of the last run an input of another session. */
  void give(String output, Session to, String input) {
    to.reals(input, values(output), outputs.column(output).size());
  }

  /** A column of reals. */
  static double[] values(Column column, Precision precision) {
    ByteBuffer bytes = column.bytes();
    double[] values = new double[column.entries()];
    for (int i = 0; i < values.length; i++) {
      values[i] =
          precision == Precision.FLOAT64
              ? bytes.getDouble(Double.BYTES * i)
              : bytes.getFloat(Float.BYTES * i);
    }
    return values;
  }

  /** A real output {@code [batch, length, ...]} of the last run: one row for each token. */
  double[][][] tokens(String output) {
    long[] size = outputs.column(output).size();
    double[] flat = values(output);
    int width = size[0] * size[1] == 0 ? 0 : (int) (flat.length / (size[0] * size[1]));
    double[][][] rows = new double[(int) size[0]][(int) size[1]][width];
    int from = 0;
    for (double[][] sequence : rows) {
      for (double[] row : sequence) {
        System.arraycopy(flat, from, row, 0, width);
        from += width;
      }
    }
    return rows;
  }

  @Override
  public void close() {
    compiled.close();
    inputs.close();
    outputs.close();
  }
}
