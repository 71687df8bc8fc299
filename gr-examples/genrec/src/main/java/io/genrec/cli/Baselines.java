package io.genrec.cli;

import io.genrec.api.config.StrictConfig;
import io.genrec.api.inference.Baseline;
import io.genrec.data.TrainingHistories;
import io.genrec.engine.evaluation.CatalogueEvaluator;
import io.genrec.engine.evaluation.RankingMetrics;
import io.genrec.engine.evaluation.RankingProtocol;
import io.genrec.engine.wiring.Registry;
import java.util.Map;

/** Models that are fitted on the spot, to compare with. */
final class Baselines {
  private Baselines() {}

  /**
   * What a command line means by a baseline.
   *
   * @param text a name, or an object with a name and options
   */
  static StrictConfig config(String text) {
    String json = text.startsWith("{") ? text : StrictConfig.toJson(Map.of("name", text));
    return StrictConfig.parse("--baseline " + text, json);
  }

  /** The results of a baseline under a split, all earlier items removed. */
  static RankingMetrics measure(
      StrictConfig config, OpenData data, Registry registry, RankingProtocol protocol) {
    Baseline baseline = registry.baseline(config);
    TrainingHistories training = new TrainingHistories(data.split());
    int items = data.data().items();
    baseline.fit(
        items,
        each -> {
          for (int i = 0; i < training.size(); i++) {
            each.accept(training.get(i));
          }
        });
    return CatalogueEvaluator.evaluate(baseline, items, data.test(), protocol);
  }
}
