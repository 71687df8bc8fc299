package io.genrec.engine.evaluation;

import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** Metrics of 10,000 users by their targets' ranks. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class RanksBenchmark {
  private final TargetRank[] ranks =
      new SplittableRandom(1)
          .ints(10_000, 0, 500)
          .mapToObj(above -> new TargetRank(above, 1 + above % 3))
          .toArray(TargetRank[]::new);

  /** NDCG@10, HR@10 and MRR. */
  @Benchmark
  public double metrics() {
    double sum = 0;
    for (TargetRank rank : ranks) {
      sum += rank.ndcg(10) + rank.hitRate(10) + rank.reciprocal();
    }
    return sum;
  }
}
