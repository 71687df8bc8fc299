package io.genrec.cli;

import io.genrec.api.GenRecException;
import io.genrec.api.inference.Event;
import io.genrec.api.inference.Recommendation;
import io.genrec.api.inference.Recommendations;
import io.genrec.api.inference.Request;
import io.genrec.api.sequence.History;
import io.genrec.api.sequence.Schema;
import io.genrec.api.storage.VocabularyFile;
import io.genrec.data.DatasetInfo;
import io.genrec.data.SequenceDataset;
import io.genrec.engine.Recommender;
import io.genrec.engine.runtime.Device;
import io.genrec.engine.wiring.Plugins;
import io.genrec.engine.wiring.Registry;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code genrec recommend}: a bundle's items for one user. */
@Command(
    name = "recommend",
    header = "Recommend items to a stored user, or for events from a file.",
    sortOptions = false,
    footer = {
      "",
      "Examples:",
      "  genrec recommend runs/ml-1m --data data/ml-1m --user 42",
      "  genrec recommend runs/ml-1m --events events.csv --at 2001-01-01 -k 5",
      "  echo '{\"item\": \"1193\", \"time\": 978300760}' | genrec recommend runs/ml-1m --events -",
      "",
      "Events are JSON lines as above, or CSV with the header item,time. Times are seconds since",
      "1970, dates or times such as 2018-01-31T12:00:00Z. All of a user's events, not the last only."
    })
final class Recommend extends Subcommand {
  private static final int LAST_SHOWN = 5;

  @Parameters(index = "0", paramLabel = "BUNDLE", description = "A bundle, or a run's folder.")
  private Path bundle = Path.of("");

  @ArgGroup(multiplicity = "1")
  private UserOption user = new UserOption();

  @Option(
      names = "--at",
      paramLabel = "TIME",
      description =
          "When the answer is used: seconds, a date, a time, or now (default: the last event's"
              + " time).")
  private @Nullable String at;

  @Option(
      names = {"-k", "--k"},
      paramLabel = "N",
      description = "How many items (default: ${DEFAULT-VALUE}).")
  private int k = 10;

  @Option(
      names = "--exclude",
      paramLabel = "ID",
      split = ",",
      description = "Items that are never given.")
  private List<String> excluded = List.of();

  @Option(names = "--allow-seen", description = "Items of the events may be given again.")
  private boolean allowSeen;

  @Mixin private DeviceOption device = new DeviceOption();
  @Mixin private PluginOption plugins = new PluginOption();

  Recommend(Terminal terminal) {
    super(terminal);
  }

  @Override
  Answer run(Reporter reporter) throws IOException {
    if (k < 1) {
      throw new GenRecException("InvalidValue", "-k must be at least 1 but is " + k);
    }
    Device where = device.require();
    Path found = Bundles.find(bundle);
    try (BufferAllocator memory = new RootAllocator();
        Plugins loaded = plugins.load()) {
      Request request = Request.of(events(memory)).k(k).exclude(excluded).allowSeen(allowSeen);
      if (at != null) {
        request = request.at(Times.parse("--at", at));
      }
      Registry registry = Registry.of(loaded.list());
      try (Recommender recommender =
          Recommender.builder(found).registry(registry).memory(memory).device(where).open()) {
        Recommendations answer = recommender.recommend(request);
        VocabularyFile items = recommender.items();
        return new Answer(lines(request, answer, items), json(request, answer, items));
      }
    }
  }

  private List<Event> events(BufferAllocator memory) throws IOException {
    if (!user.isStored()) {
      return user.events(terminal().in());
    }
    try (SequenceDataset data = SequenceDataset.open(user.data(), memory, false)) {
      return events(data, user.find(data), memory);
    }
  }

  /**
   * All events of a stored user, with all categorical fields, as the model saw them in training.
   */
  static List<Event> events(SequenceDataset data, int user, BufferAllocator memory) {
    Map<String, VocabularyFile> vocabularies = new LinkedHashMap<>();
    data.info().fields().stream()
        .filter(field -> field.scope() == DatasetInfo.Scope.EVENT)
        .filter(field -> field.kind() == DatasetInfo.Kind.CATEGORICAL)
        .forEach(field -> vocabularies.put(field.name(), data.vocabulary(field.name(), memory)));
    VocabularyFile items = data.itemVocabulary(memory);
    vocabularies.remove(Schema.ITEM);
    List<Event> events = new ArrayList<>();
    for (int event = 0; event < data.length(user); event++) {
      Map<String, String> features = new LinkedHashMap<>();
      for (Map.Entry<String, VocabularyFile> field : vocabularies.entrySet()) {
        int row = data.categorical(field.getKey()).get(user, event);
        if (row != 0) {
          features.put(field.getKey(), field.getValue().id(row));
        }
      }
      int row = data.item(user, event);
      // An item that waits for a row of its own has no raw id here; the model knows nothing of it.
      if (row != 0 || data.isEntry(user, event)) {
        String item = row == 0 ? "" : items.id(row);
        events.add(new Event(item, data.time(user, event), features));
      }
    }
    return events;
  }

  private static String entry(Event event) {
    return event.features().entrySet().stream()
        .map(series -> series.getKey() + " " + series.getValue())
        .collect(Collectors.joining(", "));
  }

  /** The last events and the recommended items, for people. */
  static List<String> lines(Request request, Recommendations answer, VocabularyFile vocabulary) {
    List<String> lines = new ArrayList<>();
    List<Event> events = request.events();
    if (!events.isEmpty()) {
      lines.add("last of " + events.size() + " events:");
      for (Event event : events.subList(Math.max(0, events.size() - LAST_SHOWN), events.size())) {
        String time = event.time() == History.NO_TIME ? "" : Times.show(event.time()) + "  ";
        lines.add("  " + time + (event.isEntry() ? entry(event) : named(event.item(), vocabulary)));
      }
    }
    if (answer.unknownEvents() > 0) {
      lines.add(
          "left out: "
              + answer.unknownEvents()
              + " events with items that the model does not know");
    }
    lines.add(
        answer.fromPrior() ? "recommended, without any event to go by:" : "recommended next:");
    for (int i = 0; i < answer.items().size(); i++) {
      Recommendation item = answer.items().get(i);
      lines.add(
          String.format(
              Locale.ROOT, "%4d. %7.4f  %s", i + 1, item.score(), named(item.item(), vocabulary)));
    }
    return lines;
  }

  static String named(String id, VocabularyFile vocabulary) {
    int row = vocabulary.row(id);
    return row == VocabularyFile.UNKNOWN
        ? id + " (unknown)"
        : vocabulary.title(row).map(title -> title + "  [" + id + "]").orElse(id);
  }

  /** The recommended items, for programs. */
  static Map<String, Object> json(
      Request request, Recommendations answer, VocabularyFile vocabulary) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("model", answer.modelVersion());
    json.put("events", request.events().size());
    json.put("unknownEvents", answer.unknownEvents());
    json.put("fromPrior", answer.fromPrior());
    if (request.effectiveTime() != History.NO_TIME) {
      json.put("at", request.effectiveTime());
    }
    List<Map<String, Object>> items = new ArrayList<>();
    for (Recommendation item : answer.items()) {
      Map<String, Object> one = new LinkedHashMap<>();
      one.put("item", item.item());
      one.put("score", item.score());
      int row = vocabulary.row(item.item());
      if (row != VocabularyFile.UNKNOWN) {
        vocabulary.title(row).ifPresent(title -> one.put("title", title));
      }
      items.add(one);
    }
    json.put("items", items);
    return json;
  }
}
