package io.genrec.transformer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import io.genrec.api.config.StrictConfig;
import io.genrec.api.encoder.EncoderFactory;
import io.genrec.api.graph.Graph;
import io.genrec.api.graph.Initializer;
import io.genrec.api.graph.Parameter;
import io.genrec.api.sequence.Role;
import io.genrec.api.sequence.Schema;
import io.genrec.engine.model.Model;
import io.genrec.engine.onnx.Precision;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.function.DoubleSupplier;

/** A small model with weights large enough that every term shows. */
final class Subject {
  static final int ITEMS = 9;
  static final int MAX_LENGTH = 11;
  static final int DIM = 8;

  /** A feature as wide as the item. */
  static final String COLOUR = "colour";

  /** Three histories of other lengths. */
  static final int[][] HISTORIES = {{3, 1, 4, 1, 5, 9, 2}, {6}, {5, 3, 5, 8}};

  private static final int COLOURS = 4;

  private final Model model;
  private final Map<String, double[]> weights = new HashMap<>();

  private Subject(Model model) {
    this.model = model;
    Random random = new Random(17);
    for (Parameter parameter : model.parameters().values()) {
      weights.put(parameter.name(), random.doubles(parameter.entries(), -0.7, 0.7).toArray());
    }
  }

  static Subject sasrec(String options) {
    return of(new Sasrec(), options, DIM);
  }

  static Subject llama(String options) {
    return of(new Llama(), options, DIM);
  }

  /** A model whose sequences are histories. */
  static Subject of(EncoderFactory<?> factory, String options, int dim) {
    return of(factory, options, dim, Set.of(Role.EVENT));
  }

  /** A model whose tokens are of some roles. */
  static <C extends Record> Subject of(
      EncoderFactory<C> factory, String options, int dim, Set<Role> roles) {
    C config = config(factory, options);
    List<Schema.Feature> features =
        List.of(
            new Schema.Feature(Schema.ITEM, ITEMS, dim),
            new Schema.Feature(COLOUR, COLOURS, dim),
            new Schema.Feature("narrow", 2, 3));
    Schema schema = new Schema(features, MAX_LENGTH - 1, MAX_LENGTH);
    return new Subject(
        new Model(factory.name(), schema, roles, scope -> factory.create(config, scope, schema)));
  }

  static EncoderFactory<?> factory(String encoder) {
    return encoder.equals("sasrec") ? new Sasrec() : new Llama();
  }

  static <C extends Record> C config(EncoderFactory<C> factory, String options) {
    return StrictConfig.parse("test", options).as(factory.configType());
  }

  /** The colour of a token, which follows from its item. */
  static int colour(int item) {
    return 1 + item % COLOURS;
  }

  Model model() {
    return model;
  }

  double[] weights(String parameter) {
    return Objects.requireNonNull(weights.get(parameter), parameter);
  }

  /** The encoder's outputs: one row for each token. */
  double[][][] outputs(Precision precision, int padded, int[]... items) {
    Graph graph = model.inspect("y", tokens -> Map.of("y", model.encoder().encode(tokens)));
    try (Session session = new Session(this, graph, precision).events(padded, items)) {
      Real y = Objects.requireNonNull(session.run().get("y"));
      double[][][] rows = new double[items.length][][];
      for (int b = 0; b < items.length; b++) {
        rows[b] = new double[items[b].length][(int) y.size()[2]];
        for (int i = 0; i < items[b].length; i++) {
          System.arraycopy(y.values(), y.index(b, i, 0), rows[b][i], 0, rows[b][i].length);
        }
      }
      return rows;
    }
  }

  /** The same in 64 bits. */
  double[][][] outputs(int padded, int[]... items) {
    return outputs(Precision.FLOAT64, padded, items);
  }

  /** Holds the outputs of {@link #HISTORIES} against plain loops. */
  void assertEqualsPlainLoops(Slow slow, Precision precision, double error) {
    double[][][] actual = outputs(precision, 8, HISTORIES);
    for (int b = 0; b < HISTORIES.length; b++) {
      double[][] expected = slow.encode(b, HISTORIES[b], Masks.NONE);
      for (int i = 0; i < expected.length; i++) {
        assertThat(actual[b][i])
            .as("sequence %d, token %d", b, i)
            .containsExactly(expected[i], offset(error));
      }
    }
  }

  /** Holds some entries of a parameter's gradient against central differences of a loss. */
  void assertDifferences(
      String parameter, double[] gradient, DoubleSupplier loss, double tolerance) {
    double[] values = weights(parameter);
    double step = 1e-5;
    for (int entry : new Random(5).ints(5, 0, values.length).toArray()) {
      double there = values[entry];
      values[entry] = there + step;
      double above = loss.getAsDouble();
      values[entry] = there - step;
      double below = loss.getAsDouble();
      values[entry] = there;
      double expected = (above - below) / (2 * step);
      assertThat(gradient[entry])
          .as("%s, entry %d", parameter, entry)
          .isCloseTo(expected, offset(tolerance * Math.max(1, Math.abs(expected))));
    }
  }

  /** How first values of a parameter are spread. */
  Spread initial(String name) {
    Parameter parameter = Objects.requireNonNull(model.parameters().get(name), name);
    long[] size = parameter.size().stream().mapToLong(Long::longValue).toArray();
    Initializer.Values values = parameter.initializer().values(size, new Random(3));
    double square = 0;
    double largest = 0;
    for (long i = 0; i < parameter.entries(); i++) {
      double value = values.next();
      square += value * value;
      largest = Math.max(largest, Math.abs(value));
    }
    return new Spread(Math.sqrt(square / parameter.entries()), largest);
  }

  /** The root of the mean square, and the largest magnitude. */
  record Spread(double deviation, double largest) {}
}
