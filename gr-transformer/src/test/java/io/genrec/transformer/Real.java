package io.genrec.transformer;

import io.genrec.api.graph.Parameter;
import io.genrec.api.sequence.Batch;
import io.genrec.engine.onnx.Precision;
import java.util.stream.LongStream;

/** Values of a real input, row-major. */
record Real(double[] values, long... size) {
  static Real zeros(long... size) {
    long entries = LongStream.of(size).reduce(1, Math::multiplyExact);
    return new Real(new double[Math.toIntExact(entries)], size);
  }

  static Real of(Parameter parameter, double[] values) {
    return new Real(values, parameter.size().stream().mapToLong(Long::longValue).toArray());
  }

  void write(Batch batch, String name, Precision precision) {
    if (precision == Precision.FLOAT64) {
      batch.doubles(name, size).put(values);
      return;
    }
    var buffer = batch.floats(name, size);
    for (double value : values) {
      buffer.put((float) value);
    }
  }

  double at(int... place) {
    return values[index(place)];
  }

  int index(int... place) {
    int flat = 0;
    for (int axis = 0; axis < place.length; axis++) {
      flat = flat * (int) size[axis] + place[axis];
    }
    return flat;
  }
}
