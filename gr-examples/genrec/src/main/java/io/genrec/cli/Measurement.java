package io.genrec.cli;

import io.genrec.api.sequence.Batch.Column;
import io.genrec.api.task.Task;
import io.genrec.data.Split;
import io.genrec.data.SplitQuestions;
import io.genrec.engine.evaluation.CatalogueEvaluator;
import io.genrec.engine.evaluation.RankingMetrics;
import io.genrec.engine.evaluation.RankingProtocol;
import io.genrec.engine.evaluation.RequestTime;
import io.genrec.engine.evaluation.SeenItems;
import io.genrec.engine.model.Model;
import io.genrec.engine.runtime.SessionSettings;
import io.genrec.engine.wiring.Registry;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import org.apache.arrow.memory.BufferAllocator;
import org.jspecify.annotations.Nullable;

/**
 * A model's results on the test targets of a split: for both request times, both ways to take seen
 * items out, all users and those whose target is in no tie; and baselines', most-popular's first.
 *
 * @param data the data set's name
 * @param protocol the split's rule
 * @param splitHash the hash of data and split
 * @param catalogue how many items are ranked
 * @param rows the results
 * @param ranks what the model's results follow from; without columns where nothing was ranked
 * @param predictions the same for impressions
 */
record Measurement(
    String data,
    String protocol,
    String splitHash,
    int catalogue,
    List<Row> rows,
    Ranks ranks,
    Predictions predictions) {
  static final String BASELINE = "most-popular";

  private static final List<String> SHOWN =
      List.of("hr@10", "ndcg@10", "hr@50", "ndcg@50", "hr@200", "ndcg@200", "mrr");

  /**
   * One result.
   *
   * @param who the model's name, or the baseline as it was asked for
   * @param requestTime what the model is told of the time; empty for a baseline
   * @param removed which items of the past are no candidates
   * @param withoutTies whether only users count whose target is in no tie
   * @param users how many users count
   * @param metrics by name, for example {@code HR@10}; empty if no user counts
   */
  record Row(
      String who,
      String requestTime,
      String removed,
      boolean withoutTies,
      int users,
      Map<String, Double> metrics) {}

  /** Measures a model and the baseline. */
  static Measurement of(
      String name,
      Model model,
      Task task,
      Function<String, @Nullable Column> values,
      OpenData data,
      Registry registry,
      int workers,
      SessionSettings session,
      BufferAllocator memory) {
    if (data.ranks()) {
      return ImpressionMeasurement.of(name, model, task, values, data, workers, session, memory);
    }
    RankingProtocol protocol = protocol(data);
    SplitQuestions questions = data.test();
    List<Row> rows = new ArrayList<>();
    List<Ranks.Column> ranks = new ArrayList<>();
    try (CatalogueEvaluator evaluator =
        new CatalogueEvaluator(model, task, protocol, memory, workers, session)) {
      for (RequestTime time : RequestTime.values()) {
        Map<SeenItems, RankingMetrics> found = evaluator.evaluate(questions, values, time);
        SeenItems first = counted(data.split().split().protocol());
        for (SeenItems seen : List.of(first, other(first))) {
          RankingMetrics metrics = found.getOrDefault(seen, new RankingMetrics(protocol));
          add(rows, name, word(time), word(seen), metrics, data);
          ranks.add(new Ranks.Column(word(time), word(seen), metrics));
        }
      }
    }
    return of(rows, new Ranks(ranks), data).with(List.of(BASELINE), data, registry);
  }

  /** Measures baselines alone. */
  static Measurement ofBaselines(List<String> asked, OpenData data, Registry registry) {
    return of(List.of(), new Ranks(List.of()), data).with(asked, data, registry);
  }

  private static Measurement of(List<Row> rows, Ranks ranks, OpenData data) {
    return new Measurement(
        data.data().info().name(),
        data.protocol(),
        data.split().splitHash(),
        data.data().items(),
        List.copyOf(rows),
        ranks,
        Predictions.NONE);
  }

  /** Nothing, of a run whose test targets nobody may see. */
  static Measurement none(OpenData data) {
    return of(List.of(), new Ranks(List.of()), data);
  }

  /**
   * What is removed in the results that count: under META as published; nothing under USERS, which
   * is for data whose users return to items.
   */
  static SeenItems counted(Split.Protocol protocol) {
    return switch (protocol) {
      case META -> SeenItems.MODEL_INPUT;
      case USERS -> SeenItems.NONE;
      case STRICT, TEMPORAL, IMPRESSIONS -> SeenItems.ALL;
    };
  }

  /** The other way to remove items. */
  static SeenItems other(SeenItems seen) {
    return seen == SeenItems.ALL ? SeenItems.MODEL_INPUT : SeenItems.ALL;
  }

  /**
   * The same with further baselines.
   *
   * @param asked names, or objects with a name and options
   */
  Measurement with(List<String> asked, OpenData data, Registry registry) {
    List<Row> more = new ArrayList<>(rows);
    for (String text : asked) {
      if (more.stream().anyMatch(row -> row.who().equals(text))) {
        continue;
      }
      RankingMetrics metrics =
          Baselines.measure(Baselines.config(text), data, registry, protocol(data));
      add(more, text, "", word(SeenItems.ALL), metrics, data);
    }
    return of(more, ranks, data);
  }

  /** All items are ranked, with the lengths of lists that published results use. */
  private static RankingProtocol protocol(OpenData data) {
    return data.split().split().protocol() == Split.Protocol.META
        ? RankingProtocol.published()
        : new RankingProtocol(List.of(1, 5, 10, 20, 50, 100, 200, 500), null);
  }

  private static void add(
      List<Row> rows,
      String who,
      String time,
      String removed,
      RankingMetrics metrics,
      OpenData data) {
    RankingMetrics untied =
        metrics.subset((user, rank) -> !data.split().targetInTie(user, Split.Part.TEST));
    rows.add(new Row(who, time, removed, false, metrics.size(), named(metrics)));
    rows.add(new Row(who, time, removed, true, untied.size(), named(untied)));
  }

  /** The metrics under their usual names. */
  static Map<String, Double> named(RankingMetrics metrics) {
    return metrics.size() == 0 ? Map.of() : named(metrics.means());
  }

  /** Metrics under their usual names: {@code HR@10} for {@code hr@10}. */
  static Map<String, Double> named(Map<String, Double> means) {
    Map<String, Double> named = new LinkedHashMap<>();
    means.forEach((name, value) -> named.put(name.toUpperCase(Locale.ROOT), value));
    return named;
  }

  /**
   * The result that counts: the target's time and all users, with the items removed that {@link
   * #counted} names.
   */
  Map<String, Double> headline() {
    return rows.get(0).metrics();
  }

  /** The baseline's result under the same split, all earlier items removed. */
  Map<String, Double> baseline() {
    return rows.stream()
        .filter(row -> row.who().equals(BASELINE) && !row.withoutTies())
        .findFirst()
        .map(Row::metrics)
        .orElse(Map.of());
  }

  /** The model's result with all earlier items removed, to compare with the baseline's. */
  Map<String, Double> comparable() {
    String all = word(SeenItems.ALL);
    return rows.stream()
        .filter(row -> !row.who().equals(BASELINE) && row.removed().equals(all))
        .findFirst()
        .map(Row::metrics)
        .orElse(Map.of());
  }

  private boolean ofImpressions() {
    return protocol.equals(Split.Protocol.IMPRESSIONS.word());
  }

  /** For people. */
  List<String> lines() {
    List<String> lines = new ArrayList<>();
    lines.add(
        data
            + ", protocol "
            + protocol
            + ", split "
            + splitHash.substring(0, 12)
            + ", "
            + catalogue
            + (ofImpressions() ? " items" : " items ranked"));
    if (ofImpressions()) {
      lines.addAll(ImpressionMeasurement.lines(rows));
      return lines;
    }
    List<String> headers = new ArrayList<>(List.of("", "request time", "removed", "users"));
    SHOWN.forEach(metric -> headers.add(metric.toUpperCase(Locale.ROOT)));
    TextTable table = new TextTable(headers);
    for (Row row : rows) {
      List<String> cells =
          new ArrayList<>(
              List.of(
                  row.who(),
                  row.requestTime(),
                  row.removed(),
                  row.users() + (row.withoutTies() ? " in no tie" : "")));
      for (String metric : SHOWN) {
        Double value = row.metrics().get(metric.toUpperCase(Locale.ROOT));
        cells.add(value == null ? "" : Text.metric(value));
      }
      table.add(cells);
    }
    lines.addAll(table.lines());
    return lines;
  }

  /** For programs: the headline's metrics on top, then all results. */
  Map<String, Object> json() {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("data", data);
    json.put("protocol", protocol);
    json.put("splitHash", splitHash);
    json.put("catalogue", catalogue);
    json.put("users", rows.get(0).users());
    json.putAll(headline());
    json.put("most_popular", baseline());
    json.put("results", rows);
    return json;
  }

  /** How tables and files name a request time. */
  static String word(RequestTime time) {
    return time == RequestTime.TARGET ? "target's" : "last event's";
  }

  /** How tables and files name what is removed. */
  static String word(SeenItems seen) {
    return switch (seen) {
      case ALL -> "all earlier";
      case MODEL_INPUT -> "model's input";
      case NONE -> "none";
    };
  }
}
