package io.genrec.cli;

import io.genrec.engine.run.RunListener;
import io.genrec.engine.training.StepReport;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/** Keeps what each step of a training took; medians and means leave the first steps out. */
final class StepTimes implements RunListener {
  private static final double MILLIS = 1e3;

  private final int warmUp;
  private final int steps;
  private final Reporter reporter;
  private final List<StepReport> reports = new ArrayList<>();
  private double begin;

  /**
   * Times of a training that begins now.
   *
   * @param warmUp how many first steps do not count, at least 1
   * @param steps how many there will be at most
   */
  StepTimes(int warmUp, int steps, Reporter reporter) {
    this.warmUp = warmUp;
    this.steps = steps;
    this.reporter = reporter;
    reporter.begin("training", steps);
  }

  @Override
  public void step(int epoch, int stepInEpoch, int stepsPerEpoch, StepReport report) {
    reports.add(report);
    if (reports.size() == warmUp) {
      begin = ProcessorTime.seconds();
    }
    reporter.done(reports.size(), String.format(Locale.ROOT, "loss %.4f", report.loss()));
  }

  @Override
  public boolean goesOn() {
    return reports.size() < steps;
  }

  /** All steps, those that do not count among them. */
  List<StepReport> reports() {
    return reports;
  }

  double medianNanos() {
    return median(StepReport::nanos);
  }

  double median(ToDoubleFunction<StepReport> value) {
    double[] sorted = reports.stream().skip(warmUp).mapToDouble(value).sorted().toArray();
    return sorted[sorted.length / 2];
  }

  double mean(ToDoubleFunction<StepReport> value) {
    return reports.stream().skip(warmUp).mapToDouble(value).average().orElseThrow();
  }

  /**
   * All threads' processor time of a step until now; the system counts in ticks too long for one.
   */
  double meanProcessorMillis() {
    return MILLIS * (ProcessorTime.seconds() - begin) / (reports.size() - warmUp);
  }
}
