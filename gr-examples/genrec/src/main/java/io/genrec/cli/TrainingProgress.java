package io.genrec.cli;

import io.genrec.engine.run.EpochReport;
import io.genrec.engine.run.RunListener;
import io.genrec.engine.training.StepReport;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Tells how far training is: a bar within an epoch, a line after each. */
final class TrainingProgress implements RunListener {
  private final Reporter reporter;
  private final int epochs;

  TrainingProgress(Reporter reporter, int epochs) {
    this.reporter = reporter;
    this.epochs = epochs;
  }

  @Override
  public void resumed(int epoch, long step) {
    reporter.say("continuing after epoch " + epoch + ", step " + step);
  }

  @Override
  public void step(int epoch, int stepInEpoch, int stepsPerEpoch, StepReport report) {
    if (stepInEpoch == 1) {
      reporter.begin("epoch " + epoch + "/" + epochs, stepsPerEpoch);
    }
    reporter.done(stepInEpoch, String.format(Locale.ROOT, "loss %.4f", report.loss()));
  }

  @Override
  public void epoch(EpochReport report) {
    StringBuilder line =
        new StringBuilder(
            String.format(
                Locale.ROOT,
                "epoch %3d/%d  loss %.4f  %5.1f s  %,.0f tokens/s",
                report.epoch(),
                epochs,
                report.loss(),
                report.seconds(),
                report.tokensPerSecond()));
    append(line, "validation", report.validation());
    append(line, "test (only watched)", report.monitor());
    reporter.say(line + (report.best() ? "  best so far" : ""));
  }

  private static void append(StringBuilder line, String part, Map<String, Double> metrics) {
    if (!metrics.isEmpty()) {
      line.append("  ").append(part);
      List<String> shown = List.of("hr@10", "ndcg@10");
      if (!metrics.containsKey("ndcg@10")) {
        shown =
            metrics.keySet().stream()
                .filter(metric -> metric.matches("(auc|gauc|ne|rmse)/.*"))
                .toList();
      }
      for (String metric : shown) {
        line.append(' ')
            .append(metric.toUpperCase(Locale.ROOT))
            .append(' ')
            .append(Text.metric(metrics.getOrDefault(metric, 0.0)));
      }
    }
  }
}
