package io.genrec.engine.bundle;

import io.genrec.api.GenRecException;
import io.genrec.api.config.StrictConfig;
import io.genrec.api.encoder.Head;
import io.genrec.api.graph.Graph;
import io.genrec.api.sequence.Schema;
import io.genrec.api.storage.Checksum;
import io.genrec.api.storage.IfExists;
import io.genrec.api.storage.VocabularyFile;
import io.genrec.api.task.Task;
import io.genrec.engine.model.CachedGraphs;
import io.genrec.engine.model.Model;
import io.genrec.engine.onnx.OnnxExport;
import io.genrec.engine.onnx.Precision;
import io.genrec.engine.optimizer.ParameterStore;
import io.genrec.engine.program.Program;
import io.genrec.engine.run.RunConfig;
import io.genrec.engine.storage.BundleFiles;
import io.genrec.engine.storage.BundleReader;
import io.genrec.engine.storage.BundleWriter;
import io.genrec.engine.storage.FileSum;
import io.genrec.engine.storage.ModelCard;
import io.genrec.engine.storage.SafeTensors;
import io.genrec.engine.transfer.TransferReport;
import io.genrec.engine.wiring.Registry;
import java.nio.file.Path;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.arrow.memory.BufferAllocator;
import org.apiguardian.api.API;

/**
 * A model that was read from its bundle: graphs, values, task and vocabularies. The layout is
 * described in {@code docs/bundle.md}.
 *
 * <p>Owns the values until it is closed. Any number of threads may read it.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public final class ModelBundle implements AutoCloseable {
  private static final int VERSION_DIGITS = 12;

  private final BundleReader bundle;
  private final BundledModel built;
  private final ParameterStore parameters;
  private final Map<String, VocabularyFile> vocabularies;
  private final GrowingVocabulary items;
  private final String version;

  private ModelBundle(
      BundleReader bundle,
      BundledModel built,
      ParameterStore parameters,
      Map<String, VocabularyFile> vocabularies,
      GrowingVocabulary items) {
    this.bundle = bundle;
    this.built = built;
    this.parameters = parameters;
    this.vocabularies = vocabularies;
    this.items = items;
    this.version = version(bundle);
  }

  /**
   * Writes a bundle, all or nothing.
   *
   * @param target the bundle's directory
   * @param ifExists what to do if it is there already
   * @param registry has the encoder that the model was built with
   * @param trained the model
   * @throws GenRecException {@code [GR/OutputExists]}, {@code [GR/WriteFailed]}
   */
  public static void write(
      Path target, IfExists ifExists, Registry registry, TrainedModel trained) {
    Model model = trained.model();
    try (BundleWriter writer = BundleWriter.create(target, ifExists)) {
      writer.model(card(trained, registry));
      writer.weights(Weights.of(trained.parameters()));
      for (Schema.Feature feature : model.schema().vocabularies()) {
        Path vocabulary =
            java.util.Objects.requireNonNull(trained.vocabularies().get(feature.name()));
        writer.copy(BundleFiles.vocabulary(feature.name()), vocabulary);
      }
      trained.transfer().ifPresent(report -> writer.json(TransferReport.FILE, report));
      for (Graph graph : graphs(model)) {
        byte[] onnx = new OnnxExport(Precision.FLOAT32).bytes(Program.of(graph));
        writer.file(BundleFiles.graph(graph.name()), out -> out.write(onnx));
      }
      writer.finish();
    }
  }

  private static List<Graph> graphs(Model model) {
    if (model.ranker().isEmpty()) {
      return List.of(model.users(), model.recommend());
    }
    List<Graph> graphs = new ArrayList<>(List.of(model.predictions()));
    if (model.isCacheable()) {
      CachedGraphs cached = model.cached();
      Head head = model.ranker().get().head();
      graphs.add(cached.prefill());
      graphs.add(cached.extend());
      graphs.add(cached.arrange());
      graphs.add(cached.score(head, CachedGraphs.Lengths.EQUAL));
      graphs.add(cached.scoreLoop(head));
    }
    return graphs;
  }

  private static ModelCard card(TrainedModel trained, Registry registry) {
    RunConfig config = trained.configuration();
    String encoder = config.encoder().at("/name").as(String.class);
    Map<String, Integer> values = new LinkedHashMap<>();
    trained
        .model()
        .schema()
        .features()
        .forEach(feature -> values.put(feature.name(), feature.values()));
    return new ModelCard(
        ModelCard.FORMAT_VERSION,
        config.name(),
        new ModelCard.EncoderReference(encoder, registry.encoderFactory(encoder).specVersion()),
        config.task().at("/name").as(String.class),
        config.loss().at("/name").as(String.class),
        StrictConfig.parse("configuration", StrictConfig.toJson(config)),
        values,
        trained.data().orElse(null),
        Libraries.versions(),
        trained.metrics(),
        Clock.systemUTC().instant().truncatedTo(ChronoUnit.SECONDS).toString(),
        config.seed(),
        trained.fields().orElse(null));
  }

  /**
   * Opens a bundle: checks every file, builds the model from plug-ins and reads its values.
   *
   * @param registry has the bundle's encoder and task
   * @param memory owns the values: about the size of {@code weights.safetensors}
   * @throws GenRecException {@code [GR/MissingBundle]}; {@code [GR/CorruptBundle]} for a missing,
   *     truncated or altered file; {@code [GR/UnsupportedBundle]} for another format version or
   *     another version of the encoder's mathematics; {@code [GR/UnknownEncoder]} or {@code
   *     [GR/UnknownTask]} if the plug-in is absent; {@code [GR/ForeignWeights]} or {@code
   *     [GR/ForeignVocabulary]} for files of another model
   */
  public static ModelBundle open(Path directory, Registry registry, BufferAllocator memory) {
    return open(directory, registry, 0, 1, memory);
  }

  /**
   * Opens a bundle with room for items that are first seen in service. Their rows have the values
   * that a new model of the bundle's seed and this size would begin with.
   *
   * @param spareItems how many new items may get a row
   * @param admit the events after which one gets it: {@link GrowingVocabulary#see}
   * @throws GenRecException as the other method
   */
  public static ModelBundle open(
      Path directory, Registry registry, int spareItems, long admit, BufferAllocator memory) {
    BundleReader bundle = BundleReader.open(directory);
    Model trained = BundledModel.of(bundle, registry).model();
    Map<String, VocabularyFile> vocabularies = vocabularies(bundle, trained, memory);
    VocabularyFile known = java.util.Objects.requireNonNull(vocabularies.get(Schema.ITEM));
    GrowingVocabulary items = new GrowingVocabulary(known, spareItems, admit);
    BundledModel built = BundledModel.of(bundle, registry, spareItems);
    try (SafeTensors weights = bundle.weights()) {
      Path file = bundle.path(BundleFiles.WEIGHTS);
      Weights.check(file, weights, trained);
      ParameterStore parameters = new ParameterStore(built.model().parameters().values(), memory);
      try {
        if (spareItems > 0) {
          parameters.initialise(bundle.card().seed());
        }
        Weights.read(weights, parameters);
        return new ModelBundle(bundle, built, parameters, vocabularies, items);
      } catch (RuntimeException | Error e) {
        parameters.close();
        throw e;
      }
    }
  }

  private static Map<String, VocabularyFile> vocabularies(
      BundleReader bundle, Model model, BufferAllocator memory) {
    Map<String, VocabularyFile> vocabularies = new LinkedHashMap<>();
    for (Schema.Feature feature : model.schema().vocabularies()) {
      Path file = bundle.path(BundleFiles.vocabulary(feature.name()));
      VocabularyFile vocabulary = VocabularyFile.read(file, memory);
      if (vocabulary.size() != feature.values()) {
        throw new GenRecException(
            "ForeignVocabulary",
            file
                + " has "
                + vocabulary.size()
                + " values but the model was made for "
                + feature.values()
                + " values of feature \""
                + feature.name()
                + "\"; use the vocabulary that it was trained with");
      }
      vocabularies.put(feature.name(), vocabulary);
    }
    return vocabularies;
  }

  /** What the bundle says of its model. */
  public ModelCard card() {
    return bundle.card();
  }

  /** The bundle's checked files. */
  public BundleReader files() {
    return bundle;
  }

  /**
   * Which model this is: its name, {@code @}, and 12 hexadecimal digits over weights, vocabularies
   * and graphs, so that two bundles of one training run have one version.
   */
  public String version() {
    return version;
  }

  /**
   * Which model a bundle holds, as {@link #version()} says.
   *
   * @param bundle its checked files
   */
  public static String version(BundleReader bundle) {
    StringBuilder sums = new StringBuilder();
    for (FileSum file : bundle.files()) {
      if (!file.name().equals(ModelCard.FILE)) {
        sums.append(file.name()).append(' ').append(file.sha256()).append('\n');
      }
    }
    String hash = Checksum.sha256(sums.toString());
    return bundle.card().model() + "@" + hash.substring(0, VERSION_DIGITS);
  }

  /** What the model was built and trained from. */
  public RunConfig configuration() {
    return built.configuration();
  }

  /** The model's graphs. */
  public Model model() {
    return built.model();
  }

  /** How events become tokens. */
  public Task task() {
    return built.task();
  }

  /** The values of the model's parameters, not to be changed. */
  public ParameterStore parameters() {
    return parameters;
  }

  /** Raw ids of items and their rows: those of the bundle, and those that got a spare one since. */
  public GrowingVocabulary items() {
    return items;
  }

  /** Raw ids of the bundle's items and their rows, with counts and titles. */
  public VocabularyFile vocabulary() {
    return vocabulary(Schema.ITEM);
  }

  /**
   * Raw values of a feature and their rows.
   *
   * @throws GenRecException {@code [GR/UnknownFeature]}
   */
  public VocabularyFile vocabulary(String feature) {
    built.model().schema().feature(feature);
    return java.util.Objects.requireNonNull(vocabularies.get(feature));
  }

  /** Gives the values' memory back. */
  @Override
  public void close() {
    parameters.close();
  }
}
