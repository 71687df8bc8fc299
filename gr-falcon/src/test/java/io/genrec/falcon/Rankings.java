package io.genrec.falcon;

import io.genrec.api.config.StrictConfig;
import io.genrec.api.sequence.Schema;
import io.genrec.api.sequence.Schema.Owner;
import io.genrec.api.task.Task;
import io.genrec.api.task.TaskFactory;
import io.genrec.data.task.ChunkRankingFactory;
import io.genrec.data.task.InterleavedRankingFactory;
import io.genrec.engine.ranking.Ranker;
import io.genrec.gpsd.ClickTask;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** Ways to rank: a task, and what its model has beside the encoder. */
final class Rankings {
  private static final String LABELS =
      "{\"labels\": [{\"name\": \"click\"}, {\"name\": \"watch\"}],"
          + " \"thresholds\": [{\"number\": \"watch\", \"atLeast\": 1}]}";

  /** A slower-changing series. */
  static final String FOLLOWS = "follows";

  private Rankings() {}

  /**
   * A way to rank.
   *
   * @param task makes the task for data of a kind
   * @param config embedding and head
   */
  record Ranking(String name, Schema schema, Function<Schema, Task> task, Ranker.Config config) {
    @Override
    public String toString() {
      return name;
    }
  }

  /** Everything that data may have; 12 events, and room for their actions. */
  static Schema schema() {
    Schema.Numeric length = new Schema.Numeric("span", Owner.ITEM, 0, 1, List.of(5.0, 10.0, 20.0));
    return new Schema(
        List.of(
            new Schema.Feature(Schema.ITEM, Scoring.ITEMS, 8),
            new Schema.Feature("genre", 5, 3, Owner.ITEM),
            new Schema.Feature("tab", 3, 2, Owner.REQUEST),
            new Schema.Feature("age", 4, 2, Owner.USER),
            new Schema.Feature("city", 6, 3, Owner.USER),
            new Schema.Feature("span", 4, 2, Owner.ITEM)),
        List.of(new Schema.Numeric("duration", Owner.ITEM, 10, 5, List.of()), length),
        new Schema.Outcomes(
            List.of("click", "like"),
            List.of(new Schema.Numeric("watch", Owner.EVENT, 1, 2, List.of()))),
        8,
        Scoring.MAX_HISTORY,
        2 + 2 * Scoring.MAX_HISTORY + 2);
  }

  /** The same with a slower-changing series. */
  private static Schema withSeries() {
    Schema schema = schema();
    List<Schema.Feature> features = new ArrayList<>(schema.features());
    features.add(new Schema.Feature(FOLLOWS, 4, 3, Owner.SERIES));
    return new Schema(
        features,
        schema.numbers(),
        schema.outcomes(),
        schema.dim(),
        schema.maxHistory(),
        schema.maxLength());
  }

  private static <C extends Record> Ranking ranking(
      String name, TaskFactory<C> factory, String options, String ranker) {
    return ranking(name, schema(), factory, options, ranker);
  }

  private static <C extends Record> Ranking ranking(
      String name, Schema data, TaskFactory<C> factory, String options, String ranker) {
    C config = StrictConfig.parse("test", options).as(factory.configType());
    return new Ranking(
        name,
        data,
        schema -> factory.create(config, schema),
        StrictConfig.parse("test", ranker).as(Ranker.Config.class));
  }

  /** Item and action in two tokens, and in one, each with a series too; GPSD's candidates. */
  static List<Ranking> all() {
    String chunk = LABELS.replace("{\"labels\"", "{\"chunk\": 2, \"labels\"");
    return List.of(
        ranking("ranking-interleaved", new InterleavedRankingFactory(), LABELS, "{}"),
        ranking("ranking", new ChunkRankingFactory(), chunk, "{}"),
        ranking(
            "ranking, a field of long histories",
            new ChunkRankingFactory(),
            chunk,
            "{\"embedding\": {\"contextMinimum\": {\"city\": 4}, \"additional\": [\"tab\"]}}"),
        ranking(
            "click",
            new ClickTask.Factory(),
            "{}",
            "{\"candidate\": {\"features\": [\"genre\"], \"numbers\": [\"duration\"]}}"),
        ranking(
            "ranking-interleaved, a series",
            withSeries(),
            new InterleavedRankingFactory(),
            LABELS,
            "{}"),
        ranking("ranking, a series", withSeries(), new ChunkRankingFactory(), chunk, "{}"));
  }
}
