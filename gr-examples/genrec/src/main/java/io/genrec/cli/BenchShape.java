package io.genrec.cli;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What is trained on made-up data, but for the encoder's own options.
 *
 * @param batch sequences of a step
 * @param length tokens of a sequence
 * @param dim the model's width
 * @param negatives of a draw
 * @param sharing who shares a draw: {@code position}, {@code sequence} or {@code batch}
 */
record BenchShape(int batch, int length, int dim, int negatives, String sharing) {
  /** Changes to a published configuration of a model that predicts items. */
  Map<String, String> settings() {
    Map<String, String> settings = new LinkedHashMap<>();
    settings.put("name", "bench");
    settings.put("model/dim", "" + dim);
    settings.put("model/maxHistory", "" + length);
    settings.put("model/outputSlots", "0");
    settings.put("sampler/count", "" + negatives);
    settings.put("sampler/sharing", sharing);
    settings.put("training/batch", "" + batch);
    return settings;
  }
}
