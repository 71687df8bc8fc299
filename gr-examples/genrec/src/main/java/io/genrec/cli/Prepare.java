package io.genrec.cli;

import io.genrec.api.GenRecException;
import io.genrec.data.DatasetFiles;
import io.genrec.data.DatasetInfo;
import io.genrec.data.ingest.Ingest;
import io.genrec.data.ingest.Presets;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code genrec prepare}: raw files to a data set. */
@Command(
    name = "prepare",
    header = "Make a data set from raw interaction logs.",
    description = {
      "Reads CSV, TSV, '::'-separated, Parquet or JSON lines, plain or gzipped, orders each user's"
          + " events by time (a stable sort) and writes Arrow files with vocabularies, counts and a"
          + " content hash. Nothing appears at --out before everything is written.",
      ""
    },
    sortOptions = false,
    footer = {
      "",
      "Examples:",
      "  genrec prepare ml-latest-small --out data/ml-small      (comes with genrec)",
      "  genrec prepare ml-1m ~/Downloads/ml-1m.zip --out data/ml-1m",
      "  genrec prepare amazon-csv ratings_Books.csv.gz --out data/books",
      "  genrec prepare shop.json --out data/shop                (a mapping of files and columns)",
      "  genrec prepare july.json --vocabulary runs/june --out data/july      (keeps item rows)",
      "",
      "A mapping names files and columns; paths are relative to it:",
      "  {\"name\": \"shop\", \"events\": {\"files\": [\"clicks.csv.gz\"], \"format\": \"csv\"},",
      "   \"user\": \"user_id\", \"item\": \"item_id\", \"time\": \"timestamp\", \"timeUnit\": \"ms\",",
      "   \"minimum\": {\"users\": 5, \"items\": 5}}"
    })
final class Prepare extends Subcommand {
  @Spec private @Nullable CommandSpec spec;

  @Parameters(
      index = "0",
      paramLabel = "PRESET|MAPPING",
      description =
          "One of ${COMPLETION-CANDIDATES}, with its SOURCE unless genrec brings it; or a mapping"
              + " as a JSON file.",
      completionCandidates = PresetNames.class)
  private String what = "";

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "SOURCE",
      description = "The preset's folder, zip archive or file.")
  private @Nullable Path source;

  @Option(
      names = {"-o", "--out"},
      required = true,
      paramLabel = "DIR",
      description = "The data set's folder.")
  private Path out = Path.of("");

  @Option(names = "--overwrite", description = "Replace a data set that is there already.")
  private boolean overwrite;

  @Option(
      names = "--vocabulary",
      paramLabel = "BUNDLE|DATA",
      description =
          "Keep the vocabulary rows of a model's bundle, of a run or of an earlier data set; new ids"
              + " get rows after them, or as the mapping's \"vocabulary\" says.")
  private @Nullable Path previous;

  @Option(
      names = "--memory",
      paramLabel = "MIB",
      description = "Memory before DuckDB works on disk (default: ${DEFAULT-VALUE}).")
  private int memory = 2048;

  /** For the help and for shells. */
  static final class PresetNames implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return Presets.names().iterator();
    }
  }

  Prepare(Terminal terminal) {
    super(terminal);
  }

  @Override
  Answer run(Reporter reporter) throws IOException {
    if (source != null) {
      return prepare(Presets.of(what, source), reporter);
    }
    if (what.equals(ShippedData.PRESET)) {
      try (ShippedData shipped = new ShippedData()) {
        return prepare(shipped.ingest(), reporter);
      }
    }
    boolean mapping = Files.exists(Path.of(what)) || what.endsWith(".json");
    if (!mapping && Presets.names().contains(what) && spec != null) {
      throw new ParameterException(
          spec.commandLine(),
          "preset " + what + " needs its SOURCE: the folder, zip archive or file as published");
    }
    // Anything else is refused there, with the presets that are known.
    return prepare(mapping ? Ingest.of(Path.of(what)) : Presets.of(what, Path.of(what)), reporter);
  }

  private Answer prepare(Ingest ingest, Reporter reporter) throws IOException {
    long begin = System.nanoTime();
    if (previous != null) {
      boolean dataset = Files.exists(previous.resolve(DatasetFiles.INFO));
      Path kept = dataset ? previous : Bundles.find(previous);
      Sources.requireKept(kept, out);
      ingest.continuing(kept);
    }
    if (Files.exists(out.resolve(DatasetFiles.INFO)) && !overwrite) {
      throw new GenRecException(
          "OutputExists",
          out + " holds a data set already; replace it with --overwrite, or give another --out");
    }
    DatasetInfo info = ingest(ingest.memory(memory).overwrite(overwrite), out, reporter);
    double seconds = (System.nanoTime() - begin) * 1e-9;
    return new Answer(lines(info, seconds), json(info, seconds));
  }

  /** Runs an ingestion and tells how far it is. */
  static DatasetInfo ingest(Ingest ingest, Path out, Reporter reporter) {
    reporter.begin("preparing " + ingest.mapping().name(), 1);
    DatasetInfo info =
        ingest.progress(step -> reporter.steps(step.done(), step.steps(), step.step())).run(out);
    reporter.close();
    return info;
  }

  private List<String> lines(DatasetInfo info, double seconds) {
    DatasetInfo.Counts counts = info.counts();
    List<String> lines = new ArrayList<>();
    lines.add(
        String.format(
            Locale.ROOT,
            "%s: %,d users, %,d items, %,d events; %d to %d events per user, %.1f on average",
            info.name(),
            counts.users(),
            counts.items(),
            counts.events(),
            counts.minLength(),
            counts.maxLength(),
            counts.meanLength()));
    info.filters()
        .forEach(
            filter ->
                lines.add(
                    String.format(
                        Locale.ROOT,
                        "  %s removed %,d events",
                        filter.filter(),
                        filter.removedEvents())));
    DatasetInfo.Growth growth = info.growth();
    if (growth != null) {
      lines.add(
          String.format(
              Locale.ROOT,
              "  item rows: %,d kept, %,d new, %,d of them reused; %,d items wait for one",
              growth.kept(),
              growth.added(),
              growth.reused(),
              growth.waiting()));
    }
    for (DatasetInfo.Field series : info.series()) {
      lines.add(
          Objects.equals(series.rows(), 0)
              ? "  series "
                  + series.name()
                  + ": no entry of a user with events; are its users' ids written as theirs?"
              : String.format(
                  Locale.ROOT, "  series %s: %,d values", series.name(), series.rows()));
    }
    lines.add("ties:   " + info.tieRule());
    lines.add("hash:   " + info.contentHash());
    lines.add(String.format(Locale.ROOT, "folder: %s (%.1f s)", out, seconds));
    return lines;
  }

  private Map<String, Object> json(DatasetInfo info, double seconds) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("folder", out.toString());
    json.put("name", info.name());
    json.put("counts", info.counts());
    json.put("filters", info.filters());
    if (info.growth() != null) {
      json.put("growth", info.growth());
    }
    json.put("contentHash", info.contentHash());
    json.put("seconds", seconds);
    return json;
  }
}
