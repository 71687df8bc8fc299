package io.genrec.engine.run;

import io.genrec.api.sequence.Batch.Column;
import io.genrec.api.task.EvaluationSet;
import io.genrec.api.task.RankingSet;
import io.genrec.api.task.Task;
import io.genrec.engine.evaluation.CatalogueEvaluator;
import io.genrec.engine.evaluation.ImpressionEvaluator;
import io.genrec.engine.evaluation.RankingProtocol;
import io.genrec.engine.evaluation.RequestTime;
import io.genrec.engine.model.Model;
import io.genrec.engine.runtime.Device;
import io.genrec.engine.training.TrainingSettings;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import org.apache.arrow.memory.BufferAllocator;
import org.jspecify.annotations.Nullable;

/** Measures a model while it is trained, by the questions of its kind. */
interface Questions extends AutoCloseable {
  /** Whether questions of a part are there. */
  boolean has(Part part);

  /** The metrics of a part. */
  Map<String, Double> measure(Part part, Function<String, @Nullable Column> parameters);

  /** How good metrics are; larger is better. */
  double quality(Map<String, Double> metrics);

  @Override
  void close();

  /** Which questions. */
  enum Part {
    /** Those that choose the pass. */
    VALIDATION,
    /** Those that are only watched. */
    MONITOR
  }

  /** The questions that fit a model. */
  static Questions of(
      Model model,
      Task task,
      TrainingData data,
      TrainingSettings training,
      Device device,
      BufferAllocator memory) {
    int workers = training.workers();
    return model.ranker().isPresent()
        ? new OfImpressions(
            data, new ImpressionEvaluator(model, task, memory, workers, training.session(device)))
        : new OfItems(
            data,
            new CatalogueEvaluator(
                model, task, RankingProtocol.full(), memory, workers, training.session(device)));
  }

  /** Which item comes next. */
  record OfItems(TrainingData data, CatalogueEvaluator evaluator) implements Questions {
    private Optional<EvaluationSet> set(Part part) {
      return part == Part.VALIDATION ? data.validation() : data.monitor();
    }

    @Override
    public boolean has(Part part) {
      return set(part).isPresent();
    }

    @Override
    public Map<String, Double> measure(Part part, Function<String, @Nullable Column> parameters) {
      return Objects.requireNonNull(
              evaluator
                  .evaluate(set(part).orElseThrow(), parameters, RequestTime.TARGET)
                  .get(data.seen()))
          .means();
    }

    @Override
    public double quality(Map<String, Double> metrics) {
      return metrics.getOrDefault(TrainingRun.CHOOSING_METRIC, Double.NEGATIVE_INFINITY);
    }

    @Override
    public void close() {
      evaluator.close();
    }
  }

  /** What comes of impressions. */
  record OfImpressions(TrainingData data, ImpressionEvaluator evaluator) implements Questions {
    private Optional<RankingSet> set(Part part) {
      return part == Part.VALIDATION ? data.impressions() : data.watchedImpressions();
    }

    @Override
    public boolean has(Part part) {
      return set(part).isPresent();
    }

    @Override
    public Map<String, Double> measure(Part part, Function<String, @Nullable Column> parameters) {
      return evaluator.evaluate(set(part).orElseThrow(), parameters).metrics();
    }

    /** Minus the mean normalised entropy of what happens or not, or else minus the mean error. */
    @Override
    public double quality(Map<String, Double> metrics) {
      double entropy = mean(metrics, "ne/");
      double error = Double.isNaN(entropy) ? mean(metrics, "rmse/") : entropy;
      return Double.isNaN(error) ? Double.NEGATIVE_INFINITY : -error;
    }

    private static double mean(Map<String, Double> metrics, String prefix) {
      return metrics.entrySet().stream()
          .filter(entry -> entry.getKey().startsWith(prefix))
          .mapToDouble(Map.Entry::getValue)
          .average()
          .orElse(Double.NaN);
    }

    @Override
    public void close() {
      evaluator.close();
    }
  }
}
