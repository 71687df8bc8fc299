package io.genrec.engine.training;

import io.genrec.api.sequence.Batch;
import io.genrec.api.sequence.TokenRow;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.LongBuffer;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** What is made on the host for a micro-batch of 1,024 tokens beside its tokens. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class TrainingBenchmark {
  private static final int TOKENS = 1024;
  private static final int ITEMS = 1_000_000;

  private final BufferAllocator memory = new RootAllocator();
  private final ByteBuffer mask =
      ByteBuffer.allocateDirect(TOKENS * 64 * Float.BYTES).order(ByteOrder.nativeOrder());
  private final int[] places = new int[ITEMS + 1];
  private Batch batch = new Batch(memory);

  /** Takes memory for tokens. */
  @Setup(Level.Trial)
  public void begin() {
    batch.close();
    batch = new Batch(memory);
  }

  /** Gives the memory back. */
  @TearDown(Level.Trial)
  public void end() {
    batch.close();
  }

  /** The mask of dropout of one site of width 64. */
  @Benchmark
  public ByteBuffer dropoutMask() {
    DropoutMasks.fill(mask, 0.2, 7);
    return mask;
  }

  /** The tokens and targets of 8 histories, written into columns. */
  @Benchmark
  public Batch assemble() {
    batch.clear();
    TokenRow row = new TokenRow(batch, 8, TOKENS / 8, List.of("item"), List.of("item"));
    for (int sequence = 0; sequence < 8; sequence++) {
      row.at(sequence);
      for (int i = 0; i < TOKENS / 8; i++) {
        row.token(i, i, i + 1);
        row.feature("item", i, i + 1);
        row.target("item", i, i + 2, 1);
      }
    }
    return batch;
  }

  /** The order of an epoch of 100,000 examples. */
  @Benchmark
  public int[] shuffle() {
    return Seeds.permutation(100_000, 7);
  }

  /** The distinct rows of a table of a million that tokens and targets name. */
  @Benchmark
  public Object compactRows() {
    batch.clear();
    SplittableRandom random = new SplittableRandom(3);
    for (String column : List.of("tokens/item", "targets/item")) {
      LongBuffer ids = batch.longs(column, 1, TOKENS);
      while (ids.hasRemaining()) {
        ids.put(random.nextInt(1, ITEMS + 1));
      }
    }
    return TableRows.compact(List.of(batch), "item", places);
  }
}
