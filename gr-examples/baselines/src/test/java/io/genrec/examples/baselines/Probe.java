package io.genrec.examples.baselines;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import io.genrec.api.config.StrictConfig;
import io.genrec.api.encoder.EncoderFactory;
import io.genrec.api.graph.ElementType;
import io.genrec.api.graph.Gradients;
import io.genrec.api.graph.Graph;
import io.genrec.api.graph.Parameter;
import io.genrec.api.graph.Tensor;
import io.genrec.api.sequence.Batch;
import io.genrec.api.sequence.Role;
import io.genrec.api.sequence.Schema;
import io.genrec.api.sequence.TokenContext;
import io.genrec.api.sequence.TokenRow;
import io.genrec.api.training.Sampler;
import io.genrec.engine.model.Model;
import io.genrec.engine.onnx.CudaKernels;
import io.genrec.engine.onnx.Precision;
import io.genrec.engine.program.Program;
import io.genrec.engine.runtime.CompiledGraph;
import io.genrec.engine.runtime.SessionSettings;
import java.nio.DoubleBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;

/** A small model of one encoder with random weights, run in 64 bits. */
final class Probe {
  static final int DIM = 6;
  static final int RATING_DIM = 2;
  static final int MAX_LENGTH = 11;
  private static final double[] FACTORS = new Random(5).doubles(DIM, -1, 1).toArray();
  private static final Schema SCHEMA =
      new Schema(
          List.of(
              new Schema.Feature(Schema.ITEM, 9, DIM),
              new Schema.Feature(Sequence.RATING, 3, RATING_DIM)),
          MAX_LENGTH - 1,
          MAX_LENGTH);

  private final Model model;
  private final Map<String, double[]> weights = new HashMap<>();

  private Probe(Model model) {
    this.model = model;
    Random random = new Random(17);
    // Values large enough that every term shows.
    for (Parameter parameter : model.parameters().values()) {
      weights.put(parameter.name(), random.doubles(parameter.entries(), -0.7, 0.7).toArray());
    }
  }

  static <C extends Record> Probe of(EncoderFactory<C> factory, String options, Set<Role> roles) {
    C config = StrictConfig.parse("test", options).as(factory.configType());
    return new Probe(
        new Model(factory.name(), SCHEMA, roles, scope -> factory.create(config, scope, SCHEMA)));
  }

  Model model() {
    return model;
  }

  double[] weight(String name) {
    return Objects.requireNonNull(weights.get(name), name);
  }

  /** The embedding of a token's item, and of its rating if that is wanted. */
  double[] embedding(Sequence sequence, int token, boolean rated) {
    double[] item = Loops.row(weight("embedding/item"), sequence.items()[token], DIM);
    double[] ratings = weight("embedding/rating");
    return rated
        ? Loops.concat(item, Loops.row(ratings, sequence.ratings()[token], RATING_DIM))
        : item;
  }

  /** The outputs: one row per token, padding included. */
  double[][][] encode(List<Sequence> sequences, int padded) {
    Graph graph = model.inspect("outputs", t -> Map.of("outputs", model.encoder().encode(t)));
    Map<String, double[]> outputs = run(graph, inputs -> write(inputs, sequences, padded));
    DoubleBuffer values = DoubleBuffer.wrap(Objects.requireNonNull(outputs.get("outputs")));
    double[][][] result = new double[sequences.size()][padded][DIM];
    for (double[][] sequence : result) {
      for (double[] row : sequence) {
        values.get(row);
      }
    }
    return result;
  }

  /**
   * What a training graph's loss sees of the outputs: the sum of their entries, each with a factor
   * of its own.
   */
  double trained(List<Sequence> sequences, int padded) {
    Graph graph =
        model.training(
            loss -> loss.outputs().times(loss.outputs().graph().constants(FACTORS)).sumAll(),
            Sampler.Sharing.BATCH,
            true);
    return run(graph, inputs -> write(inputs, sequences, padded)).get(Model.LOSS)[0];
  }

  /** The same of outputs. */
  static double summed(double[][] outputs) {
    double sum = 0;
    for (double[] row : outputs) {
      for (int i = 0; i < row.length; i++) {
        sum += row[i] * FACTORS[i];
      }
    }
    return sum;
  }

  /** The outputs of a graph of this model. */
  Map<String, double[]> run(Graph graph, Consumer<Batch> tokens) {
    try (BufferAllocator memory = new RootAllocator();
        Batch inputs = new Batch(memory);
        Batch outputs = new Batch(memory);
        CompiledGraph compiled = compile(graph)) {
      tokens.accept(inputs);
      writeWeights(inputs);
      return run(compiled, inputs, outputs);
    }
  }

  private static CompiledGraph compile(Graph graph) {
    return CompiledGraph.of(graph, SessionSettings.cpu().precision(Precision.FLOAT64));
  }

  static void write(Batch inputs, List<Sequence> sequences, int padded) {
    List<String> features = List.of(Schema.ITEM, Sequence.RATING);
    TokenRow row = new TokenRow(inputs, sequences.size(), padded, features, List.of());
    for (int b = 0; b < sequences.size(); b++) {
      sequences.get(b).write(row.at(b));
    }
  }

  private void writeWeights(Batch inputs) {
    for (Parameter parameter : model.parameters().values()) {
      long[] size = parameter.size().stream().mapToLong(Long::longValue).toArray();
      inputs.doubles(parameter.name(), size).put(weight(parameter.name()));
    }
  }

  private static Map<String, double[]> run(CompiledGraph compiled, Batch inputs, Batch outputs) {
    compiled.run(inputs::column, outputs);
    Map<String, double[]> values = new HashMap<>();
    outputs
        .columns()
        .forEach(
            (name, column) -> {
              double[] copy = new double[column.entries()];
              column.bytes().asDoubleBuffer().get(copy);
              values.put(name, copy);
            });
    return values;
  }

  /** A padded batch gives each sequence what it gets alone. */
  void assertNeitherPaddingNorNeighboursChangeASequence(List<Sequence> sequences) {
    double[][][] together = encode(sequences, MAX_LENGTH);
    for (int b = 0; b < sequences.size(); b++) {
      Sequence sequence = sequences.get(b);
      double[][] alone = encode(List.of(sequence), sequence.length())[0];
      for (int i = 0; i < sequence.length(); i++) {
        assertThat(together[b][i]).containsExactly(alone[i], offset(1e-13));
      }
    }
    for (double[][] sequence : together) {
      for (double[] row : sequence) {
        assertThat(row).doesNotContain(Double.NaN);
      }
    }
  }

  /** A token changes its own output, those of tokens that see it, and no others. */
  void assertOnlyWhoSeesATokenKnowsIt(Sequence sequence) {
    double[][] before = encode(List.of(sequence), sequence.length())[0];
    for (int changed = 0; changed < sequence.length(); changed++) {
      double[][] after = encode(List.of(sequence.with(changed, 7)), sequence.length())[0];
      for (int i = 0; i < sequence.length(); i++) {
        if (i == changed || sequence.sees(i, changed)) {
          assertThat(after[i]).as("%d at %d", changed, i).isNotEqualTo(before[i]);
        } else {
          assertThat(after[i]).as("%d at %d", changed, i).isEqualTo(before[i]);
        }
      }
    }
  }

  /**
   * The gradient of each parameter is the finite difference, at its largest entry and some more.
   */
  void assertGradientsAreFiniteDifferences(List<Sequence> sequences) {
    Graph graph = model.inspect("gradients", this::lossAndGradients);
    int padded = MAX_LENGTH - 2;
    try (BufferAllocator memory = new RootAllocator();
        Batch inputs = new Batch(memory);
        Batch outputs = new Batch(memory);
        CompiledGraph compiled = compile(graph)) {
      write(inputs, sequences, padded);
      writeWeights(inputs);
      Map<String, double[]> found = run(compiled, inputs, outputs);
      Random random = new Random(29);
      double step = 1e-5;
      for (String name : model.parameters().keySet()) {
        double[] gradient = found.get("gradient/" + name);
        if (gradient == null) {
          continue; // a table that this encoder does not read
        }
        int largest = largest(gradient);
        assertThat(gradient[largest]).as(name).isFinite().isNotZero();
        DoubleBuffer values = inputs.column(name).bytes().asDoubleBuffer();
        for (int entry : new int[] {largest, random.nextInt(gradient.length), 0}) {
          double there = values.get(entry);
          values.put(entry, there + step);
          double above = run(compiled, inputs, outputs).get("loss")[0];
          values.put(entry, there - step);
          double below = run(compiled, inputs, outputs).get("loss")[0];
          values.put(entry, there);
          double expected = (above - below) / (2 * step);
          assertThat(gradient[entry])
              .as("%s[%d]", name, entry)
              .isCloseTo(expected, offset(1e-6 * Math.max(1, Math.abs(expected))));
        }
      }
    }
  }

  private static int largest(double[] values) {
    int largest = 0;
    for (int i = 1; i < values.length; i++) {
      largest = Math.abs(values[i]) > Math.abs(values[largest]) ? i : largest;
    }
    return largest;
  }

  /** A loss in which each entry of each token counts otherwise. */
  private Map<String, Tensor> lossAndGradients(TokenContext tokens) {
    Graph graph = tokens.graph();
    Tensor outputs = model.encoder().encode(tokens);
    double[] factors = new Random(3).doubles(DIM, -1, 1).toArray();
    Tensor counts = tokens.valid().cast(ElementType.FLOAT).unsqueeze(-1);
    Tensor loss = outputs.exp().times(graph.constants(factors)).times(counts).sumAll();
    List<Parameter> read = new ArrayList<>(graph.parameters().values());
    List<Tensor> gradients =
        Gradients.of(loss, read.stream().map(parameter -> parameter.in(graph)).toList());
    Map<String, Tensor> outcome = new LinkedHashMap<>();
    outcome.put("loss", loss);
    for (int i = 0; i < read.size(); i++) {
      outcome.put("gradient/" + read.get(i).name(), gradients.get(i));
    }
    return outcome;
  }

  /** Outputs and gradients have kernels on CUDA. */
  void assertEveryGraphHasCudaKernels() {
    for (Graph graph :
        List.of(
            model.users(), model.recommend(), model.inspect("gradients", this::lossAndGradients))) {
      assertThat(CudaKernels.gaps(Program.of(graph), Precision.FLOAT32)).as(graph.name()).isEmpty();
    }
  }
}
