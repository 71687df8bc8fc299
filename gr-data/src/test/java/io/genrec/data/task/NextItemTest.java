package io.genrec.data.task;

import static io.genrec.api.sequence.History.NO_TIME;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.genrec.api.GenRecException;
import io.genrec.api.sequence.Batch;
import io.genrec.api.sequence.History;
import io.genrec.api.sequence.Schema;
import io.genrec.api.sequence.TokenRow;
import io.genrec.api.task.Task;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.Test;

class NextItemTest {
  private static final Schema SCHEMA =
      new Schema(
          List.of(new Schema.Feature("item", 100, 8), new Schema.Feature("rating", 5, 2)), 3, 14);

  private final Task task = new NextItemFactory().create(new NextItemConfig(), SCHEMA);

  /** Events given as {item, rating, time}. */
  private record Events(long[]... events) implements History {
    @Override
    public int size() {
      return events.length;
    }

    @Override
    public int category(String feature, int event) {
      return (int) events[event][feature.equals("item") ? 0 : 1];
    }

    @Override
    public long time(int event) {
      return events[event][2];
    }
  }

  private static final History FIVE =
      new Events(
          new long[] {11, 1, 100},
          new long[] {12, 2, 200},
          new long[] {13, 3, 350},
          new long[] {14, 4, 360},
          new long[] {15, 5, 1000});

  private static final History TWO = new Events(new long[] {21, 5, 7}, new long[] {22, 4, 9});

  private static long[] longs(Batch batch, String name) {
    var values = batch.column(name).bytes().asLongBuffer();
    return LongStream.range(0, values.capacity()).map(i -> values.get((int) i)).toArray();
  }

  private static int[] truths(Batch batch) {
    ByteBuffer values = batch.column("tokens/valid").bytes();
    return IntStream.range(0, values.capacity()).map(values::get).toArray();
  }

  private static float[] weights(Batch batch) {
    float[] weights = new float[batch.column("targets/weight").entries()];
    batch.column("targets/weight").bytes().asFloatBuffer().get(weights);
    return weights;
  }

  private TokenRow rows(Batch batch, int rows, int length) {
    return new TokenRow(batch, rows, length, task.features(), task.targets());
  }

  @Test
  void carriesAllFeaturesAndPredictsItems() {
    assertThat(new NextItemFactory().name()).isEqualTo("next-item");
    assertThat(task.features()).containsExactly("item", "rating");
    assertThat(task.targets()).containsExactly("item");
  }

  @Test
  void trainsOnTheMostRecentEventsAndOneTarget() {
    assertThat(task.trainingLength(FIVE)).isEqualTo(3);
    assertThat(task.trainingLength(TWO)).isEqualTo(1);
    try (var allocator = new RootAllocator();
        var batch = new Batch(allocator)) {
      TokenRow row = rows(batch, 2, 4);
      task.writeTraining(FIVE, row.at(0));
      task.writeTraining(TWO, row.at(1));

      assertThat(longs(batch, "tokens/item")).containsExactly(12, 13, 14, 0, 21, 0, 0, 0);
      assertThat(longs(batch, "tokens/rating")).containsExactly(2, 3, 4, 0, 5, 0, 0, 0);
      assertThat(longs(batch, "tokens/time")).containsExactly(200, 350, 360, 0, 7, 0, 0, 0);
      assertThat(longs(batch, "tokens/prediction_time"))
          .containsExactly(350, 360, 1000, 0, 9, 0, 0, 0);
      assertThat(longs(batch, "tokens/length")).containsExactly(3, 1);
      assertThat(truths(batch)).containsExactly(1, 1, 1, 0, 1, 0, 0, 0);
      assertThat(longs(batch, "targets/item")).containsExactly(13, 14, 15, 0, 22, 0, 0, 0);
      assertThat(weights(batch)).containsExactly(1, 1, 1, 0, 1, 0, 0, 0);
    }
  }

  @Test
  void asksWithTheMostRecentEventsAtTheRequestsTime() {
    assertThat(task.requestLength(FIVE)).isEqualTo(3);
    assertThat(task.requestLength(TWO)).isEqualTo(2);
    try (var allocator = new RootAllocator();
        var batch = new Batch(allocator)) {
      TokenRow row = rows(batch, 2, 3);
      task.writeRequest(FIVE, 5000, row.at(0));
      task.writeRequest(TWO, NO_TIME, row.at(1));

      assertThat(longs(batch, "tokens/item")).containsExactly(13, 14, 15, 21, 22, 0);
      assertThat(longs(batch, "tokens/time")).containsExactly(350, 360, 1000, 7, 9, 0);
      assertThat(longs(batch, "tokens/prediction_time"))
          .containsExactly(360, 1000, 5000, 9, NO_TIME, 0);
      assertThat(longs(batch, "tokens/length")).containsExactly(3, 2);
      assertThat(truths(batch)).containsExactly(1, 1, 1, 1, 1, 0);
      assertThat(longs(batch, "targets/item")).containsOnly(0);
      assertThat(weights(batch)).containsOnly(0);
    }
  }

  @Test
  void keepsAbsentTimesAbsent() {
    History untimed =
        new Events(new long[] {1, 0, NO_TIME}, new long[] {2, 0, 50}, new long[] {3, 0, NO_TIME});
    try (var allocator = new RootAllocator();
        var batch = new Batch(allocator)) {
      task.writeTraining(untimed, rows(batch, 1, 2).at(0));
      assertThat(longs(batch, "tokens/time")).containsExactly(NO_TIME, 50);
      assertThat(longs(batch, "tokens/prediction_time")).containsExactly(50, NO_TIME);

      batch.clear();
      task.writeRequest(untimed, 60, rows(batch, 1, 3).at(0));
      assertThat(longs(batch, "tokens/time")).containsExactly(NO_TIME, 50, NO_TIME);
      assertThat(longs(batch, "tokens/prediction_time")).containsExactly(50, NO_TIME, 60);
    }
  }

  @Test
  void givesAnUnknownTargetNoWeight() {
    History gap = new Events(new long[] {1, 1, 1}, new long[] {0, 1, 2}, new long[] {3, 1, 3});
    try (var allocator = new RootAllocator();
        var batch = new Batch(allocator)) {
      task.writeTraining(gap, rows(batch, 1, 2).at(0));
      assertThat(longs(batch, "targets/item")).containsExactly(0, 3);
      assertThat(weights(batch)).containsExactly(0, 1);
    }
  }

  @Test
  void cannotTrainOnTargetsWithoutItems() {
    long[] known = {1, 1, 1};
    long[] gone = {0, 1, 2};
    assertThat(task.trainingLength(new Events(known, gone, gone))).isZero();
    assertThat(task.trainingLength(new Events(gone, known, gone))).isEqualTo(2);
    // The first two are no longer targets of three tokens.
    assertThat(task.trainingLength(new Events(known, known, gone, gone, gone))).isZero();
    assertThat(task.trainingLength(new Events(known, gone, known, gone, gone))).isEqualTo(3);
  }

  @Test
  void cannotTrainOnOneEventOrNone() {
    assertThat(task.trainingLength(new Events(new long[] {1, 1, 1}))).isZero();
    assertThat(task.trainingLength(new Events())).isZero();
  }

  @Test
  void writesExactlyAsManyEventsAsTheLimit() {
    History four = FIVE.slice(0, 4);
    History three = FIVE.slice(0, 3);
    assertThat(task.trainingLength(four)).isEqualTo(3);
    assertThat(task.trainingLength(three)).isEqualTo(2);
    assertThat(task.requestLength(four)).isEqualTo(3);
    assertThat(task.requestLength(three)).isEqualTo(3);
  }

  @Test
  void carriesNoNumbersAndNothingOfUsers() {
    var price = new Schema.Numeric("price", Schema.Owner.ITEM, 1, 2, List.of(1.5));
    var item = new Schema.Feature("item", 100, 8);
    var bucket = new Schema.Feature("price", 2, 4, Schema.Owner.ITEM);
    var age = new Schema.Feature("age", 9, 2, Schema.Owner.USER);
    var none = new Schema.Outcomes(List.of(), List.of());
    assertThatThrownBy(
            () -> new NextItem(new Schema(List.of(item, bucket), List.of(price), none, 8, 3, 14)))
        .isInstanceOf(GenRecException.class)
        .hasMessageContainingAll("[GR/InvalidValue]", "\"price\" is a number", "model's numbers");
    assertThatThrownBy(
            () -> new NextItem(new Schema(List.of(item, age), List.of(), none, 8, 3, 14)))
        .isInstanceOf(GenRecException.class)
        .hasMessageContainingAll("[GR/InvalidValue]", "\"age\" is a field of the user");
  }

  @Test
  void needsItems() {
    Schema other = new Schema(List.of(new Schema.Feature("itme", 3, 2)), 3, 5);
    assertThatThrownBy(() -> new NextItemFactory().create(new NextItemConfig(), other))
        .isInstanceOf(GenRecException.class)
        .hasMessageContaining("[GR/UnknownFeature]")
        .hasMessageContaining("\"item\"");
  }
}
