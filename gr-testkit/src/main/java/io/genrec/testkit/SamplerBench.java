package io.genrec.testkit;

import io.genrec.api.config.StrictConfig;
import io.genrec.api.training.Sampler;
import io.genrec.api.training.SamplerContext;
import io.genrec.api.training.SamplerFactory;
import io.genrec.testkit.SamplerContract.Subject;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/** Small vocabularies, targets, and samplers for them. */
record SamplerBench(Subject subject) implements AutoCloseable {
  /** Events of rows 1 to 12; one row has none. */
  private static final long[] COUNTS = {0, 5, 1, 0, 40, 3, 3, 9, 1, 17, 2, 6, 13};

  private static final int[] TARGETS = {4, 9, 4, 12, 1, 7, 4, 9};

  SamplerContext context() {
    return new SamplerContext(COUNTS.clone());
  }

  /** Targets of a batch, some of them more than once. */
  int[] targets() {
    return TARGETS.clone();
  }

  /** The sampler, made anew. */
  Sampler create(SamplerContext context) {
    return create(subject.factory(), subject.config(), context);
  }

  private static <C extends Record> Sampler create(
      SamplerFactory<C> factory, String json, SamplerContext context) {
    C config = StrictConfig.parse("options", json).as(factory.configType());
    return factory.create(config, context);
  }

  /** A draw for the small vocabulary. */
  Sampler.Draw draw() {
    return create(context()).draw(targets());
  }

  /** How rows are drawn: one after another, or many at once. */
  enum Way {
    ONE_BY_ONE("") {
      @Override
      int[] rows(Sampler.Draw draw, RandomGenerator random, int count) {
        int[] rows = new int[count];
        for (int i = 0; i < count; i++) {
          rows[i] = draw.next(random);
        }
        return rows;
      }
    },
    AT_ONCE(" by fill") {
      @Override
      int[] rows(Sampler.Draw draw, RandomGenerator random, int count) {
        long[] rows = new long[count];
        draw.fill(random, rows);
        return Arrays.stream(rows).mapToInt(Math::toIntExact).toArray();
      }
    };

    private final String words;

    Way(String words) {
      this.words = words;
    }

    /** So many rows. */
    abstract int[] rows(Sampler.Draw draw, RandomGenerator random, int count);

    /** What is said of it in messages, if anything. */
    @Override
    public String toString() {
      return words;
    }
  }

  static RandomGenerator random(long seed) {
    return new SplittableRandom(seed);
  }

  /** Holds nothing. */
  @Override
  public void close() {}
}
