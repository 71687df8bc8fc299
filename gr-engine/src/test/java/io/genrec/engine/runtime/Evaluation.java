package io.genrec.engine.runtime;

import io.genrec.api.graph.ElementType;
import io.genrec.api.graph.Graph;
import io.genrec.api.sequence.Batch;
import io.genrec.engine.onnx.Precision;
import io.genrec.engine.program.Program;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;

/**
 * Runs a graph on plain arrays. Its allocator throws when it is closed with memory in use, so every
 * test that uses this class also proves that nothing leaks.
 */
public final class Evaluation implements AutoCloseable {
  private final BufferAllocator memory = new RootAllocator();
  private final Batch inputs = new Batch(memory);
  private final Batch outputs = new Batch(memory);
  private final Precision precision;
  private final CompiledGraph compiled;

  public Evaluation(Graph graph, SessionSettings settings) {
    this(Program.of(graph), settings);
  }

  public Evaluation(Program program, SessionSettings settings) {
    precision = settings.precision();
    compiled = CompiledGraph.of(program, settings);
  }

  /** One thread, 64-bit reals. */
  public static Evaluation exact(Graph graph) {
    return new Evaluation(graph, SessionSettings.cpu().precision(Precision.FLOAT64));
  }

  public Evaluation reals(String name, double[] values, long... size) {
    if (precision == Precision.FLOAT64) {
      inputs.doubles(name, size).put(values);
    } else {
      var buffer = inputs.floats(name, size);
      for (double value : values) {
        buffer.put((float) value);
      }
    }
    return this;
  }

  public Evaluation whole(String name, long[] values, long... size) {
    inputs.longs(name, size).put(values);
    return this;
  }

  public Evaluation truths(String name, boolean[] values, long... size) {
    ByteBuffer buffer = inputs.truths(name, size);
    for (boolean value : values) {
      buffer.put((byte) (value ? 1 : 0));
    }
    return this;
  }

  public Evaluation run() {
    compiled.run(name -> inputs.columns().get(name), outputs);
    return this;
  }

  /** An output's values, whatever their type; truth values as 0 and 1. */
  public double[] get(String output) {
    Batch.Column column = outputs.column(output);
    ByteBuffer bytes = column.bytes().duplicate().order(ByteOrder.nativeOrder());
    double[] values = new double[column.entries()];
    for (int i = 0; i < values.length; i++) {
      values[i] =
          column.element() == ElementType.INT64
              ? bytes.getLong(8 * i)
              : column.element() == ElementType.BOOL
                  ? bytes.get(i)
                  : precision == Precision.FLOAT64 ? bytes.getDouble(8 * i) : bytes.getFloat(4 * i);
    }
    return values;
  }

  public long[] sizeOf(String output) {
    return outputs.column(output).size().clone();
  }

  public Program program() {
    return compiled.program();
  }

  @Override
  public void close() {
    compiled.close();
    inputs.close();
    outputs.close();
    memory.close();
  }
}
