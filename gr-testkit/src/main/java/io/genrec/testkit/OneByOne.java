package io.genrec.testkit;

import io.genrec.api.inference.CacheUse;
import io.genrec.api.inference.Scores;
import io.genrec.api.inference.ScoringModel;
import io.genrec.api.inference.ScoringRequest;
import io.genrec.api.sequence.Batch;
import io.genrec.api.sequence.History;
import io.genrec.api.sequence.TokenRow;
import java.util.LinkedHashMap;
import java.util.Map;

/** The truth about scores: each candidate alone after the whole history. */
final class OneByOne {
  private OneByOne() {}

  /** Scores of a model in 64 bits. */
  static Scores score(ScoringModel model, ScoringRequest request) {
    History candidates = request.candidates();
    Map<String, double[]> scores = new LinkedHashMap<>();
    model.predictions().forEach(name -> scores.put(name, new double[candidates.size()]));
    try (Batch inputs = new Batch(model.allocator());
        Batch outputs = new Batch(model.allocator())) {
      int length = model.task().requestLength(request.history(), 1);
      for (int c = 0; c < candidates.size(); c++) {
        TokenRow row = new TokenRow(inputs, 1, length, model.task().columns().inputs());
        History candidate = candidates.slice(c, c + 1);
        model.task().writeRequest(request.history(), candidate, request.at(), row.at(0));
        model.run(ScoringModel.Stage.WHOLE, inputs.columns()::get, outputs);
        for (Map.Entry<String, double[]> entry : scores.entrySet()) {
          String name = ScoringModel.PREDICTION + entry.getKey();
          entry.getValue()[c] = outputs.column(name).bytes().asDoubleBuffer().get(length - 1);
        }
      }
    }
    return new Scores(scores, CacheUse.NONE);
  }
}
