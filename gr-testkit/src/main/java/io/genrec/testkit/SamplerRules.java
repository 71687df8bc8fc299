package io.genrec.testkit;

import io.genrec.api.config.StrictConfig;
import io.genrec.api.training.Sampler;
import io.genrec.api.training.SamplerContext;
import io.genrec.engine.runtime.Workers;
import io.genrec.testkit.SamplerBench.Way;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;

/** The rules of samplers. */
final class SamplerRules {
  static final String SEED = "rule 1: draws follow from the generator alone";
  static final String ROWS = "rule 2: only rows of the vocabulary that have a chance are drawn";
  static final String DECLARED = "rule 3: count and sharing are as configured";
  static final String CHANCES = "rule 4: the chances of all rows add up to 1";
  static final String FREQUENCIES = "rule 5: rows come as often as their chances say";
  static final String ONE_ROW = "rule 6: a vocabulary of one row is fine";
  static final String NO_ROW = "rule 7: an empty vocabulary is refused";
  static final String TOGETHER = "rule 8: one sampler serves many threads";

  static final List<Rule<SamplerBench>> ALL =
      List.of(
          rule(SEED, SamplerRules::seed),
          rule(ROWS, SamplerRules::rows),
          rule(DECLARED, SamplerRules::declared),
          rule(CHANCES, SamplerRules::chances),
          rule(FREQUENCIES, SamplerRules::frequencies),
          rule(ONE_ROW, SamplerRules::oneRow),
          rule(NO_ROW, SamplerRules::noRow),
          rule(TOGETHER, SamplerRules::together));

  private static final int FEW = 200;
  private static final int MANY = 100_000;
  private static final int THREADS = 4;

  /** A correct sampler stays within six standard deviations but once in 10^9 times. */
  private static final double DEVIATIONS = 6;

  private SamplerRules() {}

  private static Rule<SamplerBench> rule(String title, Consumer<SamplerBench> check) {
    return new Rule<>() {
      @Override
      public String title() {
        return title;
      }

      @Override
      public void check(SamplerBench bench) {
        check.accept(bench);
      }
    };
  }

  private static void seed(SamplerBench bench) {
    for (Way way : Way.values()) {
      int[] first = way.rows(bench.draw(), SamplerBench.random(1), FEW);
      int[] again = way.rows(bench.draw(), SamplerBench.random(1), FEW);
      int[] other = way.rows(bench.draw(), SamplerBench.random(2), FEW);
      if (!Arrays.equals(first, again)) {
        throw new AssertionError(
            "two samplers draw different rows from one seed" + way + ": " + list(first, again));
      }
      if (Arrays.equals(first, other)) {
        throw new AssertionError(
            "two seeds give the same " + FEW + " rows" + way + ": " + list(first));
      }
    }
  }

  private static List<String> list(int[]... draws) {
    return Arrays.stream(draws).map(Arrays::toString).toList();
  }

  private static void rows(SamplerBench bench) {
    for (Way way : Way.values()) {
      rows(bench, way);
    }
  }

  private static void rows(SamplerBench bench, Way way) {
    Sampler.Draw draw = bench.draw();
    int rows = bench.context().rows();
    for (int row : way.rows(draw, SamplerBench.random(3), MANY)) {
      if (row < 1 || row > rows) {
        throw new AssertionError(
            "row " + row + " is drawn" + way + " from a vocabulary of rows 1 to " + rows);
      }
      if (draw.logProbability(row) == Double.NEGATIVE_INFINITY) {
        throw new AssertionError("row " + row + " is drawn" + way + " though its chance is 0");
      }
    }
  }

  private static void declared(SamplerBench bench) {
    Sampler sampler = bench.create(bench.context());
    if (sampler.count() < 1) {
      throw new AssertionError("count is " + sampler.count() + ": a loss needs at least 1");
    }
    StrictConfig config = StrictConfig.parse("options", bench.subject().config());
    if (config.has("count")) {
      requireEqual("count", sampler.count(), config.at("/count").as(Integer.class));
    }
    if (config.has("sharing")) {
      Sampler.Sharing sharing = config.at("/sharing").as(Sampler.Sharing.class);
      requireEqual("sharing", sampler.sharing(), sharing);
    }
  }

  private static void requireEqual(String what, Object found, Object configured) {
    if (!found.equals(configured)) {
      throw new AssertionError(what + " is " + found + " but configured as " + configured);
    }
  }

  private static void chances(SamplerBench bench) {
    Sampler.Draw draw = bench.draw();
    int rows = bench.context().rows();
    double sum = 0;
    for (int row = 1; row <= rows; row++) {
      sum += Math.exp(draw.logProbability(row));
    }
    if (!(Math.abs(sum - 1) <= 1e-9)) {
      throw new AssertionError("the chances of rows 1 to " + rows + " add up to " + sum);
    }
    for (int row : new int[] {0, rows + 1}) {
      if (draw.logProbability(row) != Double.NEGATIVE_INFINITY) {
        throw new AssertionError(
            "row "
                + row
                + ", which there is none of, has log-probability "
                + draw.logProbability(row)
                + "; expected -Infinity");
      }
    }
  }

  private static void frequencies(SamplerBench bench) {
    for (Way way : Way.values()) {
      frequencies(bench, way);
    }
  }

  private static void frequencies(SamplerBench bench, Way way) {
    Sampler.Draw draw = bench.draw();
    int[] seen = new int[bench.context().rows() + 1];
    for (int row : way.rows(draw, SamplerBench.random(5), MANY)) {
      if (row >= 0 && row < seen.length) {
        seen[row]++;
      }
    }
    for (int row = 1; row < seen.length; row++) {
      double chance = Math.exp(draw.logProbability(row));
      double share = (double) seen[row] / MANY;
      double bound = DEVIATIONS * Math.sqrt(Math.max(0, chance * (1 - chance)) / MANY) + 1e-9;
      if (!(Math.abs(share - chance) <= bound)) {
        throw new AssertionError(
            "row "
                + row
                + " has chance "
                + chance
                + " but makes up "
                + share
                + " of "
                + MANY
                + " draws"
                + way
                + " (within "
                + bound
                + ": "
                + DEVIATIONS
                + " standard deviations)");
      }
    }
  }

  private static void oneRow(SamplerBench bench) {
    Sampler.Draw draw = bench.create(new SamplerContext(new long[] {0, 3})).draw(new int[] {1, 1});
    for (Way way : Way.values()) {
      for (int row : way.rows(draw, SamplerBench.random(7), FEW)) {
        if (row != 1) {
          throw new AssertionError(
              "row " + row + " is drawn" + way + " from a vocabulary of row 1 alone");
        }
      }
    }
    if (!(Math.abs(draw.logProbability(1)) <= 1e-9)) {
      throw new AssertionError("the only row's log-probability is " + draw.logProbability(1));
    }
  }

  private static void noRow(SamplerBench bench) {
    Refusal.require(
        "NothingToDraw",
        "an empty vocabulary",
        () ->
            bench
                .create(new SamplerContext(new long[1]))
                .draw(new int[0])
                .next(SamplerBench.random(9)));
  }

  private static void together(SamplerBench bench) {
    Sampler sampler = bench.create(bench.context());
    Sampler.Draw shared = sampler.draw(bench.targets());
    int[][] inTurns = new int[THREADS][FEW];
    List<RandomGenerator> generators = new ArrayList<>();
    for (int t = 0; t < THREADS; t++) {
      generators.add(SamplerBench.random(t));
    }
    for (int i = 0; i < FEW; i++) {
      for (int t = 0; t < THREADS; t++) {
        inTurns[t][i] = shared.next(generators.get(t));
      }
    }
    for (int t = 0; t < THREADS; t++) {
      requireSame("in turns with others", inTurns[t], alone(Way.ONE_BY_ONE, sampler, bench, t));
    }
    for (Way way : Way.values()) {
      List<Future<int[]>> tasks = new ArrayList<>();
      try (Workers workers = new Workers(THREADS)) {
        for (int t = 0; t < THREADS; t++) {
          int thread = t;
          tasks.add(workers.submit(() -> way.rows(shared, SamplerBench.random(thread), FEW)));
        }
      }
      for (int t = 0; t < THREADS; t++) {
        requireSame(
            "at the same time as others",
            Workers.await(tasks.get(t)),
            alone(way, sampler, bench, t));
      }
    }
  }

  private static int[] alone(Way way, Sampler sampler, SamplerBench bench, int seed) {
    return way.rows(sampler.draw(bench.targets()), SamplerBench.random(seed), FEW);
  }

  private static void requireSame(String when, int[] found, int[] alone) {
    if (!Arrays.equals(found, alone)) {
      throw new AssertionError(
          "one generator gives other rows " + when + " than alone: " + list(found, alone));
    }
  }
}
