package io.genrec.engine.bundle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtSession;
import io.genrec.api.graph.Graph;
import io.genrec.api.inference.Event;
import io.genrec.api.inference.Recommendation;
import io.genrec.api.inference.Request;
import io.genrec.api.sequence.Schema;
import io.genrec.api.storage.IfExists;
import io.genrec.engine.Recommender;
import io.genrec.engine.model.Model;
import io.genrec.engine.model.TableParts;
import io.genrec.engine.onnx.CudaKernels;
import io.genrec.engine.onnx.Precision;
import io.genrec.engine.program.Program;
import io.genrec.engine.run.ModelBuilder;
import io.genrec.engine.storage.BundleReader;
import io.genrec.engine.storage.BundleWriter;
import io.genrec.engine.storage.FileSum;
import io.genrec.engine.storage.SafeTensors;
import io.genrec.engine.wiring.Registry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SelfContainedTest {
  private static final int ITEMS = 40;
  private static final int BYTES_PER_ROW = 16;
  private static final Registry REGISTRY = SmallModel.registry();

  private final BufferAllocator memory = new RootAllocator();
  private final Path bundle;
  private final Path target;

  SelfContainedTest(@TempDir Path folder) {
    this.bundle = SmallModel.write(folder, ITEMS, memory);
    this.target = folder.resolve("export");
  }

  @AfterEach
  void close() {
    memory.close();
  }

  /** 41 rows and 6 ratings in parts of at most so many rows. */
  @ParameterizedTest
  @CsvSource({"1000, 1, 1, 41", "41, 1, 1, 41", "40, 2, 1, 20", "7, 6, 1, 6", "5, 9, 2, 4"})
  void anyRuntimeGivesTheRecommendersAnswers(int rows, int itemParts, int ratingParts, int maxK)
      throws Exception {
    SelfContained.write(bundle, target, IfExists.FAIL, REGISTRY, (long) rows * BYTES_PER_ROW);
    assertAnswersAreTheRecommenders(Math.min(4, maxK), maxK);
    assertThat(new TableParts(model(ITEMS), (long) rows * BYTES_PER_ROW).parts().values())
        .extracting(List::size)
        .containsExactly(itemParts, ratingParts);
  }

  @Test
  void theFolderIsComplete() {
    SelfContained.write(bundle, target, IfExists.FAIL, REGISTRY);
    assertThat(BundleReader.open(target).files())
        .extracting(FileSum::name)
        .containsExactly(
            "model.json",
            "model.onnx",
            "vocabulary-rating.arrow",
            "vocabulary.arrow",
            "weights.bin");
    assertThatThrownBy(() -> SelfContained.write(bundle, target, IfExists.FAIL, REGISTRY))
        .hasMessageContaining("[GR/OutputExists]");
  }

  /** The file has a hole of 3 GiB before its values, which a file system does not store. */
  @Test
  void valuesMayStandBeyondTwoGigabytes() throws Exception {
    BundleReader reader = BundleReader.open(bundle);
    try (SafeTensors weights = reader.weights();
        BundleWriter writer = BundleWriter.create(target, IfExists.FAIL)) {
      SelfContained.writeModel(
          model(ITEMS), 7 * BYTES_PER_ROW, 3L << 30, weights, "small@0", writer);
      assertThat(Files.size(writer.path(SelfContained.WEIGHTS))).isGreaterThan(3L << 30);
      assertAnswersAreTheRecommenders(writer.path(SelfContained.MODEL), 4, 6);
    }
  }

  @Test
  void aFeatureWithoutATableIsNamedWithThoseThatHaveOne() {
    Model model = model(ITEMS);
    TableParts parts = new TableParts(model, 7 * BYTES_PER_ROW);
    String message =
        "[GR/UnknownFeature] the model has no table for the feature \"ratings\" (configuration key"
            + " model/features); known: item, rating; did you mean \"rating\"?";
    assertThatThrownBy(() -> model.table("ratings")).hasMessage(message);
    assertThatThrownBy(() -> parts.spans(Graph.inference("parts"), "ratings")).hasMessage(message);
  }

  /** Two thousand million items: 32 GB of values, of which only the places are computed. */
  @Test
  void placesOfHugeTablesAreExact() {
    int items = 2_000_000_000;
    Model model = model(items);
    long limit = (1L << 30) - 1;
    TableParts parts = new TableParts(model, limit);
    long next = 0;
    for (TableParts.Part part : parts.parts().getOrDefault(Schema.ITEM, List.of())) {
      assertThat(part.firstRow()).isEqualTo(next);
      assertThat(part.rows() * BYTES_PER_ROW).isBetween(limit / 2, limit);
      next += part.rows();
    }
    assertThat(next).isEqualTo(items + 1L);
    Program program = Program.of(model.recommend(parts));
    ExternalWeights weights = new ExternalWeights("weights.bin", program, model, parts, 0);
    long end = 0;
    long tables = 0;
    for (ExternalWeights.Piece piece : weights.pieces()) {
      assertThat(piece.offset()).isBetween(end, end + 4095).matches(at -> at % 4096 == 0);
      end = piece.offset() + piece.bytes();
      if (piece.tensor().equals("embedding/item")) {
        assertThat(piece.from()).isEqualTo(tables);
        tables += piece.bytes();
      }
    }
    assertThat(tables).isEqualTo((items + 1L) * BYTES_PER_ROW);
    assertThat(end).isGreaterThan(32_000_000_000L);
  }

  @Test
  void everyGraphHasCudaKernels() {
    Model model = model(ITEMS);
    TableParts parts = new TableParts(model, 7 * BYTES_PER_ROW);
    for (var graph :
        List.of(
            model.users(),
            model.units(),
            model.retrieve(),
            model.recommend(),
            model.recommend(parts))) {
      assertThat(CudaKernels.gaps(Program.of(graph), Precision.FLOAT32)).as(graph.name()).isEmpty();
    }
  }

  private static Model model(int items) {
    Map<String, Integer> values = Map.of("item", items, "rating", 5);
    return ModelBuilder.model(
        SmallModel.CONFIG, ModelBuilder.schema(SmallModel.CONFIG.model(), values), REGISTRY);
  }

  private void assertAnswersAreTheRecommenders(int k, int maxK) throws Exception {
    assertAnswersAreTheRecommenders(target.resolve(SelfContained.MODEL), k, maxK);
  }

  /** Two sequences, of two events and of one, in a runtime that knows nothing of GenRec. */
  private void assertAnswersAreTheRecommenders(Path onnx, int k, int maxK) throws Exception {
    List<List<Event>> users =
        List.of(
            List.of(
                new Event("i40", 1_000_000, Map.of("rating", "r5")),
                new Event("i3", 1_003_600, Map.of())),
            List.of(new Event("i21", 1_000_000, Map.of("rating", "r2"))));
    long at = 1_010_000;
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    try (OrtSession session = environment.createSession(onnx.toString());
        Recommender recommender =
            Recommender.builder(bundle).registry(REGISTRY).memory(memory).open()) {
      assertThat(session.getMetadata().getCustomMetadata())
          .containsEntry("genrec.max_k", Integer.toString(maxK));
      Map<String, Object> values = new LinkedHashMap<>();
      values.put("tokens/item", new long[][] {{40, 3}, {21, 0}});
      values.put("tokens/rating", new long[][] {{5, 0}, {2, 0}});
      values.put("tokens/time", new long[][] {{1_000_000, 1_003_600}, {1_000_000, 0}});
      values.put("tokens/prediction_time", new long[][] {{1_003_600, at}, {at, 0}});
      values.put("tokens/length", new long[] {2, 1});
      values.put("excluded", new long[][] {{40, 3}, {21, 0}});
      values.put("k", new long[] {k});
      assertThat(session.getInputNames()).containsExactlyInAnyOrderElementsOf(values.keySet());
      Map<String, OnnxTensor> inputs = new LinkedHashMap<>();
      for (Map.Entry<String, Object> value : values.entrySet()) {
        inputs.put(value.getKey(), OnnxTensor.createTensor(environment, value.getValue()));
      }
      try (OrtSession.Result result = session.run(inputs)) {
        long[][] rows = (long[][]) result.get("rows").orElseThrow().getValue();
        float[][] scores = (float[][]) result.get("scores").orElseThrow().getValue();
        for (int user = 0; user < users.size(); user++) {
          List<Recommendation> expected =
              recommender.recommend(Request.of(users.get(user)).at(at).k(k)).items();
          List<String> ids = new ArrayList<>();
          for (int i = 0; i < k; i++) {
            ids.add("i" + rows[user][i]);
            assertThat(scores[user][i]).isCloseTo(expected.get(i).score(), within(1e-5f));
          }
          assertThat(ids).isEqualTo(expected.stream().map(Recommendation::item).toList());
        }
      } finally {
        inputs.values().forEach(OnnxTensor::close);
      }
    }
  }
}
