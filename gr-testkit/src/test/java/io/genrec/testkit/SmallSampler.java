package io.genrec.testkit;

import io.genrec.api.GenRecException;
import io.genrec.api.config.Default;
import io.genrec.api.training.Sampler;
import io.genrec.api.training.SamplerContext;
import io.genrec.api.training.SamplerFactory;
import java.util.Random;
import java.util.random.RandomGenerator;

/** All rows alike: correct, or with one fault. */
final class SmallSampler implements SamplerFactory<SmallSampler.Config> {
  /** What is wrong. */
  enum Fault {
    NONE,
    DRAWS_BY_ITSELF,
    IGNORES_THE_SEED,
    DRAWS_NONE_AT_TIMES,
    DRAWS_WHAT_HAS_NO_CHANCE,
    DOUBLES_THE_COUNT,
    SHARES_OTHERWISE,
    ADDS_UP_TO_MORE,
    GIVES_ROW_0_A_CHANCE,
    PREFERS_LOW_ROWS,
    BREAKS_ON_ONE_ROW,
    INVENTS_A_ROW,
    COUNTS_DRAWS,
    FILLS_BY_ITSELF,
    LEAVES_ONE_OUT,
    FILLS_WITH_LOW_ROWS
  }

  /** The options. */
  record Config(int count, Sampler.Sharing sharing, @Default("none") Fault fault) {}

  /** A sampler with a fault. */
  static SamplerContract.Subject subject(Fault fault) {
    String config = "{\"count\": 3, \"sharing\": \"sequence\", " + Faults.option(fault) + "}";
    return SamplerContract.Subject.of(new SmallSampler(), config);
  }

  @Override
  public String name() {
    return "small";
  }

  @Override
  public Class<Config> configType() {
    return Config.class;
  }

  @Override
  public Sampler create(Config config, SamplerContext context) {
    Fault fault = config.fault();
    if (context.rows() == 0 && fault != Fault.INVENTS_A_ROW) {
      throw new GenRecException("NothingToDraw", "the vocabulary is empty");
    }
    return new Sampler() {
      @Override
      public Sharing sharing() {
        return fault == Fault.SHARES_OTHERWISE ? Sharing.BATCH : config.sharing();
      }

      @Override
      public int count() {
        return fault == Fault.DOUBLES_THE_COUNT ? 2 * config.count() : config.count();
      }

      @Override
      public Draw draw(int[] targets) {
        return new Rows(fault, context.rows());
      }
    };
  }

  private static final class Rows implements Sampler.Draw {
    private static final int RARE = 20_000;

    private final Fault fault;
    private final int rows;
    private final Random own = new Random();
    private int drawn;

    Rows(Fault fault, int rows) {
      this.fault = fault;
      this.rows = rows;
    }

    @Override
    public int next(RandomGenerator random) {
      int row = 1 + random.nextInt(Math.max(1, rows));
      return switch (fault) {
        case DRAWS_BY_ITSELF -> 1 + own.nextInt(rows);
        case IGNORES_THE_SEED -> 1 + new Random(3L * row).nextInt(1);
        case DRAWS_NONE_AT_TIMES -> random.nextInt(RARE) == 0 ? 0 : row;
        case DRAWS_WHAT_HAS_NO_CHANCE -> random.nextInt(RARE) == 0 ? rows : Math.min(row, last());
        case PREFERS_LOW_ROWS -> Math.min(row, 1 + random.nextInt(rows));
        case BREAKS_ON_ONE_ROW -> rows == 1 ? 2 : row;
        case COUNTS_DRAWS -> 1 + (row + drawn++) % rows;
        default -> row;
      };
    }

    @Override
    public void fill(RandomGenerator random, long[] drawn) {
      Sampler.Draw.super.fill(fault == Fault.FILLS_BY_ITSELF ? own : random, drawn);
      if (fault == Fault.LEAVES_ONE_OUT) {
        drawn[drawn.length - 1] = 0;
      }
      for (int i = 0; fault == Fault.FILLS_WITH_LOW_ROWS && i < drawn.length; i += 2) {
        drawn[i] = Math.min(drawn[i], next(random));
      }
    }

    private int last() {
      return Math.max(1, rows - 1);
    }

    @Override
    public double logProbability(int row) {
      if (row == 0 && fault == Fault.GIVES_ROW_0_A_CHANCE) {
        return 0;
      }
      if (row < 1 || row > rows) {
        return Double.NEGATIVE_INFINITY;
      }
      if (fault == Fault.DRAWS_WHAT_HAS_NO_CHANCE && rows > 1) {
        double chance = (row == last() ? 2.0 : row == rows ? 0 : 1.0) / rows;
        return Math.log(chance);
      }
      return -Math.log(rows) + (fault == Fault.ADDS_UP_TO_MORE ? 1e-5 : 0);
    }
  }
}
