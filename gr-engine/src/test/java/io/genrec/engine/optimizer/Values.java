package io.genrec.engine.optimizer;

import static java.util.Objects.requireNonNull;

import io.genrec.api.graph.ElementType;
import io.genrec.api.sequence.Batch.Column;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;
import java.util.Random;

/** Columns and gradients from arrays, and back. */
final class Values {
  private Values() {}

  static Column column(float[] values, long... size) {
    ByteBuffer bytes =
        ByteBuffer.allocateDirect(values.length * Float.BYTES).order(ByteOrder.nativeOrder());
    bytes.asFloatBuffer().put(values);
    return new Column(ElementType.FLOAT, size, bytes);
  }

  static Gradient whole(float[] values, long... size) {
    return new Gradient.Whole(column(values, size));
  }

  static Gradient rows(long[] rows, int dim, float... values) {
    return new Gradient.Rows(rows, column(values, values.length / dim, dim));
  }

  /** The value of a key that must be there. */
  static <T> T at(Map<String, T> map, String key) {
    return requireNonNull(map.get(key), key);
  }

  static float[] floats(Column column) {
    float[] values = new float[column.entries()];
    column.bytes().duplicate().order(ByteOrder.nativeOrder()).asFloatBuffer().get(values);
    return values;
  }

  static Column copy(Column column) {
    ByteBuffer bytes =
        ByteBuffer.allocateDirect(column.bytes().remaining()).order(ByteOrder.nativeOrder());
    bytes.put(column.bytes().duplicate()).flip();
    return new Column(column.element(), column.size(), bytes);
  }

  static float[] normal(Random random, int count, double deviation) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) (random.nextGaussian() * deviation);
    }
    return values;
  }

  static OptimizerConfig config(OptimizerConfig.Name name, double rate, double decay) {
    return new OptimizerConfig(
        name, rate, 0.9, 0.98, 1e-8, decay, 0, Schedule.Shape.CONSTANT, 0.1, null);
  }
}
