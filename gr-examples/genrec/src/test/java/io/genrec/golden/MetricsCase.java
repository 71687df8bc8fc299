package io.genrec.golden;

import io.genrec.engine.evaluation.CatalogueScores;
import io.genrec.engine.evaluation.RankingMetrics;
import io.genrec.engine.evaluation.RankingProtocol;
import io.genrec.engine.evaluation.TargetRank;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.arrow.memory.BufferAllocator;

/** Kind {@code eval_metrics}: full-catalogue ranking under the published protocol. */
final class MetricsCase {
  private static final String GOOD_RATING = "_ge4";

  private MetricsCase() {}

  static void check(GoldenCase golden, BufferAllocator memory) {
    GoldenTensor users = golden.tensor("inputs/user_embeddings");
    GoldenTensor items = golden.tensor("inputs/item_embeddings");
    GoldenTensor past = golden.tensor("inputs/past_ids");
    GoldenTensor targets = golden.tensor("inputs/target_ids");
    GoldenTensor ratings = golden.tensor("inputs/target_ratings");
    int count = users.shape()[0];
    RankingMetrics filtered = new RankingMetrics(RankingProtocol.published());
    RankingMetrics unfiltered = new RankingMetrics(RankingProtocol.published());
    for (int user = 0; user < count; user++) {
      float[] scores = scores(users, items, user);
      int[] seen = new int[past.shape()[1]];
      for (int i = 0; i < seen.length; i++) {
        seen[i] = (int) past.whole(user, i);
      }
      int target = (int) targets.whole(user, 0);
      CatalogueScores catalogue = CatalogueScores.byRow(scores);
      filtered.add(user, catalogue.rank(target, seen));
      unfiltered.add(user, catalogue.rank(target));
      top(golden, user, scores, catalogue, seen);
    }
    for (String name : golden.names("eval")) {
      if (name.contains("top20")) {
        continue;
      }
      RankingMetrics all = name.startsWith("filtered_") ? filtered : unfiltered;
      String metric = name.substring(name.indexOf('_') + 1);
      boolean good = metric.endsWith(GOOD_RATING);
      RankingMetrics part = good ? all.subset((user, rank) -> ratings.whole(user, 0) >= 4) : all;
      String plain = good ? metric.substring(0, metric.length() - GOOD_RATING.length()) : metric;
      golden.compare(name, golden.tensor("eval/" + name).values(), part.perUser(plain), 1e-6, 0);
    }
  }

  private static float[] scores(GoldenTensor users, GoldenTensor items, int user) {
    int dim = users.shape()[1];
    float[] scores = new float[items.shape()[0] + 1];
    for (int row = 1; row < scores.length; row++) {
      double product = 0;
      double square = 0;
      for (int d = 0; d < dim; d++) {
        product += users.at(user, d) * items.at(row - 1, d);
        square += items.at(row - 1, d) * items.at(row - 1, d);
      }
      scores[row] = (float) (product / Math.max(Math.sqrt(square), 1e-6));
    }
    return scores;
  }

  /** The best twenty: each has its rank, and its score is known. */
  private static void top(
      GoldenCase golden, int user, float[] scores, CatalogueScores catalogue, int[] seen) {
    GoldenTensor ids = golden.tensor("eval/filtered_top20_ids");
    GoldenTensor known = golden.tensor("eval/filtered_top20_scores");
    int k = ids.shape()[1];
    List<Integer> hidden = IntStream.of(seen).boxed().toList();
    List<Integer> order =
        new ArrayList<>(
            IntStream.range(1, scores.length)
                .boxed()
                .filter(row -> !hidden.contains(row))
                .toList());
    order.sort(Comparator.comparingDouble(row -> -scores[row]));
    double[] expectedIds = new double[k];
    double[] actualIds = new double[k];
    double[] expected = new double[k];
    double[] actual = new double[k];
    for (int i = 0; i < k; i++) {
      expectedIds[i] = ids.whole(user, i);
      actualIds[i] = order.get(i);
      expected[i] = known.at(user, i);
      actual[i] = scores[order.get(i)];
      TargetRank rank = catalogue.rank(order.get(i), seen);
      if (rank.above() != i) {
        throw new AssertionError(
            "row " + order.get(i) + " of user " + user + " is at place " + rank + ", not " + i);
      }
    }
    golden.compare("top ids of user " + user, expectedIds, actualIds, 0, 0);
    golden.compare("top scores of user " + user, expected, actual, 1e-5, 1e-5);
  }
}
