package io.genrec.engine.bundle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.genrec.api.GenRecException;
import io.genrec.api.graph.Parameter;
import io.genrec.api.sequence.Schema;
import io.genrec.api.storage.IfExists;
import io.genrec.engine.model.Model;
import io.genrec.engine.optimizer.ParameterStore;
import io.genrec.engine.run.ModelBuilder;
import io.genrec.engine.storage.BundleFiles;
import io.genrec.engine.storage.BundleReader;
import io.genrec.engine.storage.BundleWriter;
import io.genrec.engine.storage.FileSum;
import io.genrec.engine.storage.HostTensor;
import io.genrec.engine.storage.ModelCard;
import io.genrec.engine.storage.TensorSource;
import io.genrec.engine.wiring.Registry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelBundleTest {
  private static final Registry REGISTRY = SmallModel.registry();

  private final BufferAllocator memory = new RootAllocator();
  private final Path folder;
  private final Path target;

  ModelBundleTest(@TempDir Path folder) {
    this.folder = folder;
    this.target = SmallModel.write(folder, 9, memory);
  }

  /** Fails if memory was lost. */
  @AfterEach
  void close() {
    memory.close();
  }

  @Test
  void whatIsWrittenComesBack() {
    try (ModelBundle bundle = ModelBundle.open(target, REGISTRY, memory)) {
      assertThat(bundle.configuration()).isEqualTo(SmallModel.CONFIG);
      assertThat(bundle.card().values()).containsOnly(Map.entry("item", 9), Map.entry("rating", 5));
      assertThat(bundle.card().metrics()).containsOnly(Map.entry("HR@10", 0.25));
      assertThat(bundle.card().seed()).isEqualTo(7);
      assertThat(bundle.card().libraries().genrec()).matches("[0-9].*");
      assertThat(bundle.card().libraries().onnxruntime()).matches("[0-9].*");
      assertThat(bundle.task()).isInstanceOf(LastEvents.class);
      assertThat(bundle.vocabulary().id(9)).isEqualTo("i9");
      assertThat(bundle.vocabulary().row("i9")).isEqualTo(9);
      assertThat(bundle.vocabulary().row("x")).isZero();
      assertThat(bundle.vocabulary().count(2)).isEqualTo(3);
      assertThat(bundle.vocabulary("rating").size()).isEqualTo(5);
      assertThat(bundle.version()).matches("small@[0-9a-f]{12}");
      try (ParameterStore fresh =
          new ParameterStore(bundle.model().parameters().values(), memory)) {
        fresh.initialise(7);
        for (Parameter parameter : fresh.parameters()) {
          assertThat(bundle.parameters().column(parameter.name()))
              .as(parameter.name())
              .isEqualTo(fresh.column(parameter.name()));
        }
      }
      assertThat(bundle.files().files())
          .extracting(FileSum::name)
          .containsExactly(
              "graphs/recommend.onnx",
              "graphs/users.onnx",
              "model.json",
              "vocabulary-rating.arrow",
              "vocabulary.arrow",
              "weights.safetensors");
    }
  }

  @Test
  void anAbsentEncoderIsNamed() {
    Registry none =
        Registry.builder()
            .encoder(new SumEncoder.Factory("sun", 1))
            .task(new LastEvents.Factory("last-events"))
            .build();
    assertThatThrownBy(() -> ModelBundle.open(target, none, memory))
        .hasMessageContainingAll(
            "[GR/UnknownEncoder]", target.toString(), "needs the encoder \"sum\"", "\"sun\"?");
  }

  @Test
  void anAbsentTaskIsNamed() {
    Registry none = Registry.builder().encoder(new SumEncoder.Factory("sum", 1)).build();
    assertThatThrownBy(() -> ModelBundle.open(target, none, memory))
        .hasMessageContainingAll("[GR/UnknownTask]", "needs the task \"last-events\"", "jar");
  }

  @Test
  void anotherVersionOfTheMathematicsIsRefused() {
    Registry newer =
        Registry.builder()
            .encoder(new SumEncoder.Factory("sum", 2))
            .task(new LastEvents.Factory("last-events"))
            .build();
    assertThatThrownBy(() -> ModelBundle.open(target, newer, memory))
        .hasMessageContainingAll("[GR/UnsupportedBundle]", "version 1", "version 2", "\"sum\"");
  }

  @Test
  void weightsOfAnotherShapeAreForeign() {
    Path other = rewritten(tensor -> tensor.equals("sum/mix") ? floats(tensor, 4, 5) : null);
    assertForeign(other, "\"sum/mix\"", "expected F32[4, 4]", "found F32[4, 5]");
  }

  @Test
  void weightsOfAnotherTypeAreForeign() {
    Path other =
        rewritten(
            tensor -> tensor.equals("sum/hours") ? HostTensor.of(tensor, new long[4], 4) : null);
    assertForeign(other, "\"sum/hours\"", "expected F32[4]", "found I64[4]");
  }

  @Test
  void weightsOfAnotherNameAreForeign() {
    Path other = rewritten(tensor -> tensor.equals("sum/mix") ? floats("sum/mox", 4, 4) : null);
    assertForeign(other, "\"sum/mix\"", "found none", "\"sum/mox\"?");
  }

  @Test
  void aWeightTooManyIsForeign() {
    Path other = rewritten(tensor -> null, floats("sum/more", 2));
    assertForeign(other, "\"sum/more\"", "expected none", "found F32[2]");
  }

  @Test
  void aVocabularyOfAnotherModelIsForeign() {
    Path other = folder.resolve("other");
    Path vocabulary = SmallModel.vocabulary(folder.resolve("v.arrow"), "i", 8, memory);
    BundleReader bundle = BundleReader.open(target);
    try (BundleWriter writer = BundleWriter.create(other, IfExists.FAIL)) {
      for (FileSum file : bundle.files()) {
        boolean items = file.name().equals(BundleFiles.VOCABULARY);
        writer.copy(file.name(), items ? vocabulary : bundle.path(file.name()));
      }
      writer.finish();
    }
    assertThatThrownBy(() -> ModelBundle.open(other, REGISTRY, memory))
        .hasMessageContainingAll("[GR/ForeignVocabulary]", "8 values", "9 values", "\"item\"");
  }

  @Test
  void truncatedFilesAreNoticed() throws Exception {
    for (FileSum file : BundleReader.open(target).files()) {
      Path path = target.resolve(file.name());
      byte[] whole = Files.readAllBytes(path);
      Files.write(path, Arrays.copyOf(whole, whole.length / 2));
      assertThatThrownBy(() -> ModelBundle.open(target, REGISTRY, memory))
          .isInstanceOfSatisfying(
              GenRecException.class, e -> assertThat(e.id()).isEqualTo("CorruptBundle"))
          .hasMessageContaining(file.name());
      Files.write(path, whole);
    }
  }

  @Test
  void aFeatureWithoutVocabularyIsRefused() {
    Schema schema = ModelBuilder.schema(SmallModel.CONFIG.model(), Map.of("item", 2, "rating", 5));
    Model model = ModelBuilder.model(SmallModel.CONFIG, schema, REGISTRY);
    try (ParameterStore none = new ParameterStore(List.of(), memory)) {
      assertThatThrownBy(
              () ->
                  new TrainedModel(
                      SmallModel.CONFIG,
                      model,
                      none,
                      Optional.empty(),
                      Map.of("item", folder),
                      Map.of()))
          .hasMessageContainingAll("[GR/MissingVocabulary]", "\"rating\"");
    }
  }

  private void assertForeign(Path other, String... words) {
    assertThatThrownBy(() -> ModelBundle.open(other, REGISTRY, memory))
        .hasMessageContaining("[GR/ForeignWeights]")
        .hasMessageContainingAll(words);
  }

  /** Replaces a tensor by its name, or keeps it. */
  private interface Replacement {
    @org.jspecify.annotations.Nullable
    HostTensor of(String tensor);
  }

  /** The bundle with other weights, checksums included. */
  private Path rewritten(Replacement replacement, TensorSource... more) {
    Path other = folder.resolve("other");
    BundleReader bundle = BundleReader.open(target);
    List<TensorSource> tensors = new ArrayList<>(List.of(more));
    try (var weights = bundle.weights();
        BundleWriter writer = BundleWriter.create(other, IfExists.FAIL)) {
      weights
          .tensors()
          .forEach(
              info -> {
                HostTensor replaced = replacement.of(info.name());
                tensors.add(replaced == null ? weights.read(info.name()) : replaced);
              });
      writer.weights(tensors);
      for (FileSum file : bundle.files()) {
        if (!file.name().equals(BundleFiles.WEIGHTS)) {
          writer.copy(file.name(), bundle.path(file.name()));
        }
      }
      writer.finish();
    }
    assertThat(BundleReader.open(other).card()).isInstanceOf(ModelCard.class);
    return other;
  }

  private static HostTensor floats(String name, long... shape) {
    long entries = Arrays.stream(shape).reduce(1, (a, b) -> a * b);
    return HostTensor.of(name, new float[(int) entries], shape);
  }
}
