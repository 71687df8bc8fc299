package io.genrec.engine.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.genrec.api.GenRecException;
import io.genrec.api.graph.ElementType;
import io.genrec.api.sequence.Batch;
import java.util.List;
import java.util.stream.LongStream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.Test;

class StackTest {
  @Test
  void putsZerosBehindWhatIsShorter() {
    try (BufferAllocator memory = new RootAllocator();
        Batch a = new Batch(memory);
        Batch b = new Batch(memory);
        Batch to = new Batch(memory)) {
      a.longs("ids", 2, 3, 2).put(LongStream.rangeClosed(1, 12).toArray());
      b.longs("ids", 2, 1, 2).put(LongStream.rangeClosed(21, 24).toArray());
      a.truths("valid", 2, 2).put(new byte[] {1, 1, 1, 1});
      b.truths("valid", 2, 1).put(new byte[] {1, 1});
      a.floats("weight").put(5);
      b.floats("weight").put(6);
      a.floats("rate", 3).put(new float[] {1, 2, 3});
      b.floats("rate", 3).put(new float[] {4, 5, 6});

      List.of("ids", "valid", "weight", "rate")
          .forEach(name -> Stack.column(name, List.of(a, b), to));

      long[] ids = new long[24];
      to.column("ids").bytes().asLongBuffer().get(ids);
      assertThat(to.column("ids").size()).containsExactly(2, 2, 3, 2);
      assertThat(ids)
          .containsExactly(
              1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 21, 22, 0, 0, 0, 0, 23, 24, 0, 0, 0, 0);
      byte[] valid = new byte[8];
      to.column("valid").bytes().get(valid);
      assertThat(to.column("valid").size()).containsExactly(2, 2, 2);
      assertThat(valid).containsExactly(1, 1, 1, 1, 1, 0, 1, 0);
      float[] rates = new float[6];
      to.column("rate").bytes().asFloatBuffer().get(rates);
      assertThat(rates).containsExactly(1, 2, 3, 4, 5, 6);
      assertThat(to.column("weight").size()).containsExactly(2);
      assertThat(to.column("weight").bytes().asFloatBuffer().get(1)).isEqualTo(6);
    }
  }

  @Test
  void refusesWhatNoPieceOfMemoryHolds() {
    try (BufferAllocator memory = new RootAllocator();
        Batch batch = new Batch(memory);
        Batch to = new Batch(memory)) {
      batch.unwritten("mask", ElementType.FLOAT, Float.BYTES, 1 << 10);
      List<Batch> many = java.util.Collections.nCopies(1 << 20, batch);
      assertThatThrownBy(() -> Stack.column("mask", many, to))
          .isInstanceOf(GenRecException.class)
          .hasMessageContaining("[GR/InvalidValue]")
          .hasMessageContaining("\"mask\" of 1048576 steps")
          .hasMessageContaining("4294967296 bytes")
          .hasMessageContaining("stepsPerRun");
    }
  }
}
