package io.genrec.data.sampling;

import io.genrec.api.GenRecException;
import io.genrec.api.training.Sampler;
import java.util.random.RandomGenerator;

/** All rows alike. */
record UniformSampler(UniformConfig config, int rows) implements Sampler, Sampler.Draw {
  UniformSampler {
    if (rows < 1) {
      throw new GenRecException(
          "NothingToDraw",
          "sampler \"uniform\" has no rows to draw from: the vocabulary is empty; train on data"
              + " with at least one item");
    }
  }

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
    return this;
  }

  @Override
  public int next(RandomGenerator random) {
    return 1 + random.nextInt(rows);
  }

  @Override
  public void fill(RandomGenerator random, long[] drawn) {
    BoundedNumbers.fill(random, rows, drawn);
    for (int i = 0; i < drawn.length; i++) {
      drawn[i]++;
    }
  }

  @Override
  public double logProbability(int row) {
    return row >= 1 && row <= rows ? -Math.log(rows) : Double.NEGATIVE_INFINITY;
  }
}
