package io.genrec.data.sampling;

import io.genrec.api.GenRecException;
import io.genrec.api.training.Sampler;
import io.genrec.api.training.SamplerContext;
import java.util.Arrays;
import java.util.random.RandomGenerator;

/** Rows by a power of their number of events. */
final class PopularitySampler implements Sampler, Sampler.Draw {
  private final PopularityConfig config;
  private final double[] logProbabilities;
  private final int[] drawn;
  private final AliasTable table;

  private PopularitySampler(
      PopularityConfig config, double[] logProbabilities, int[] drawn, AliasTable table) {
    this.config = config;
    this.logProbabilities = logProbabilities;
    this.drawn = drawn;
    this.table = table;
  }

  static PopularitySampler of(PopularityConfig config, SamplerContext context) {
    int rows = context.rows();
    double power = config.exponent();
    double[] weights = new double[rows + 1];
    double total = 0;
    int positive = 0;
    for (int row = 1; row <= rows; row++) {
      weights[row] = Math.pow(context.counts()[row], power);
      total += weights[row];
      positive += weights[row] > 0 ? 1 : 0;
    }
    if (positive == 0) {
      throw new GenRecException(
          "NothingToDraw",
          "sampler \"popularity\" has no rows to draw from: none of "
              + rows
              + " rows has training events; give training data or another sampler");
    }
    // Rows without weight stay out of the table, where rounding could give them a chance.
    int[] drawn = new int[positive];
    double[] chances = new double[positive];
    double[] logProbabilities = new double[rows + 1];
    Arrays.fill(logProbabilities, Double.NEGATIVE_INFINITY);
    int entry = 0;
    for (int row = 1; row <= rows; row++) {
      if (weights[row] > 0) {
        drawn[entry] = row;
        chances[entry++] = weights[row] / total;
        logProbabilities[row] = Math.log(weights[row]) - Math.log(total);
      }
    }
    return new PopularitySampler(config, logProbabilities, drawn, AliasTable.of(chances));
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
    return drawn[table.next(random)];
  }

  @Override
  public double logProbability(int row) {
    return row >= 1 && row < logProbabilities.length
        ? logProbabilities[row]
        : Double.NEGATIVE_INFINITY;
  }
}
