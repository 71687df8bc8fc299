package io.genrec.golden;

import com.fasterxml.jackson.databind.JsonNode;

/** A known tensor: sizes and values, row-major. */
record GoldenTensor(int[] shape, String dtype, double[] values) {
  static GoldenTensor of(String path, JsonNode node) {
    JsonNode sizes = node.path("shape");
    int[] shape = new int[sizes.size()];
    int entries = 1;
    for (int i = 0; i < shape.length; i++) {
      shape[i] = sizes.get(i).intValue();
      entries *= shape[i];
    }
    JsonNode data = node.path("data");
    if (data.size() != entries) {
      throw new AssertionError(path + " has " + data.size() + " values for shape " + sizes);
    }
    double[] values = new double[entries];
    for (int i = 0; i < entries; i++) {
      values[i] = data.get(i).doubleValue();
    }
    return new GoldenTensor(shape, node.path("dtype").asText(), values);
  }

  long whole(int... index) {
    return (long) at(index);
  }

  double at(int... index) {
    int flat = 0;
    for (int axis = 0; axis < shape.length; axis++) {
      flat = flat * shape[axis] + index[axis];
    }
    return values[flat];
  }

  /** A matrix with rows and columns exchanged. */
  GoldenTensor transposed() {
    double[] swapped = new double[values.length];
    for (int i = 0; i < shape[0]; i++) {
      for (int j = 0; j < shape[1]; j++) {
        swapped[j * shape[0] + i] = values[i * shape[1] + j];
      }
    }
    return new GoldenTensor(new int[] {shape[1], shape[0]}, dtype, swapped);
  }
}
