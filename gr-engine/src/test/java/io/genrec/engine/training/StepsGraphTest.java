package io.genrec.engine.training;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.genrec.api.graph.ElementType;
import io.genrec.api.graph.Graph;
import io.genrec.api.graph.Parameter;
import io.genrec.api.graph.TensorType;
import io.genrec.api.sequence.Role;
import io.genrec.api.sequence.Schema;
import io.genrec.api.task.Label;
import io.genrec.api.training.Sampler.Sharing;
import io.genrec.engine.loss.Multitask;
import io.genrec.engine.model.Model;
import io.genrec.engine.onnx.CudaKernels;
import io.genrec.engine.onnx.Precision;
import io.genrec.engine.optimizer.OptimizerConfig;
import io.genrec.engine.optimizer.OptimizerConfig.Name;
import io.genrec.engine.optimizer.ParameterGroup;
import io.genrec.engine.optimizer.StepFormula;
import io.genrec.engine.program.Program;
import io.genrec.engine.ranking.MultitaskHead;
import io.genrec.engine.ranking.Ranker;
import io.genrec.engine.runtime.Evaluation;
import io.genrec.engine.wiring.Registry;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A run of several steps in 64 bits against as many runs of one step's graph, each on a batch of
 * its own length and followed by the optimizer's formula written out in Java.
 */
class StepsGraphTest {
  private static final int SEQUENCES = 4;
  private static final int ROWS = 14;
  private static final int NEGATIVES = 3;
  private static final double CLIP = 0.4;
  private static final double RATE = 0.02;
  private static final double DECAY = 0.3;
  private static final String TABLE = "embedding/item";

  private final Random random = new Random(12);
  private Model model = model();

  /** Values with their sizes. */
  @SuppressWarnings("ArrayRecordComponent")
  private record Values(double[] values, long[] size) {}

  private static Model model() {
    Registry registry = Toy.registry();
    Schema schema = Toy.schema();
    return Toy.model(registry, schema, 0.3, 0.1);
  }

  /** Two outcomes of each event, of some events alone. */
  private static Model ranker() {
    Registry registry = Toy.registry();
    Schema schema = Toy.schema();
    List<Label> labels =
        List.of(
            new Label("click", Label.Kind.BINARY, 1),
            new Label("seconds", Label.Kind.REGRESSION, 0.5));
    return new Model(
        "toy",
        schema,
        Set.of(Role.EVENT),
        scope ->
            registry.encoder(
                Toy.config("{\"name\": \"toy\", \"dropout\": 0.3, \"scale\": 0.1}"), scope, schema),
        scope ->
            Optional.of(
                new Ranker(
                    tokens -> tokens.embed(Schema.ITEM),
                    new MultitaskHead(
                        new MultitaskHead.Config(6, List.of(), 1e-5),
                        scope.child("head"),
                        schema,
                        List.of("click", "seconds")),
                    labels)));
  }

  private Graph step(Sharing sharing) {
    return model.training(
        Toy.registry().loss(Toy.config("{\"name\": \"sampled-softmax\", \"logQ\": true}")),
        sharing,
        true);
  }

  private StepFormula formula(Name name, Set<String> partial, ParameterGroup... groups) {
    return Toy.config(
            "{\"name\": \"%s\", \"rate\": 0.02, \"weightDecay\": 0.3, \"clipNorm\": 0.4}"
                .formatted(name.toString().toLowerCase(java.util.Locale.ROOT).replace('_', '-')))
        .as(OptimizerConfig.class)
        .formula(model.parameters().values(), List.of(groups), partial);
  }

  @ParameterizedTest
  @CsvSource({
    "ADAMW, false, POSITION, 1",
    "ADAMW, false, POSITION, 3",
    "ADAMW, false, BATCH, 3",
    "REPLAY_ADAMW, true, SEQUENCE, 3",
    "LAZY_ADAMW, false, POSITION, 3",
    "LAZY_ADAMW, true, BATCH, 1",
    "LAZY_ADAMW, true, BATCH, 3",
    "ROWWISE_ADAMW, true, POSITION, 3"
  })
  void followsTheFormulaStepByStep(Name name, boolean partial, Sharing sharing, int steps) {
    followsTheFormula(step(sharing), name, partial, steps);
  }

  /** Batches differ in the number of tokens that have outcomes, too. */
  @ParameterizedTest
  @CsvSource({"ADAMW, false, 3", "LAZY_ADAMW, true, 3"})
  void followsTheFormulaOfAModelThatRanks(Name name, boolean partial, int steps) {
    model = ranker();
    Graph step =
        model.training(new Multitask().create(new Multitask.Config(200)), Sharing.POSITION, true);
    assertThat(step.inputs()).containsKey(Model.LABELLED);
    followsTheFormula(step, name, partial, steps);
  }

  private void followsTheFormula(Graph step, Name name, boolean partial, int steps) {
    StepFormula formula = formula(name, partial ? Set.of(TABLE) : Set.of());
    List<Map<String, Values>> given = new ArrayList<>();
    for (int i = 0; i < steps; i++) {
      given.add(batch(Program.of(step), new int[] {5, 9, 7}[i]));
    }
    Map<String, double[]> state = new LinkedHashMap<>();
    formula
        .state()
        .forEach(
            (n, type) -> {
              double[] begin = new double[entries(size(type, 0, 0))];
              if (!n.startsWith("adam/")) {
                Arrays.setAll(begin, i -> 0.3 * random.nextGaussian());
              }
              state.put(n, begin);
            });
    try (Evaluation together = Evaluation.exact(StepsGraph.of(step, formula));
        Evaluation alone = Evaluation.exact(step)) {
      for (int i = 0; i < steps; i++) {
        given.get(i).putAll(numbers(formula, i + 1));
      }
      state.forEach(
          (n, values) ->
              together.reals(n, values, size(requireNonNull(formula.state().get(n)), 0, 0)));
      for (String n : given.get(0).keySet()) {
        Values stacked = stack(given.stream().map(each -> requireNonNull(each.get(n))).toList());
        give(together, type(n, step, formula), n, stacked);
      }
      together.run();

      double[] losses = together.get(StepsGraph.LOSS);
      double[] norms = together.get(StepsGraph.NORM);
      for (int i = 0; i < steps; i++) {
        Map<String, Values> now = given.get(i);
        for (Map.Entry<String, TensorType> input : Program.of(step).inputs().entrySet()) {
          String n = input.getKey();
          if (state.containsKey(n)) {
            alone.reals(n, requireNonNull(state.get(n)), size(input.getValue(), 0, 0));
          } else {
            give(alone, input.getValue(), n, requireNonNull(now.get(n)));
          }
        }
        alone.run();
        double norm = update(name, partial, alone, now, i + 1, state);
        assertThat(norm).isGreaterThan(CLIP);
        assertThat(norms[i]).isCloseTo(norm, within(1e-11 * norm));
        double loss = alone.get(Model.LOSS)[0];
        assertThat(losses[i]).isCloseTo(loss, within(1e-11 * loss));
      }
      state.forEach(
          (n, values) ->
              assertThat(together.get(StepsGraph.AFTER + n))
                  .as(n)
                  .containsExactly(values, within(1e-11)));
    }
  }

  /** One step of the optimizer on 64-bit numbers; gives the norm. */
  private double update(
      Name name,
      boolean partial,
      Evaluation gradients,
      Map<String, Values> now,
      int t,
      Map<String, double[]> state) {
    double weight = 10 + t;
    double squares = 0;
    for (Parameter parameter : model.parameters().values()) {
      for (double sum : gradients.get(Model.GRADIENT + parameter.name())) {
        squares += sum * sum / weight / weight;
      }
    }
    double norm = Math.sqrt(squares);
    for (Parameter parameter : model.parameters().values()) {
      double[] g = gradients.get(Model.GRADIENT + parameter.name());
      double[] p = requireNonNull(state.get(parameter.name()));
      double[] m = requireNonNull(state.get("adam/m/" + parameter.name()));
      double[] v = requireNonNull(state.get("adam/v/" + parameter.name()));
      boolean table = parameter.kind() == Parameter.Kind.EMBEDDING;
      boolean lazy = table && (name == Name.LAZY_ADAMW || name == Name.ROWWISE_ADAMW);
      int dim = table ? (int) (long) parameter.size().get(1) : 1;
      for (int row = 0; row < p.length / dim; row++) {
        double[] x = Arrays.copyOfRange(g, row * dim, (row + 1) * dim);
        boolean touched =
            partial
                ? lazy && requireNonNull(now.get(StepFormula.named(TABLE))).values()[row] != 0
                : Arrays.stream(x).anyMatch(each -> each != 0);
        if (lazy && !touched) {
          continue;
        }
        double mean = 0;
        for (int i = 0; i < dim; i++) {
          x[i] *= Math.min(1, CLIP / (norm + 1e-6)) / weight;
          mean += x[i] * x[i] / dim;
        }
        boolean perRow = table && name == Name.ROWWISE_ADAMW;
        if (perRow) {
          v[row] = 0.98 * v[row] + 0.02 * mean;
        }
        for (int i = row * dim; i < (row + 1) * dim; i++) {
          double each = x[i - row * dim];
          m[i] = 0.9 * m[i] + 0.1 * each;
          if (!perRow) {
            v[i] = 0.98 * v[i] + 0.02 * each * each;
          }
          double mHat = m[i] / (1 - Math.pow(0.9, t));
          double vHat = v[perRow ? row : i] / (1 - Math.pow(0.98, t));
          p[i] -= RATE * DECAY * p[i] + RATE * mHat / (Math.sqrt(vHat) + 1e-8);
        }
      }
    }
    return norm;
  }

  /** What a step is given beside its batch. */
  private Map<String, Values> numbers(StepFormula formula, int t) {
    Map<String, Values> numbers = new LinkedHashMap<>();
    formula
        .inputs()
        .forEach(
            (n, type) -> {
              if (type.element() == ElementType.BOOL) {
                numbers.put(
                    n,
                    new Values(random.doubles(ROWS).map(Math::rint).toArray(), new long[] {ROWS}));
              } else if (type.shape().rank() == 0) {
                numbers.put(n, new Values(new double[] {10 + t}, new long[0]));
              } else {
                double[] each = {
                  1 - RATE * DECAY,
                  RATE / (1 - Math.pow(0.9, t)),
                  1 / Math.sqrt(1 - Math.pow(0.98, t))
                };
                numbers.put(n, new Values(each, new long[] {3}));
              }
            });
    return numbers;
  }

  /** A batch whose sequences are 1 to length tokens long. */
  private Map<String, Values> batch(Program step, int length) {
    int[] lengths = random.ints(SEQUENCES, 1, length + 1).toArray();
    lengths[0] = length;
    Map<String, Values> batch = new LinkedHashMap<>();
    step.inputs()
        .forEach(
            (n, type) -> {
              if (model.parameters().containsKey(n)) {
                return;
              }
              long[] size = size(type, SEQUENCES, length);
              double[] values = new double[entries(size)];
              if (n.equals(Model.LABELLED)) {
                batch.put(n, new Values(labelled(lengths, (int) size[1]), size));
                return;
              }
              boolean perToken = n.startsWith("tokens/") || n.startsWith("targets/");
              for (int i = 0; i < values.length; i++) {
                boolean there = !perToken || i % length < lengths[i / length];
                values[i] =
                    !there
                        ? 0
                        : type.element() == ElementType.BOOL
                            ? 1
                            : type.element() == ElementType.INT64
                                ? 1 + random.nextInt(ROWS - 1)
                                : n.startsWith("dropout/")
                                    ? random.nextInt(10) < 3 ? 0 : 1 / 0.7
                                    : n.endsWith("/log_probability")
                                        ? -random.nextDouble()
                                        : random.nextDouble();
              }
              batch.put(n, new Values(values, size));
            });
    return batch;
  }

  /** Rising places in sequences of these lengths: all of the first, then ever fewer. */
  private static double[] labelled(int[] lengths, int most) {
    double[] places = new double[lengths.length * most];
    for (int row = 0; row < lengths.length; row++) {
      int count = Math.min(most - row % most, lengths[row]);
      for (int i = 0; i < count; i++) {
        places[row * most + i] = lengths[row] - count + i + 1;
      }
    }
    return places;
  }

  private static TensorType type(String name, Graph step, StepFormula formula) {
    TensorType own = formula.inputs().get(name);
    return own != null ? own : requireNonNull(step.inputs().get(name)).type();
  }

  private static long[] size(TensorType type, long sequences, long length) {
    Map<String, Long> sizes =
        Map.of(
            "batch",
            sequences,
            "length",
            length,
            "negatives",
            (long) NEGATIVES,
            Model.LABELLED_DIM,
            length / 2,
            TABLE + ".rows",
            (long) ROWS);
    return type.shape().sizes(dim -> requireNonNull(sizes.get(dim), dim));
  }

  private static int entries(long... size) {
    return (int) Arrays.stream(size).reduce(1, (a, b) -> a * b);
  }

  private static void give(Evaluation to, TensorType type, String name, Values values) {
    double[] all = values.values();
    switch (type.element()) {
      case FLOAT -> to.reals(name, all, values.size());
      case INT64 ->
          to.whole(name, Arrays.stream(all).mapToLong(x -> (long) x).toArray(), values.size());
      case BOOL -> {
        boolean[] truths = new boolean[all.length];
        for (int i = 0; i < all.length; i++) {
          truths[i] = all[i] != 0;
        }
        to.truths(name, truths, values.size());
      }
    }
  }

  /** One behind the other, each entry put where its indices say; 0 elsewhere. */
  private static Values stack(List<Values> parts) {
    int rank = parts.get(0).size().length;
    long[] size = new long[rank + 1];
    size[0] = parts.size();
    for (Values part : parts) {
      for (int axis = 0; axis < rank; axis++) {
        size[axis + 1] = Math.max(size[axis + 1], part.size()[axis]);
      }
    }
    double[] values = new double[entries(size)];
    for (int i = 0; i < parts.size(); i++) {
      for (int j = 0; j < parts.get(i).values().length; j++) {
        long left = j;
        long at = 0;
        long stride = 1;
        for (int axis = rank - 1; axis >= 0; axis--) {
          at += left % parts.get(i).size()[axis] * stride;
          left /= parts.get(i).size()[axis];
          stride *= size[axis + 1];
        }
        values[(int) (i * stride + at)] = parts.get(i).values()[j];
      }
    }
    return new Values(values, size);
  }

  @ParameterizedTest
  @CsvSource({
    "ADAMW, false",
    "REPLAY_ADAMW, true",
    "LAZY_ADAMW, false",
    "LAZY_ADAMW, true",
    "ROWWISE_ADAMW, false",
    "ROWWISE_ADAMW, true"
  })
  void hasACudaKernelForAllThatItDoes(Name name, boolean partial) {
    for (Sharing sharing : Sharing.values()) {
      Program program =
          Program.of(
              StepsGraph.of(step(sharing), formula(name, partial ? Set.of(TABLE) : Set.of())));
      assertThat(CudaKernels.gaps(program, Precision.FLOAT32)).isEmpty();
    }
  }

  @ParameterizedTest
  @CsvSource({"ADAMW", "LAZY_ADAMW"})
  void weightsThatStayAreReadFromAroundTheLoop(Name name) {
    StepFormula formula = formula(name, Set.of(), ParameterGroup.freeze("toy/w"));
    Program program = Program.of(StepsGraph.of(step(Sharing.BATCH), formula));
    assertThat(program.inputs()).containsKey("toy/w").doesNotContainKey("adam/m/toy/w");
    assertThat(program.outputs()).doesNotContainKey(StepsGraph.AFTER + "toy/w");
    assertThat(requireNonNull(program.inputs().get("toy/w")).shape().rank()).isEqualTo(2);
  }
}
