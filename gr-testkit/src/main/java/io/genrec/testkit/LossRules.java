package io.genrec.testkit;

import io.genrec.api.graph.Graph;
import io.genrec.api.sequence.Schema;
import io.genrec.api.task.Label;
import io.genrec.api.training.Sampler.Sharing;
import io.genrec.engine.onnx.CudaKernels;
import io.genrec.engine.onnx.OnnxExport;
import io.genrec.engine.onnx.Precision;
import io.genrec.engine.program.Program;
import io.genrec.testkit.LossBatch.Position;
import io.genrec.testkit.LossBench.Inputs;
import io.genrec.testkit.LossBench.Result;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.opentest4j.TestAbortedException;

/** The rules of losses. Each is checked for every way in which negatives can be shared. */
final class LossRules {
  static final String SUM = "rule 1: the losses of micro-batches add up";
  static final String PADDING = "rule 2: what has weight 0 changes nothing";
  static final String WEIGHTS = "rule 3: a weight multiplies the loss of its position";
  static final String GRADIENTS = "rule 4: gradients are finite differences";
  static final String EXTREMES = "rule 5: extreme outputs give a finite loss and gradient";
  static final String ORDER = "rule 6: the order of sequences and positions does not matter";
  static final String COLLISIONS = "rule 7: a negative that equals the target changes nothing";
  static final String NEEDS = "rule 8: the loss says what it needs";
  static final String GRAPHS = "rule 9: one loss builds equal graphs, for CUDA too";

  static final List<Rule<LossBench>> ALL =
      List.of(
          rule(SUM, LossRules::sum),
          rule(PADDING, LossRules::padding),
          rule(WEIGHTS, LossRules::weights),
          rule(GRADIENTS, LossRules::gradients),
          rule(EXTREMES, LossRules::extremes),
          rule(ORDER, LossRules::order),
          rule(COLLISIONS, LossRules::collisions),
          rule(NEEDS, LossRules::needs),
          rule(GRAPHS, LossRules::graphs));

  private static final Tolerance ROUNDING = Tolerance.of(Precision.FLOAT64, "");
  private static final double STEP = 1e-5;
  private static final double DIFFERENCE = 1e-6;

  private LossRules() {}

  /** What a rule does. */
  private interface Check {
    void of(LossBench bench, Sharing sharing);
  }

  private static Rule<LossBench> rule(String title, Check check) {
    return new Rule<>() {
      @Override
      public String title() {
        return title;
      }

      @Override
      public void check(LossBench bench) {
        for (Sharing sharing : bench.sharings()) {
          check.of(bench, sharing);
        }
      }
    };
  }

  private static void requireSame(String what, double found, double expected) {
    ROUNDING.requireSame(what, new double[] {found}, new double[] {expected});
  }

  private static void requireSame(String what, double[][] found, double[][] expected) {
    ROUNDING.requireSame(what, LossBench.flatten(found), LossBench.flatten(expected));
  }

  private static void sum(LossBench bench, Sharing sharing) {
    Inputs inputs = bench.inputs();
    Result together = bench.run(sharing, inputs);
    double sum = 0;
    double[] gradient = new double[LossBench.flatten(together.items()).length];
    for (int row = 0; row < inputs.batch().rows().size(); row++) {
      Inputs one = inputs.batch(inputs.batch().only(row));
      // As long as in the batch: what padding does is the next rule's.
      Result alone = bench.run(sharing, Precision.FLOAT64, one, inputs.batch().length());
      sum += alone.loss();
      Arrays.setAll(gradient, i -> gradient[i] + LossBench.flatten(alone.items())[i]);
    }
    requireSame("the sum over sequences alone, against all together,", sum, together.loss());
    String what = "the sum over sequences of the table's gradients, against all together,";
    ROUNDING.requireSame(what, gradient, LossBench.flatten(together.items()));
  }

  private static void padding(LossBench bench, Sharing sharing) {
    Inputs inputs = bench.inputs();
    int length = inputs.batch().length();
    Result before = bench.run(sharing, inputs);
    SplittableRandom random = new SplittableRandom(71);
    int[] others = {15};
    LossBatch littered =
        inputs
            .batch()
            .map(
                position ->
                    position.weight() != 0
                        ? position
                        : position
                            .output(others[0]--)
                            .target(1 + random.nextInt(LossBench.ROWS - 1))
                            .negatives(
                                LossBatch.items(LossBench.NEGATIVES, LossBench.ROWS, random)))
            .map(Position::otherUnknown);
    for (int padded : new int[] {length, length + 3}) {
      Result after = bench.run(sharing, Precision.FLOAT64, inputs.batch(littered), padded);
      String with = " with other values at positions of weight 0, " + padded + " slots a sequence";
      requireSame("the loss" + with, after.loss(), before.loss());
      requireSame("the gradient of outputs" + with, after.outputs(), before.outputs());
      requireSame("the gradient of the table" + with, after.items(), before.items());
    }
  }

  private static void weights(LossBench bench, Sharing sharing) {
    Inputs inputs = bench.inputs();
    double sum = 0;
    for (Position only : inputs.batch().positions()) {
      LossBatch one = inputs.batch().map(p -> p.weight(p.output() == only.output() ? 1 : 0));
      sum += only.weight() * bench.run(sharing, inputs.batch(one)).loss();
    }
    String what = "the loss, against the sum over positions of weight times loss at weight 1,";
    requireSame(what, bench.run(sharing, inputs).loss(), sum);
  }

  private static void gradients(LossBench bench, Sharing sharing) {
    Inputs inputs = bench.inputs();
    Result result = bench.run(sharing, inputs);
    for (int row = 0; row < inputs.batch().positions().size(); row++) {
      int changed = row;
      compare(
          "output " + row,
          result.outputs()[row],
          d -> bench.run(sharing, inputs.outputs(moved(inputs.outputs(), changed, d, STEP))),
          d -> bench.run(sharing, inputs.outputs(moved(inputs.outputs(), changed, d, -STEP))));
    }
    for (int row = 0; row < inputs.items().length; row++) {
      int changed = row;
      compare(
          "row " + row + " of the table",
          result.items()[row],
          d -> bench.run(sharing, inputs.items(moved(inputs.items(), changed, d, STEP))),
          d -> bench.run(sharing, inputs.items(moved(inputs.items(), changed, d, -STEP))));
    }
  }

  private static double[][] moved(double[][] rows, int row, int entry, double step) {
    double[][] copy = Arrays.stream(rows).map(double[]::clone).toArray(double[][]::new);
    copy[row][entry] += step;
    return copy;
  }

  /** The result when one entry of a row is moved. */
  private interface Moved {
    Result by(int entry);
  }

  private static void compare(String what, double[] gradient, Moved above, Moved below) {
    for (int d = 0; d < gradient.length; d++) {
      double difference = (above.by(d).loss() - below.by(d).loss()) / (2 * STEP);
      if (!(Math.abs(gradient[d] - difference) <= DIFFERENCE * Math.max(1, Math.abs(difference)))) {
        throw new AssertionError(
            "the gradient of "
                + what
                + ", entry "
                + d
                + ", is "
                + gradient[d]
                + " but the loss changes by "
                + difference
                + " (in 64 bits, within "
                + DIFFERENCE
                + ")");
      }
    }
  }

  private static void extremes(LossBench bench, Sharing sharing) {
    Inputs inputs = bench.inputs();
    for (double scale : new double[] {0, 1e-20, 1e4}) {
      for (double table : new double[] {0, 1}) {
        Inputs scaled =
            inputs.outputs(times(inputs.outputs(), scale)).items(times(inputs.items(), table));
        Result result = bench.run(sharing, Precision.FLOAT32, scaled, inputs.batch().length());
        String of = " (32 bits) for outputs times " + scale + " and a table times " + table;
        Tolerance.requireFinite("the loss" + of, new double[] {result.loss()});
        Tolerance.requireFinite("a gradient" + of, LossBench.flatten(result.outputs()));
        Tolerance.requireFinite("a gradient" + of, LossBench.flatten(result.items()));
      }
    }
  }

  private static double[][] times(double[][] rows, double factor) {
    return Arrays.stream(rows)
        .map(row -> Arrays.stream(row).map(x -> x * factor).toArray())
        .toArray(double[][]::new);
  }

  private static void order(LossBench bench, Sharing sharing) {
    Inputs inputs = bench.inputs();
    Result before = bench.run(sharing, inputs);
    Result after = bench.run(sharing, inputs.batch(inputs.batch().reversed()));
    requireSame("the loss in reverse order", after.loss(), before.loss());
    requireSame("the gradient of outputs in reverse order", after.outputs(), before.outputs());
  }

  private static void collisions(LossBench bench, Sharing sharing) {
    if (!bench.loss().needsNegatives() || bench.subject().countsCollisions()) {
      throw new TestAbortedException(
          "nothing to check: the loss "
              + (bench.loss().needsNegatives() ? "counts collisions" : "has no negatives"));
    }
    // One position, so that its target collides whoever shares the negatives.
    Inputs inputs =
        bench
            .inputs()
            .batch(LossBatch.draw(new int[] {1}, LossBench.ROWS, 3, bench.subject().labels(), 73));
    int target = inputs.batch().positions().get(0).target();
    LossBatch without = inputs.batch().mapNegatives(n -> others(n, target));
    LossBatch with = without.mapNegatives(n -> List.of(n.get(0), target, n.get(1), n.get(2)));
    Result before = bench.run(sharing, inputs.batch(without));
    Result after = bench.run(sharing, inputs.batch(with));
    requireSame("the loss with the target among the negatives", after.loss(), before.loss());
    requireSame("the gradient of outputs with it", after.outputs(), before.outputs());
    requireSame("the gradient of the table with it", after.items(), before.items());
  }

  private static List<Integer> others(List<Integer> negatives, int target) {
    return negatives.stream()
        .map(row -> row == target ? 1 + target % (LossBench.ROWS - 1) : row)
        .toList();
  }

  private static void needs(LossBench bench, Sharing sharing) {
    Program program = Program.of(bench.graph(bench.loss(), sharing));
    boolean reads = program.inputs().containsKey("negatives/" + Schema.ITEM);
    if (reads != bench.loss().needsNegatives()) {
      throw new AssertionError(
          "needsNegatives is "
              + bench.loss().needsNegatives()
              + " but the graph reads "
              + (reads ? "some" : "none"));
    }
    if (!bench.loss().needsWholeTable()) {
      requireSameOfRows(bench, sharing);
    }
    requireEachLabel(bench, sharing);
  }

  private static void requireEachLabel(LossBench bench, Sharing sharing) {
    double[][] gradients = bench.run(sharing, bench.inputs()).outputs();
    List<Label> labels = bench.subject().labels();
    for (int i = 0; i < labels.size(); i++) {
      int entry = i;
      if (Arrays.stream(gradients).allMatch(row -> row[entry] == 0)) {
        throw new AssertionError(
            "nothing follows from the predictions of label \"" + labels.get(i).name() + "\"");
      }
    }
  }

  /** The rows that a batch names, with other numbers, are all that the loss is given. */
  private static void requireSameOfRows(LossBench bench, Sharing sharing) {
    Inputs inputs = bench.inputs();
    List<Integer> named = List.of(0, 2, 5, 7);
    SplittableRandom random = new SplittableRandom(79);
    LossBatch compact =
        inputs
            .batch()
            .map(p -> p.target(some(random)))
            .mapNegatives(n -> n.stream().map(row -> some(random)).toList());
    LossBatch whole =
        compact
            .map(p -> p.target(named.get(p.target())))
            .mapNegatives(n -> n.stream().map(named::get).toList());
    double[][] items = named.stream().map(row -> inputs.items()[row]).toArray(double[][]::new);
    double[] chances = named.stream().mapToDouble(row -> inputs.logProbabilities()[row]).toArray();
    Result expected = bench.run(sharing, inputs.batch(whole));
    Result found = bench.run(sharing, new Inputs(compact, inputs.outputs(), items, chances));
    String given = " of the rows alone that a batch names (needsWholeTable is false)";
    requireSame("the loss" + given, found.loss(), expected.loss());
    requireSame("the gradient of outputs" + given, found.outputs(), expected.outputs());
    double[][] ofNamed = named.stream().map(row -> expected.items()[row]).toArray(double[][]::new);
    requireSame("the gradient" + given, found.items(), ofNamed);
  }

  /** A row other than 0 of the four. */
  private static int some(SplittableRandom random) {
    return 1 + random.nextInt(3);
  }

  private static void graphs(LossBench bench, Sharing sharing) {
    Graph first = bench.graph(bench.loss(), sharing);
    CudaKernels.require(Program.of(first), Precision.FLOAT32);
    if (!Arrays.equals(bytes(bench.graph(bench.loss(), sharing)), bytes(first))) {
      throw new AssertionError("a second graph of the loss differs from the first: it keeps state");
    }
    if (!Arrays.equals(bytes(bench.graph(bench.create(), sharing)), bytes(first))) {
      throw new AssertionError("the loss, made twice of one configuration, builds other graphs");
    }
  }

  private static byte[] bytes(Graph graph) {
    return new OnnxExport(Precision.FLOAT32).bytes(Program.of(graph));
  }
}
