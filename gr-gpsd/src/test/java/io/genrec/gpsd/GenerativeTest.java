package io.genrec.gpsd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import io.genrec.api.graph.ElementType;
import io.genrec.api.graph.Graph;
import io.genrec.api.graph.Tensor;
import io.genrec.api.sequence.Batch;
import io.genrec.api.sequence.History;
import io.genrec.api.sequence.Schema;
import io.genrec.api.sequence.TokenRow;
import io.genrec.api.training.Loss;
import io.genrec.api.training.LossContext;
import io.genrec.engine.runtime.CompiledGraph;
import io.genrec.engine.runtime.SessionSettings;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.List;
import java.util.Random;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.Test;

class GenerativeTest {
  private static final int DIM = 4;
  private static final int ITEMS = 6;
  private static final int KINDS = 3;
  private static final double TEMPERATURE = 0.2;
  private static final Schema SCHEMA =
      new Schema(
          List.of(
              new Schema.Feature(Schema.ITEM, ITEMS, DIM), new Schema.Feature("kind", KINDS, DIM)),
          4,
          5);

  /** Items with their kinds; 0 is none. */
  @SuppressWarnings("ArrayRecordComponent")
  private record Events(int[] items, int[] kinds) implements History {
    @Override
    public int size() {
      return items.length;
    }

    @Override
    public int category(String feature, int event) {
      return feature.equals(Schema.ITEM) ? items[event] : kinds[event];
    }

    @Override
    public long time(int event) {
      return event;
    }
  }

  private static final Events LONG =
      new Events(new int[] {1, 2, 3, 4, 5, 6}, new int[] {1, 2, 3, 0, 2, 1});
  private static final Events SHORT = new Events(new int[] {2, 2}, new int[] {3, 1});

  private static void write(Batch batch) {
    GenerativeTask task = new GenerativeTask(SCHEMA);
    TokenRow row = new TokenRow(batch, 2, 4, task.features(), task.targets());
    task.writeTraining(LONG, row.at(0));
    task.writeTraining(SHORT, row.at(1));
  }

  private static long[] longs(Batch batch, String name) {
    LongBuffer buffer = batch.column(name).bytes().asLongBuffer();
    long[] copy = new long[buffer.remaining()];
    buffer.get(copy);
    return copy;
  }

  @Test
  void everyTokenPredictsTheNextEventsItemAndFeatures() {
    try (BufferAllocator memory = new RootAllocator();
        Batch batch = new Batch(memory)) {
      write(batch);
      // The most recent four events that have one after them.
      assertThat(longs(batch, "tokens/item")).containsExactly(2, 3, 4, 5, 2, 0, 0, 0);
      assertThat(longs(batch, "tokens/kind")).containsExactly(2, 3, 0, 2, 3, 0, 0, 0);
      assertThat(longs(batch, "targets/item")).containsExactly(3, 4, 5, 6, 2, 0, 0, 0);
      assertThat(longs(batch, "targets/kind")).containsExactly(3, 0, 2, 1, 1, 0, 0, 0);
    }
  }

  private record Inputs(Graph graph, String feature, int rows) implements LossContext {
    @Override
    public Tensor outputs() {
      return graph.input("outputs", ElementType.FLOAT, 2, 4, DIM);
    }

    @Override
    public Tensor targets() {
      return graph.input("targets/" + feature, ElementType.INT64, 2, 4);
    }

    @Override
    public Tensor weights() {
      return graph.input("targets/weight", ElementType.FLOAT, 2, 4);
    }

    @Override
    public Tensor negatives() {
      return graph.input("negatives", ElementType.INT64, 2, 1, 3);
    }

    @Override
    public Tensor logProbabilities() {
      throw new AssertionError("there is no correction");
    }

    @Override
    public Tensor table() {
      return graph.input("table/" + feature, ElementType.FLOAT, rows, DIM);
    }

    @Override
    public LossContext of(String other) {
      return new Inputs(graph, other, KINDS + 1);
    }
  }

  private static float[] fill(Batch batch, String name, Random random, long... size) {
    FloatBuffer buffer = batch.floats(name, size);
    float[] values = new float[buffer.limit()];
    for (int i = 0; i < values.length; i++) {
      values[i] = random.nextFloat() - 0.5f;
      buffer.put(i, values[i]);
    }
    return values;
  }

  private static double logit(float[] outputs, int position, float[] table, int row) {
    double dot = 0;
    double a = 0;
    double b = 0;
    for (int d = 0; d < DIM; d++) {
      double x = outputs[position * DIM + d];
      double y = table[row * DIM + d];
      dot += x * y;
      a += x * x;
      b += y * y;
    }
    return dot / Math.sqrt(a * b) / TEMPERATURE;
  }

  /** The item against its sequence's negatives, then its kind against all kinds. */
  private static double expected(Batch batch, float[] outputs, float[] items, float[] kinds) {
    long[] targets = longs(batch, "targets/item");
    long[] kind = longs(batch, "targets/kind");
    long[] negatives = longs(batch, "negatives");
    double sum = 0;
    for (int position = 0; position < 8; position++) {
      if (targets[position] == 0) {
        continue;
      }
      double positive = logit(outputs, position, items, (int) targets[position]);
      double total = Math.exp(positive);
      for (int i = 0; i < 3; i++) {
        int negative = (int) negatives[position / 4 * 3 + i];
        total +=
            negative == targets[position] ? 0 : Math.exp(logit(outputs, position, items, negative));
      }
      sum += Math.log(total) - positive;
      if (kind[position] != 0) {
        double all = 0;
        for (int row = 1; row <= KINDS; row++) {
          all += Math.exp(logit(outputs, position, kinds, row));
        }
        sum += Math.log(all) - logit(outputs, position, kinds, (int) kind[position]);
      }
    }
    return sum;
  }

  @Test
  void theLossIsTheSumOfItsSoftmaxes() {
    Loss loss =
        new GenerativeLoss().create(new GenerativeLoss.Config(List.of("kind"), TEMPERATURE, 1e-6));
    Graph graph = Graph.inference("loss");
    graph.output("loss", loss.sum(new Inputs(graph, Schema.ITEM, ITEMS + 1)));
    try (BufferAllocator memory = new RootAllocator();
        CompiledGraph compiled = CompiledGraph.of(graph, SessionSettings.cpu());
        Batch batch = new Batch(memory);
        Batch results = new Batch(memory)) {
      write(batch);
      Random random = new Random(2);
      float[] outputs = fill(batch, "outputs", random, 2, 4, DIM);
      float[] items = fill(batch, "table/item", random, ITEMS + 1, DIM);
      float[] kinds = fill(batch, "table/kind", random, KINDS + 1, DIM);
      // The second sequence's negatives hold its target.
      batch.longs("negatives", 2, 1, 3).put(new long[] {1, 2, 5, 2, 4, 6});
      compiled.run(batch::column, results);
      double expected = expected(batch, outputs, items, kinds);
      assertThat((double) results.column("loss").bytes().getFloat(0))
          .isCloseTo(expected, offset(1e-5 * expected));
    }
  }

  @Test
  void refusesAFeatureThatTheModelDoesNotHave() {
    assertThatThrownBy(() -> SCHEMA.feature("kin")).hasMessageContaining("[GR/UnknownFeature]");
    assertThatThrownBy(() -> new GenerativeLoss.Config(List.of(), 0, 1e-6))
        .hasMessageContaining("temperature must be above 0");
  }
}
