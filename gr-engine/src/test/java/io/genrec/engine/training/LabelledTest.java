package io.genrec.engine.training;

import static org.assertj.core.api.Assertions.assertThat;

import io.genrec.api.sequence.Batch;
import io.genrec.api.task.Label;
import io.genrec.engine.model.Model;
import java.nio.LongBuffer;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.Test;

class LabelledTest {
  private static final List<Label> LABELS =
      List.of(
          new Label("click", Label.Kind.BINARY, 1), new Label("seconds", Label.Kind.REGRESSION, 1));

  private static LongBuffer mark(Batch batch, float[] click, float[] seconds, int rows) {
    int length = click.length / rows;
    batch.floats("label_weights/click", rows, length).put(click);
    batch.floats("label_weights/seconds", rows, length).put(seconds);
    Labelled.mark(batch, LABELS);
    return batch.column(Model.LABELLED).bytes().asLongBuffer();
  }

  private static long[] read(LongBuffer places) {
    long[] all = new long[places.limit()];
    places.get(0, all);
    return all;
  }

  /** A token counts if any of its outcomes does; the ends of rows are no neighbours. */
  @Test
  void namesTheTokensWithOutcomesOfEachSequence() {
    try (BufferAllocator memory = new RootAllocator();
        Batch batch = new Batch(memory)) {
      float[] click = {0, 1, 0, .5f, /**/ 1, 0, 0, 0, /**/ 0, 0, 0, 0};
      float[] seconds = {0, 2, 1, 0, /**/ 0, 0, 0, 0, /**/ 0, 0, 0, 0};
      LongBuffer places = mark(batch, click, seconds, 3);
      assertThat(batch.column(Model.LABELLED).size()).containsExactly(3, 3);
      assertThat(read(places)).containsExactly(2, 3, 4, /**/ 1, 0, 0, /**/ 0, 0, 0);
    }
  }

  @Test
  void hasOnePlaceWhereNothingCounts() {
    try (BufferAllocator memory = new RootAllocator();
        Batch batch = new Batch(memory)) {
      LongBuffer places = mark(batch, new float[4], new float[4], 2);
      assertThat(batch.column(Model.LABELLED).size()).containsExactly(2, 1);
      assertThat(read(places)).containsExactly(0, 0);
    }
  }
}
