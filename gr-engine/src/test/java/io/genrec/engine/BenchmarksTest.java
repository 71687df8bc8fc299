package io.genrec.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.genrec.engine.evaluation.RanksBenchmark;
import io.genrec.engine.optimizer.OptimizerBenchmark;
import io.genrec.engine.training.TrainingBenchmark;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/** Each benchmark runs, once, without being timed. */
class BenchmarksTest {
  @Test
  void eachRunsOnce() throws Exception {
    OptimizerBenchmark optimizer = new OptimizerBenchmark();
    optimizer.rows = 12_101;
    optimizer.begin();
    TrainingBenchmark training = new TrainingBenchmark();
    training.begin();
    try {
      assertThat(run(optimizer)).hasSize(4);
      assertThat(run(training)).hasSize(4);
      assertThat(run(new RanksBenchmark())).hasSize(1);
      assertThat(optimizer.updateWhole()).isPositive();
    } finally {
      optimizer.end();
      training.end();
    }
  }

  /**
   * By hand: {@code mvn test -pl gr-engine -am -Dtest=BenchmarksTest -Dgenrec.jmh=REGEX}, with a
   * part of the names of benchmarks, or {@code .} for all.
   */
  @Test
  @EnabledIfSystemProperty(named = "genrec.jmh", matches = ".+")
  void timed() throws RunnerException {
    new Runner(
            new OptionsBuilder()
                .include(System.getProperty("genrec.jmh", ""))
                .jvmArgs("--add-opens=java.base/java.nio=ALL-UNNAMED", "-XX:+UseSerialGC", "-Xmx1g")
                .forks(1)
                .warmupIterations(3)
                .warmupTime(TimeValue.seconds(1))
                .measurementIterations(5)
                .measurementTime(TimeValue.seconds(1))
                .build())
        .run();
  }

  private static List<Object> run(Object benchmarks) throws ReflectiveOperationException {
    List<Object> results = new ArrayList<>();
    for (Method method : benchmarks.getClass().getMethods()) {
      if (method.isAnnotationPresent(Benchmark.class)) {
        results.add(method.invoke(benchmarks));
      }
    }
    return results;
  }
}
