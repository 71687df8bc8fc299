package io.genrec.engine.optimizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.genrec.api.graph.Initializer;
import io.genrec.api.graph.Parameter;
import io.genrec.engine.runtime.Workers;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GradientSumTest {
  private static final int DIM = 3;
  private static final int ROWS = 50;

  private final BufferAllocator memory = new RootAllocator();
  private final Parameter table = Parameter.embedding("table", Initializer.zeros(), ROWS, DIM);
  private final Parameter weight = Parameter.dense("weight", Initializer.zeros(), 40, 60);

  private final Workers workers = new Workers(3);
  private final Consumer<List<Runnable>> shared = pieces -> workers.runAll(pieces, 3);
  private final AtomicInteger released = new AtomicInteger();

  @AfterEach
  void allMemoryIsBack() {
    workers.close();
    assertThat(memory.getAllocatedMemory()).isZero();
    memory.close();
  }

  /** Magnitudes from 1e-4 to 1e4, so that another order of additions gives other bits. */
  private static float[] wild(Random random, int count) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) (random.nextGaussian() * Math.pow(10, random.nextInt(9) - 4));
    }
    return values;
  }

  private void add(GradientSum sum, int index, GradientSet gradients) {
    sum.add(index, gradients, released::incrementAndGet);
  }

  private static List<GradientSet> microBatches(int count) {
    Random random = new Random(5);
    List<GradientSet> sets = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      List<Long> all = new ArrayList<>();
      for (long row = 0; row < ROWS; row++) {
        all.add(row);
      }
      Collections.shuffle(all, random);
      long[] rows = all.subList(0, random.nextInt(20)).stream().mapToLong(r -> r).toArray();
      Map<String, Gradient> gradients = new LinkedHashMap<>();
      // Two rows of padding.
      gradients.put("table", Values.rows(rows, DIM, wild(random, (rows.length + 2) * DIM)));
      gradients.put("weight", Values.whole(wild(random, 2_400), 40, 60));
      sets.add(new GradientSet(gradients));
    }
    return sets;
  }

  private static float[] expectedTable(List<GradientSet> sets) {
    float[] sum = new float[ROWS * DIM];
    for (GradientSet set : sets) {
      Gradient.Rows rows = (Gradient.Rows) Values.at(set.byParameter(), "table");
      float[] values = Values.floats(rows.sums());
      for (int i = 0; i < rows.rows().length; i++) {
        for (int c = 0; c < DIM; c++) {
          sum[(int) rows.rows()[i] * DIM + c] += values[i * DIM + c];
        }
      }
    }
    return sum;
  }

  private static float[] tableOf(GradientSet total, int all) {
    float[] sum = new float[all * DIM];
    Gradient.Rows rows = (Gradient.Rows) Values.at(total.byParameter(), "table");
    assertThat(rows.rows()).isSorted().doesNotHaveDuplicates();
    float[] values = Values.floats(rows.sums());
    for (int i = 0; i < rows.rows().length; i++) {
      System.arraycopy(values, i * DIM, sum, (int) rows.rows()[i] * DIM, DIM);
    }
    return sum;
  }

  private static float[] expectedWeight(List<GradientSet> sets) {
    float[] sum = new float[2_400];
    for (GradientSet set : sets) {
      float[] values = Values.floats(Values.at(set.byParameter(), "weight").sums());
      for (int i = 0; i < sum.length; i++) {
        sum[i] += values[i];
      }
    }
    return sum;
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 30_000, Long.MAX_VALUE})
  void givesTheSameBitsForEveryOrderOfArrival(long maxWaiting) {
    List<GradientSet> sets = microBatches(12);
    List<Integer> order = new ArrayList<>();
    for (int i = 0; i < sets.size(); i++) {
      order.add(i);
    }
    try (GradientSum sum =
        new GradientSum(List.of(table, weight), memory, Integer.MAX_VALUE, maxWaiting)) {
      for (int seed = 0; seed < 20; seed++) {
        for (int index : order) {
          add(sum, index, sets.get(index));
        }
        GradientSet total = sum.total(sets.size(), shared);
        assertThat(released.getAndSet(0)).isEqualTo(sets.size());
        assertThat(Values.floats(Values.at(total.byParameter(), "weight").sums()))
            .containsExactly(expectedWeight(sets));
        assertThat(tableOf(total, ROWS)).containsExactly(expectedTable(sets));
        sum.clear();
        assertThat(released.get()).isZero();
        Collections.shuffle(order, new Random(seed));
      }
    }
  }

  /**
   * Most gradients come before their turn; each one's memory is spoilt as soon as it is given back.
   */
  @ParameterizedTest
  @ValueSource(longs = {0, 30_000, Long.MAX_VALUE})
  void readsGradientsBeforeTheirRelease(long maxWaiting) {
    List<GradientSet> sets = microBatches(40);
    try (GradientSum sum =
            new GradientSum(List.of(table, weight), memory, Integer.MAX_VALUE, maxWaiting);
        Workers givers = new Workers(4)) {
      List<Future<Integer>> done = new ArrayList<>();
      for (int i = sets.size() - 1; i >= 0; i--) {
        int index = i;
        done.add(
            givers.submit(
                () -> {
                  Map<String, Gradient> gradients = sets.get(index).byParameter();
                  Gradient.Whole weights =
                      new Gradient.Whole(Values.copy(Values.at(gradients, "weight").sums()));
                  Gradient.Rows from = (Gradient.Rows) Values.at(gradients, "table");
                  Gradient.Rows rows = new Gradient.Rows(from.rows(), Values.copy(from.sums()));
                  sum.add(
                      index,
                      new GradientSet(Map.of("table", rows, "weight", weights)),
                      () -> {
                        spoil(weights);
                        spoil(rows);
                        released.incrementAndGet();
                      });
                  return index;
                }));
      }
      done.forEach(Workers::await);
      GradientSet total = sum.total(sets.size(), shared);
      assertThat(released.get()).isEqualTo(40);
      assertThat(Values.floats(Values.at(total.byParameter(), "weight").sums()))
          .containsExactly(expectedWeight(sets));
      assertThat(tableOf(total, ROWS)).containsExactly(expectedTable(sets));
    }
  }

  private static void spoil(Gradient gradient) {
    for (int at = 0; at < gradient.sums().entries(); at++) {
      gradient.sums().bytes().putFloat(Float.BYTES * at, Float.NaN);
    }
  }

  @Test
  void givesBackWhatItDrops() {
    List<GradientSet> sets = microBatches(4);
    try (GradientSum sum = new GradientSum(List.of(table, weight), memory, Integer.MAX_VALUE)) {
      add(sum, 0, sets.get(0));
      add(sum, 2, sets.get(2));
      assertThatThrownBy(() -> add(sum, 0, sets.get(0))).hasMessageContaining("came twice");
      assertThat(released.get()).isEqualTo(1);
      sum.cancel();
      add(sum, 1, sets.get(1));
      assertThat(released.get()).isEqualTo(2);
      sum.clear();
      assertThat(released.get()).isEqualTo(4);
    }
  }

  /** Three times as many rows as one piece has, with and without a sum so far. */
  @ParameterizedTest
  @ValueSource(longs = {0, Long.MAX_VALUE})
  void addsManyRowsInPieces(long maxWaiting) {
    int all = 60_000;
    Parameter large = Parameter.embedding("table", Initializer.zeros(), all, DIM);
    Random random = new Random(6);
    try (GradientSum sum = new GradientSum(List.of(large), memory, 1, maxWaiting)) {
      // The second time in memory that holds other rows.
      for (int time = 0; time < 2; time++) {
        float[] expected = new float[all * DIM];
        for (int index = 0; index < 3; index++) {
          long[] rows = random.longs(0, all).distinct().limit(20_000).toArray();
          float[] values = wild(random, rows.length * DIM);
          for (int i = 0; i < values.length; i++) {
            expected[(int) rows[i / DIM] * DIM + i % DIM] += values[i];
          }
          add(sum, index, new GradientSet(Map.of("table", Values.rows(rows, DIM, values))));
        }
        AtomicInteger pieces = new AtomicInteger();
        GradientSet total =
            sum.total(
                3,
                work -> {
                  pieces.set(work.size());
                  shared.accept(work);
                });
        assertThat(pieces.get() > 2).isEqualTo(maxWaiting > 0);
        assertThat(tableOf(total, all)).containsExactly(expected);
        sum.clear();
      }
    }
  }

  @Test
  void givesEachRowOnce() {
    try (GradientSum sum = new GradientSum(List.of(table), memory, Integer.MAX_VALUE)) {
      add(
          sum,
          0,
          new GradientSet(Map.of("table", Values.rows(new long[] {9, 2}, 3, 1, 2, 3, 4, 5, 6))));
      add(sum, 1, new GradientSet(Map.of("table", Values.rows(new long[0], 3))));
      add(
          sum,
          2,
          new GradientSet(Map.of("table", Values.rows(new long[] {4, 9}, 3, 7, 8, 9, 10, 20, 30))));
      Gradient.Rows total = (Gradient.Rows) Values.at(sum.total(3, shared).byParameter(), "table");
      assertThat(total.rows()).containsExactly(2, 4, 9);
      assertThat(Arrays.copyOf(Values.floats(total.sums()), 9))
          .containsExactly(4, 5, 6, 7, 8, 9, 11, 22, 33);
    }
  }

  @Test
  void refusesMissingAndRepeatedMicroBatches() {
    List<GradientSet> sets = microBatches(3);
    try (GradientSum sum = new GradientSum(List.of(table, weight), memory, Integer.MAX_VALUE)) {
      add(sum, 0, sets.get(0));
      add(sum, 2, sets.get(2));
      assertThatThrownBy(() -> sum.total(3, shared))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("of 3 micro-batches 1 are added; waiting for their turn: [2]");
      assertThatThrownBy(() -> add(sum, 2, sets.get(2))).hasMessageContaining("came twice");
      assertThatThrownBy(() -> add(sum, 0, sets.get(0))).hasMessageContaining("came twice");
    }
  }

  @Test
  void refusesGradientsThatDoNotFit() {
    try (GradientSum sum = new GradientSum(List.of(table, weight), memory, Integer.MAX_VALUE)) {
      assertThatThrownBy(
              () -> add(sum, 0, new GradientSet(Map.of("weigth", Values.whole(new float[1], 1)))))
          .hasMessageContaining("did you mean \"weight\"?");
      assertThatThrownBy(
              () ->
                  add(sum, 0, new GradientSet(Map.of("weight", Values.whole(new float[4], 2, 2)))))
          .hasMessageContaining("\"weight\" of size [40, 60]");
      sum.clear();
      assertThatThrownBy(
              () ->
                  add(
                      sum,
                      0,
                      new GradientSet(
                          Map.of("table", Values.rows(new long[] {1, 1}, 3, new float[6])))))
          .hasMessageContaining("row 1 of \"table\" was given twice");
      assertThatThrownBy(
              () ->
                  add(
                      sum,
                      0,
                      new GradientSet(
                          Map.of("table", Values.rows(new long[] {50}, 3, new float[3])))))
          .hasMessageContaining("rows 0 to 49");
      sum.clear();
      add(sum, 0, new GradientSet(Map.of("table", Values.rows(new long[] {1}, 3, 1, 1, 1))));
      assertThatThrownBy(
              () ->
                  add(
                      sum,
                      1,
                      new GradientSet(Map.of("table", Values.whole(new float[150], 50, 3)))))
          .hasMessageContaining("some are whole and some are of rows");
    }
  }
}
