package io.genrec.data.sampling;

import io.genrec.api.GenRecException;
import io.genrec.api.training.Sampler;
import java.util.Arrays;
import java.util.random.RandomGenerator;

/** The distinct targets of the logical batch, all alike. */
record InBatchSampler(InBatchConfig config) implements Sampler {
  @Override
  public Sharing sharing() {
    return config.sharing();
  }

  @Override
  public int count() {
    return config.count();
  }

  @Override
  public Draw draw(int[] targets) {
    // In the order of rows, so that draws do not depend on the order of users in the batch.
    int[] distinct = Arrays.stream(targets).filter(row -> row != 0).sorted().distinct().toArray();
    if (distinct.length == 0) {
      throw new GenRecException(
          "NothingToDraw",
          "sampler \"in-batch\" has nothing to draw from: no position of the batch has a target;"
              + " use larger batches or another sampler");
    }
    return new Distinct(distinct);
  }

  private static final class Distinct implements Draw {
    private final int[] ascending;

    Distinct(int[] ascending) {
      this.ascending = ascending;
    }

    @Override
    public int next(RandomGenerator random) {
      return ascending[random.nextInt(ascending.length)];
    }

    @Override
    public void fill(RandomGenerator random, long[] rows) {
      BoundedNumbers.fill(random, ascending.length, rows);
      for (int i = 0; i < rows.length; i++) {
        rows[i] = ascending[(int) rows[i]];
      }
    }

    @Override
    public double logProbability(int row) {
      return Arrays.binarySearch(ascending, row) >= 0
          ? -Math.log(ascending.length)
          : Double.NEGATIVE_INFINITY;
    }
  }
}
