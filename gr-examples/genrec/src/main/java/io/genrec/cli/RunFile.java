package io.genrec.cli;

import io.genrec.engine.run.EpochReport;
import io.genrec.engine.run.RunConfig;
import java.util.LinkedHashMap;
import java.util.Map;

/** The content of {@code run.json}: what a training run was and what came of it. */
final class RunFile {
  private RunFile() {}

  /** Of a run that has only begun. */
  static Map<String, Object> started(RunConfig config, OpenData data) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("status", "started");
    json.put("genrec", Versions.genrec());
    json.put("model", config.name());
    json.put("data", data.data().info().name());
    json.put("contentHash", data.data().contentHash());
    json.put("protocol", data.protocol());
    json.put("splitHash", data.split().splitHash());
    json.put("seed", config.seed());
    json.put("configuration", config);
    return json;
  }

  /** Of a run that has ended. */
  static Map<String, Object> finished(
      RunConfig config, OpenData data, TrainingJob.Outcome outcome) {
    Map<String, Object> json = started(config, data);
    json.put("status", "finished");
    json.putAll(summary(outcome));
    json.put("results", outcome.measurement().rows());
    json.put("history", outcome.result().history().stream().map(RunFile::epoch).toList());
    return json;
  }

  /** The numbers that matter most. */
  static Map<String, Object> summary(TrainingJob.Outcome outcome) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("epochs", outcome.result().epochs());
    json.put("chosenEpoch", outcome.result().chosenEpoch());
    json.put("secondsPerEpoch", outcome.secondsPerEpoch());
    if (outcome.epochFlops() != null) {
      json.put("epochFlops", outcome.epochFlops());
    }
    outcome.peakBytes().ifPresent(bytes -> json.put("peakMemoryBytes", bytes));
    json.put("parameters", outcome.parameters());
    json.put("machine", outcome.machine());
    json.putAll(outcome.measurement().headline());
    json.put("most_popular", outcome.measurement().baseline());
    outcome.bestOnTest().ifPresent(best -> json.put("bestOnTest", best));
    return json;
  }

  /** One epoch. */
  static Map<String, Double> epoch(EpochReport report) {
    Map<String, Double> json = new LinkedHashMap<>();
    json.put("epoch", (double) report.epoch());
    json.put("loss", report.loss());
    json.put("seconds", report.seconds());
    json.put("tokensPerSecond", report.tokensPerSecond());
    json.put("sparsity", report.sparsity());
    json.put("insideShare", report.insideShare());
    report
        .validation()
        .entrySet()
        .forEach(entry -> put(json, "validation ", entry.getKey(), entry.getValue()));
    report
        .monitor()
        .entrySet()
        .forEach(entry -> put(json, "test ", entry.getKey(), entry.getValue()));
    return json;
  }

  private static void put(Map<String, Double> json, String part, String metric, double value) {
    if (metric.endsWith("@10") || metric.equals("mrr") || metric.contains("/")) {
      json.put(part + metric.toUpperCase(java.util.Locale.ROOT), value);
    }
  }
}
