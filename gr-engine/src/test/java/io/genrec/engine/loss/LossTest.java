package io.genrec.engine.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import io.genrec.api.graph.ElementType;
import io.genrec.api.graph.Graph;
import io.genrec.api.graph.Tensor;
import io.genrec.api.training.Loss;
import io.genrec.api.training.LossContext;
import io.genrec.api.training.Sampler.Sharing;
import io.genrec.engine.runtime.Evaluation;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Losses in 64 bits against plain loops over their definitions. */
class LossTest {
  private static final int BATCH = 3;
  private static final int LENGTH = 4;
  private static final int DIM = 5;
  private static final int ROWS = 9;
  private static final int COUNT = 6;
  private static final double TEMPERATURE = 0.3;

  private final Random random = new Random(11);
  private final double[] outputs = random.doubles(BATCH * LENGTH * DIM, -1, 1).toArray();
  private final double[] table = random.doubles(ROWS * DIM, -1, 1).toArray();
  private final double[] chances = random.doubles(ROWS, -4, -1).toArray();
  private final double[] weights = {1, 1, 0.5, 0, 2, 1, 1, 1, 1, 0, 0, 0};
  private final long[] targets = {1, 2, 3, 0, 4, 5, 6, 7, 8, 0, 0, 0};

  /** Negatives of a small catalogue: some equal their targets. */
  private long[] negatives(Sharing sharing) {
    int sets =
        sharing == Sharing.POSITION ? BATCH * LENGTH : sharing == Sharing.SEQUENCE ? BATCH : 1;
    return new Random(3).longs((long) sets * COUNT, 1, ROWS).toArray();
  }

  private double loss(Loss loss, Sharing sharing) {
    Graph graph = Graph.inference("loss");
    graph.output("loss", loss.sum(new Inputs(graph, sharing)));
    try (Evaluation evaluation = Evaluation.exact(graph)) {
      evaluation.reals("outputs", outputs, BATCH, LENGTH, DIM);
      evaluation.reals("table", table, ROWS, DIM);
      evaluation.reals("chances", chances, ROWS);
      evaluation.reals("weights", weights, BATCH, LENGTH);
      evaluation.whole("targets", targets, BATCH, LENGTH);
      long[] drawn = negatives(sharing);
      switch (sharing) {
        case POSITION -> evaluation.whole("negatives", drawn, BATCH, LENGTH, COUNT);
        case SEQUENCE -> evaluation.whole("negatives", drawn, BATCH, 1, COUNT);
        case BATCH -> evaluation.whole("negatives", drawn, 1, 1, COUNT);
      }
      return evaluation.run().get("loss")[0];
    }
  }

  private record Inputs(Graph graph, Sharing sharing) implements LossContext {
    @Override
    public Tensor outputs() {
      return graph.input("outputs", ElementType.FLOAT, "batch", "length", DIM);
    }

    @Override
    public Tensor targets() {
      return graph.input("targets", ElementType.INT64, "batch", "length");
    }

    @Override
    public Tensor weights() {
      return graph.input("weights", ElementType.FLOAT, "batch", "length");
    }

    @Override
    public Tensor negatives() {
      Object sequences = sharing == Sharing.BATCH ? (Object) 1 : "batch";
      Object positions = sharing == Sharing.POSITION ? (Object) "length" : 1;
      return graph.input("negatives", ElementType.INT64, sequences, positions, "negatives");
    }

    @Override
    public Tensor logProbabilities() {
      return graph.input("chances", ElementType.FLOAT, "rows");
    }

    @Override
    public Tensor table() {
      return graph.input("table", ElementType.FLOAT, "rows", DIM);
    }
  }

  private double cosine(int position, long row) {
    return dot(position, row) / Math.sqrt(square(outputs, position) * square(table, (int) row));
  }

  private double dot(int position, long row) {
    double sum = 0;
    for (int d = 0; d < DIM; d++) {
      sum += outputs[position * DIM + d] * table[(int) row * DIM + d];
    }
    return sum;
  }

  private static double square(double[] rows, int row) {
    return Arrays.stream(rows, row * DIM, (row + 1) * DIM).map(x -> x * x).sum();
  }

  private double expectedSampled(Sharing sharing, boolean corrected) {
    long[] drawn = negatives(sharing);
    double sum = 0;
    for (int position = 0; position < BATCH * LENGTH; position++) {
      int set =
          sharing == Sharing.POSITION
              ? position
              : sharing == Sharing.SEQUENCE ? position / LENGTH : 0;
      double positive = cosine(position, targets[position]) / TEMPERATURE;
      positive -= corrected ? chances[(int) targets[position]] : 0;
      double total = Math.exp(positive);
      for (int r = 0; r < COUNT; r++) {
        long negative = drawn[set * COUNT + r];
        if (negative != targets[position]) {
          double logit =
              cosine(position, negative) / TEMPERATURE - (corrected ? chances[(int) negative] : 0);
          total += Math.exp(logit);
        }
      }
      sum += weights[position] * (Math.log(total) - positive);
    }
    return sum;
  }

  @ParameterizedTest
  @EnumSource(Sharing.class)
  void sampledSoftmaxIsItsDefinition(Sharing sharing) {
    Loss loss = new SampledSoftmax().create(new SampledSoftmax.Config(TEMPERATURE, 1e-6, false));
    assertThat(loss(loss, sharing)).isCloseTo(expectedSampled(sharing, false), offset(1e-10));
  }

  @ParameterizedTest
  @EnumSource(Sharing.class)
  void theCorrectionTakesTheChanceToBeDrawnOffEachLogit(Sharing sharing) {
    Loss loss = new SampledSoftmax().create(new SampledSoftmax.Config(TEMPERATURE, 1e-6, true));
    assertThat(loss(loss, sharing)).isCloseTo(expectedSampled(sharing, true), offset(1e-10));
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void fullSoftmaxIsItsDefinition(boolean cosine) {
    Loss loss = new FullSoftmax().create(new FullSoftmax.Config(cosine, TEMPERATURE, 1e-6));
    double expected = 0;
    for (int position = 0; position < BATCH * LENGTH; position++) {
      if (weights[position] == 0) {
        continue;
      }
      double total = 0;
      for (int row = 1; row < ROWS; row++) {
        total += Math.exp(logit(cosine, position, row));
      }
      expected +=
          weights[position] * (Math.log(total) - logit(cosine, position, targets[position]));
    }
    assertThat(loss(loss, Sharing.POSITION)).isCloseTo(expected, offset(1e-10));
  }

  private double logit(boolean cosine, int position, long row) {
    return (cosine ? cosine(position, row) : dot(position, row)) / TEMPERATURE;
  }

  @ParameterizedTest
  @CsvSource({"0, 1e-6, temperature", "-1, 1e-6, temperature", "0.05, 0, epsilon"})
  void refusesWrongOptions(double temperature, double epsilon, String key) {
    org.assertj.core.api.Assertions.assertThatThrownBy(
            () -> new SampledSoftmax.Config(temperature, epsilon, false))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(key);
    org.assertj.core.api.Assertions.assertThatThrownBy(
            () -> new FullSoftmax.Config(true, temperature, epsilon))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(key);
  }

  @Test
  void onlyTheSampledLossAsksForNegatives() {
    assertThat(new SampledSoftmax().create(new SampledSoftmax.Config(1, 1, false)).needsNegatives())
        .isTrue();
    assertThat(new FullSoftmax().create(new FullSoftmax.Config(true, 1, 1)).needsNegatives())
        .isFalse();
    assertThat(new FullSoftmax().create(new FullSoftmax.Config(true, 1, 1)).needsWholeTable())
        .isTrue();
  }
}
