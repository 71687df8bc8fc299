package io.genrec.cli;

import io.genrec.api.GenRecException;
import io.genrec.api.config.StrictConfig;
import io.genrec.api.inference.Candidate;
import io.genrec.api.inference.Event;
import io.genrec.api.inference.RankRequest;
import io.genrec.api.inference.RankedCandidates;
import io.genrec.api.sequence.History;
import io.genrec.api.sequence.Schema;
import io.genrec.api.storage.VocabularyFile;
import io.genrec.data.SequenceDataset;
import io.genrec.engine.RawEvents;
import io.genrec.engine.runtime.Device;
import io.genrec.engine.wiring.Plugins;
import io.genrec.engine.wiring.Registry;
import io.genrec.falcon.CandidateScorer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.stream.IntStream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code genrec rank}: a bundle's predictions of candidates for one user. */
@Command(
    name = "rank",
    header = "Rank candidates for a stored user, or for events from a file.",
    sortOptions = false,
    footer = {
      "",
      "Examples:",
      "  genrec rank runs/kuairand --data data/kuairand --user 42 --top-popular 20",
      "  genrec rank runs/kuairand --data data/kuairand --user 42 --candidates ids.csv --by click",
      "  genrec rank runs/kuairand --events events.csv --candidates ids.csv --at now --json",
      "",
      "Candidates are CSV with the header item, or JSON lines such as {\"item\": \"318\"}; further",
      "columns are features. Of a stored user's data set, what is known of items is filled in. Events",
      "are written like candidates, with time, and 1 or 0 for each action."
    })
final class Rank extends Subcommand {
  @Parameters(
      index = "0",
      paramLabel = "BUNDLE",
      description = "A bundle of a model that ranks, or a run's folder.")
  private Path bundle = Path.of("");

  @ArgGroup(multiplicity = "1")
  private UserOption user = new UserOption();

  @ArgGroup(multiplicity = "1")
  private Asked asked = new Asked();

  /** What is ranked. */
  static final class Asked {
    @Option(
        names = "--candidates",
        paramLabel = "FILE",
        required = true,
        description = "Raw ids of items: JSON lines or CSV; - is standard input.")
    private @Nullable Path file;

    @Option(
        names = "--top-popular",
        paramLabel = "N",
        required = true,
        description = "The N items with the most events.")
    private int popular;
  }

  @Option(
      names = "--context",
      paramLabel = "NAME=VALUE",
      description =
          "A value that all candidates have, such as the page that they are to be shown on. May"
              + " come several times.")
  private Map<String, String> context = new LinkedHashMap<>();

  @Option(
      names = "--field",
      paramLabel = "NAME=VALUE",
      description = "A field of the user whose events come from a file. May come several times.")
  private Map<String, String> fields = new LinkedHashMap<>();

  @Option(
      names = "--at",
      paramLabel = "TIME",
      description =
          "When the answer is used: seconds, a date, a time, or now (default: the last event's"
              + " time).")
  private @Nullable String at;

  @Option(
      names = "--by",
      paramLabel = "LABEL",
      description = "The prediction to rank by (default: the model's first).")
  private @Nullable String by;

  @Option(
      names = {"-k", "--k"},
      paramLabel = "N",
      description = "How many of the best to print; 0: all (default: ${DEFAULT-VALUE}).")
  private int k = 20;

  @Option(
      names = "--strategy",
      paramLabel = "NAME",
      description =
          "m-falcon, batched or full, or a JSON object with options (default: ${DEFAULT-VALUE}).")
  private String strategy = "m-falcon";

  @Option(
      names = "--reject-unknown",
      description = "Refuse events and candidates whose items the model does not know.")
  private boolean reject;

  @Mixin private DeviceOption device = new DeviceOption();
  @Mixin private KernelsOption kernels = new KernelsOption();
  @Mixin private PluginOption plugins = new PluginOption();

  Rank(Terminal terminal) {
    super(terminal);
  }

  @Override
  Answer run(Reporter reporter) throws IOException {
    if (k < 0) {
      throw new GenRecException("InvalidValue", "-k must not be negative but is " + k);
    }
    Device where = device.require();
    Path found = Bundles.find(bundle);
    OptionalLong time =
        at == null ? OptionalLong.empty() : OptionalLong.of(Times.parse("--at", at));
    try (BufferAllocator memory = new RootAllocator();
        Plugins loaded = plugins.load();
        CandidateScorer scorer =
            CandidateScorer.builder(found)
                .registry(Registry.of(loaded.list()))
                .strategy(
                    strategy.startsWith("{")
                        ? strategy
                        : StrictConfig.toJson(Map.of("name", strategy)))
                .scorer(reject ? "{\"unknownItems\": \"reject\"}" : "{}")
                .device(where)
                .kernels(kernels.use())
                .memory(memory)
                .open()) {
      RankedCandidates answer =
          user.isStored() ? ofStored(scorer, time, memory) : ofFile(scorer, time);
      VocabularyFile items = scorer.bundle().vocabulary();
      return new Answer(lines(answer, items), json(answer, items));
    }
  }

  private RankedCandidates ofStored(
      CandidateScorer scorer, OptionalLong time, BufferAllocator memory) throws IOException {
    try (SequenceDataset data = SequenceDataset.open(user.data(), memory, false)) {
      Bundles.requireVocabularyOf(scorer.bundle(), user.data(), data, memory);
      List<Candidate> candidates = new ItemFeatures(data, memory).fill(candidates(scorer));
      History history = data.history(user.find(data));
      return scorer.rank(history, request(candidates, time));
    }
  }

  private RankedCandidates ofFile(CandidateScorer scorer, OptionalLong time) throws IOException {
    History history = RawEvents.of(scorer.bundle(), user.events(terminal().in()), fields);
    return scorer.rank(history, request(candidates(scorer), time));
  }

  private RankRequest request(List<Candidate> candidates, OptionalLong time) {
    RankRequest request = RankRequest.of(List.of(), candidates);
    if (by != null) {
      request = request.by(by);
    }
    return time.isPresent() ? request.at(time.getAsLong()) : request;
  }

  private List<Candidate> candidates(CandidateScorer scorer) throws IOException {
    List<Candidate> candidates = new ArrayList<>();
    if (asked.file == null) {
      candidates.addAll(Candidate.of(popular(scorer.bundle().vocabulary())));
    } else {
      EventSource.read(asked.file, terminal().in())
          .forEach(event -> candidates.add(candidate(event, candidates.size())));
    }
    return candidates.stream().map(this::inContext).toList();
  }

  private static Candidate candidate(Event line, int index) {
    if (line.isEntry()) {
      throw new GenRecException(
          "InvalidRequest",
          "candidate "
              + index
              + " has no \"item\"; "
              + GenRecException.knownNames(Schema.ITEM, line.features().keySet()));
    }
    return new Candidate(line.item(), line.features());
  }

  private Candidate inContext(Candidate candidate) {
    Map<String, String> features = new LinkedHashMap<>(context);
    features.putAll(candidate.features());
    return new Candidate(candidate.item(), features);
  }

  private List<String> popular(VocabularyFile items) {
    if (asked.popular < 1) {
      throw new GenRecException(
          "InvalidValue", "--top-popular must be at least 1 but is " + asked.popular);
    }
    return IntStream.rangeClosed(1, items.size())
        .boxed()
        .sorted(Comparator.comparingLong((Integer row) -> -items.count(row)))
        .limit(asked.popular)
        .map(items::id)
        .toList();
  }

  private List<RankedCandidates.Ranked> best(RankedCandidates answer) {
    List<RankedCandidates.Ranked> all = answer.candidates();
    return k == 0 ? all : all.subList(0, Math.min(k, all.size()));
  }

  private List<String> lines(RankedCandidates answer, VocabularyFile items) {
    List<String> lines = new ArrayList<>();
    if (answer.unknownEvents() + answer.unknownCandidates() > 0) {
      lines.add(
          "not known to the model: the items of "
              + answer.unknownEvents()
              + " events and "
              + answer.unknownCandidates()
              + " candidates");
    }
    lines.add(answer.candidates().size() + " candidates by " + answer.by() + ":");
    int place = 1;
    for (RankedCandidates.Ranked one : best(answer)) {
      StringBuilder line = new StringBuilder(String.format(Locale.ROOT, "%4d.", place++));
      one.predictions()
          .forEach((name, x) -> line.append(String.format(Locale.ROOT, "  %s %.4f", name, x)));
      lines.add(line.append("  ").append(Recommend.named(one.item(), items)).toString());
    }
    return lines;
  }

  private Map<String, Object> json(RankedCandidates answer, VocabularyFile items) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("model", answer.modelVersion());
    json.put("by", answer.by());
    json.put("asked", answer.candidates().size());
    json.put("unknownEvents", answer.unknownEvents());
    json.put("unknownCandidates", answer.unknownCandidates());
    List<Map<String, Object>> rows = new ArrayList<>();
    for (RankedCandidates.Ranked one : best(answer)) {
      Map<String, Object> row = new LinkedHashMap<>();
      row.put("item", one.item());
      int known = items.row(one.item());
      if (known != VocabularyFile.UNKNOWN) {
        items.title(known).ifPresent(title -> row.put("title", title));
      }
      row.put("index", one.index());
      row.put("score", one.score());
      row.put("predictions", one.predictions());
      rows.add(row);
    }
    json.put("candidates", rows);
    return json;
  }
}
