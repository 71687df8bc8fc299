package io.genrec.cli;

import io.genrec.api.GenRecException;
import io.genrec.api.storage.IfExists;
import io.genrec.engine.bundle.SelfContained;
import io.genrec.engine.storage.BundleReader;
import io.genrec.engine.storage.BundleWriter;
import io.genrec.engine.storage.FileSum;
import io.genrec.engine.storage.ModelCard;
import io.genrec.engine.wiring.Plugins;
import io.genrec.engine.wiring.Registry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code genrec export}: a bundle to plain ONNX. */
@Command(
    name = "export",
    header = "Export a bundle as ONNX for any ONNX Runtime.",
    description = {
      "Without --self-contained: the bundle's graphs (graphs/*.onnx, weights are inputs),"
          + " weights.safetensors and vocabulary, checked and copied. With it: model.onnx with"
          + " weights.bin beside it; row ids of events go in, the best rows and their scores come"
          + " out. docs/bundle.md describes every input.",
      ""
    },
    sortOptions = false,
    footer = {
      "",
      "Examples:",
      "  genrec export runs/ml-1m --self-contained --out ml-1m-onnx",
      "  genrec export runs/ml-1m --out ml-1m-graphs"
    })
final class Export extends Subcommand {
  @Parameters(index = "0", paramLabel = "BUNDLE", description = "A bundle, or a run's folder.")
  private Path bundle = Path.of("");

  @Option(
      names = {"-o", "--out"},
      required = true,
      paramLabel = "DIR",
      description = "The folder to make.")
  private Path out = Path.of("");

  @Option(
      names = "--self-contained",
      description = "One graph with all weights as external data: rows in, top k out.")
  private boolean selfContained;

  @Option(names = "--overwrite", description = "Replace an earlier export.")
  private boolean overwrite;

  @Mixin private PluginOption plugins = new PluginOption();

  Export(Terminal terminal) {
    super(terminal);
  }

  @Override
  Answer run(Reporter reporter) throws IOException {
    Path found = Bundles.find(bundle);
    Sources.requireKept(found, out);
    refuseExisting();
    IfExists ifExists = overwrite ? IfExists.REPLACE : IfExists.FAIL;
    if (selfContained) {
      try (Plugins loaded = plugins.load()) {
        SelfContained.write(found, out, ifExists, Registry.of(loaded.list()));
      }
    } else {
      copy(found, ifExists);
    }
    BundleReader written = BundleReader.open(out);
    List<String> lines = new ArrayList<>();
    lines.add(written.card().model() + " in " + out + ":");
    for (FileSum file : written.files()) {
      lines.add(String.format(Locale.ROOT, "  %-24s %,d bytes", file.name(), file.bytes()));
    }
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("folder", out.toString());
    json.put("model", written.card().model());
    json.put("selfContained", selfContained);
    json.put("files", written.files());
    return new Answer(lines, json);
  }

  private void refuseExisting() {
    if (!Files.exists(out)) {
      return;
    }
    if (!Files.exists(out.resolve(ModelCard.FILE))) {
      throw new GenRecException(
          "OutputExists", out + " is there and is no earlier export; give another --out");
    }
    if (!overwrite) {
      throw new GenRecException(
          "OutputExists",
          out + " is there already; replace it with --overwrite, or give another --out");
    }
  }

  private void copy(Path found, IfExists ifExists) {
    BundleReader reader = BundleReader.open(found);
    try (BundleWriter writer = BundleWriter.create(out, ifExists)) {
      writer.model(reader.card());
      for (FileSum file : reader.files()) {
        if (!file.name().equals(ModelCard.FILE)) {
          writer.copy(file.name(), reader.path(file.name()));
        }
      }
      writer.finish();
    }
  }
}
