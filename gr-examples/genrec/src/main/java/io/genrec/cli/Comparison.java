package io.genrec.cli;

import io.genrec.engine.evaluation.PairedBootstrap;
import io.genrec.engine.evaluation.RankingMetrics;
import io.genrec.engine.evaluation.RequestTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A line of an experiment less the line that it is compared with.
 *
 * @param requestTime what the models were told of the time
 * @param metric for example {@code HR@10}
 * @param seeds the runs of both that are compared
 * @param mean the difference of the means
 * @param low where the 95 % interval begins; absent if no seed's ranks were kept for both
 * @param high where it ends
 * @param lowShare where it begins, in shares of the other line's mean
 */
record Comparison(
    String requestTime,
    String metric,
    List<Long> seeds,
    double mean,
    @Nullable Double low,
    @Nullable Double high,
    @Nullable Double lowShare) {
  /** What is compared. */
  static final List<String> METRICS = List.of("HR@10", "NDCG@10");

  /** Draws users; always in the same way, so that a table comes out the same again. */
  static final PairedBootstrap BOOTSTRAP = new PairedBootstrap(1, 2000);

  /**
   * Compares runs of the same seeds: those whose ranks were kept for both lines, else all that both
   * have. Nothing can be compared if there are none, or if the lines are about other targets.
   *
   * @return for each request time each metric, or nothing
   */
  static List<Comparison> all(ExperimentLine line, ExperimentLine baseline) {
    List<Long> seeds = common(line.finished(), baseline.finished());
    List<Long> ranked = common(line.ranks(), baseline.ranks());
    boolean comparable =
        !seeds.isEmpty()
            && seeds.stream()
                .allMatch(
                    seed ->
                        of(line.finished(), seed)
                            .splitHash()
                            .equals(of(baseline.finished(), seed).splitHash()));
    List<Comparison> all = new ArrayList<>();
    for (RequestTime time : comparable ? RequestTime.values() : new RequestTime[0]) {
      for (String metric : METRICS) {
        all.add(
            ranked.isEmpty()
                ? plain(line, baseline, seeds, Measurement.word(time), metric)
                : paired(line, baseline, ranked, Measurement.word(time), metric));
      }
    }
    return all;
  }

  private static List<Long> common(Map<Long, ?> first, Map<Long, ?> second) {
    return first.keySet().stream().filter(second::containsKey).toList();
  }

  private static <T> T of(Map<Long, T> values, long seed) {
    return Objects.requireNonNull(values.get(seed));
  }

  private static Comparison plain(
      ExperimentLine line, ExperimentLine baseline, List<Long> seeds, String time, String metric) {
    double mean = mean(line, seeds, time, metric) - mean(baseline, seeds, time, metric);
    return new Comparison(time, metric, seeds, mean, null, null, null);
  }

  private static double mean(ExperimentLine line, List<Long> seeds, String time, String metric) {
    double[] values =
        seeds.stream()
            .map(seed -> line.metrics(of(line.finished(), seed), time))
            .mapToDouble(metrics -> metrics.getOrDefault(metric, Double.NaN))
            .toArray();
    return Spread.of(values).mean();
  }

  private static Comparison paired(
      ExperimentLine line, ExperimentLine baseline, List<Long> seeds, String time, String metric) {
    PairedBootstrap.Difference difference =
        BOOTSTRAP.difference(
            runs(line, seeds, time), runs(baseline, seeds, time), metric.toLowerCase(Locale.ROOT));
    return new Comparison(
        time,
        metric,
        seeds,
        difference.mean(),
        difference.low(),
        difference.high(),
        difference.low() / mean(baseline, seeds, time, metric));
  }

  private static List<RankingMetrics> runs(ExperimentLine line, List<Long> seeds, String time) {
    return seeds.stream()
        .map(seed -> of(line.ranks(), seed).find(time, line.removed()).orElseThrow())
        .toList();
  }

  /** The difference and its interval. */
  String text() {
    return Text.signed(mean)
        + (low == null || high == null
            ? ""
            : " [" + Text.signed(low) + ", " + Text.signed(high) + "]");
  }
}
