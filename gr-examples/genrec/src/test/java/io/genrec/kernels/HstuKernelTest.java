package io.genrec.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import io.genrec.api.config.StrictConfig;
import io.genrec.api.graph.Dim;
import io.genrec.api.graph.ElementType;
import io.genrec.api.graph.Graph;
import io.genrec.api.graph.Parameter;
import io.genrec.api.graph.TensorType;
import io.genrec.api.sequence.Batch;
import io.genrec.api.sequence.History;
import io.genrec.api.sequence.Role;
import io.genrec.api.sequence.Schema;
import io.genrec.api.sequence.TokenRow;
import io.genrec.api.training.Loss;
import io.genrec.api.training.Sampler.Sharing;
import io.genrec.engine.loss.SampledSoftmax;
import io.genrec.engine.model.Model;
import io.genrec.engine.program.Program;
import io.genrec.engine.runtime.NativeKernels;
import io.genrec.hstu.Hstu;
import io.genrec.hstu.HstuConfig;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A whole training graph of HSTU, its loss and all gradients, with and without kernels. */
class HstuKernelTest {
  private static final int ITEMS = 23;
  private static final int MAX_LENGTH = 60;
  static final Set<Role> EVENTS = Set.of(Role.EVENT);
  static final Set<Role> WITH_CANDIDATES = Set.of(Role.EVENT, Role.CANDIDATE);
  static final Loss LOSS =
      new SampledSoftmax().create(new SampledSoftmax.Config(0.05, 1e-6, false));

  private static NativeKernels kernels = new NativeKernels(Path.of(""));

  @BeforeAll
  static void build(@TempDir Path folder) throws IOException, InterruptedException {
    kernels = BuiltKernels.build(folder);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "{}; 8; 1; 0",
        "{}; 8; 16; 0",
        "{\"heads\": 2}; 12; 17; 0",
        "{\"heads\": 2, \"dqk\": 5, \"dv\": 3}; 6; 50; 0",
        "{\"heads\": 3, \"dqk\": 17, \"dv\": 33}; 20; 33; 0",
        "{\"timeBias\": false}; 16; 40; 0",
        "{\"positionBias\": false}; 16; 40; 0",
        "{\"positionBias\": false, \"timeBias\": false}; 50; 60; 0",
        "{}; 8; 16; 2",
        "{\"heads\": 2}; 12; 55; 6",
        "{\"timeBias\": false}; 16; 60; 30",
        "{\"timeBias\": false}; 16; 75; 40"
      })
  void trainingIsTheSame(String options, int dim, int length, int candidates) {
    Model model = model(options, dim, candidates == 0 ? EVENTS : WITH_CANDIDATES);
    Graph graph = model.training(LOSS, Sharing.POSITION, false);

    BuiltKernels.assertEqual(
        graph,
        kernels,
        batch -> fill(batch, model, length, candidates, new Random(length)),
        "HstuAttention",
        "HstuAttentionGradient",
        "GatheredProductsGradient");
  }

  /** Where tokens see each other in plain order, the kernel makes do without a mask of pairs. */
  @Test
  void nothingGrowsWithTheSquareOfTheLength() {
    Model events = model("{}", 8, EVENTS);
    Model ranker = model("{}", 8, WITH_CANDIDATES);

    assertThat(valuesOfPairs(events.training(LOSS, Sharing.BATCH, true))).isEmpty();
    assertThat(valuesOfPairs(events.training(LOSS, Sharing.BATCH, true, EVENTS, true))).isEmpty();
    assertThat(valuesOfPairs(ranker.training(LOSS, Sharing.BATCH, true, EVENTS, false))).isEmpty();
    assertThat(valuesOfPairs(ranker.training(LOSS, Sharing.BATCH, true)))
        .isNotEmpty()
        .allMatch(type -> type.element() != ElementType.FLOAT);
  }

  private static List<TensorType> valuesOfPairs(Graph graph) {
    Set<String> kernels =
        Set.of("HstuAttention", "HstuAttentionGradient", "SampledLogSoftmaxGradient");
    return Program.of(graph, kernels).steps().stream()
        .flatMap(step -> step.types().stream())
        .filter(type -> Collections.frequency(type.shape().dims(), Dim.of("length")) > 1)
        .toList();
  }

  static Model model(String options, int dim, Set<Role> roles) {
    HstuConfig config = StrictConfig.parse("test", options).as(HstuConfig.class);
    Schema schema = schema(dim);
    return new Model("hstu", schema, roles, scope -> new Hstu().create(config, scope, schema));
  }

  static Schema schema(int dim) {
    return new Schema(
        List.of(new Schema.Feature(Schema.ITEM, ITEMS, dim)), MAX_LENGTH - 1, MAX_LENGTH);
  }

  /**
   * Sequences of different length, some times absent, and weights large enough to matter. The last
   * tokens are candidates, which all stand at one position.
   */
  static void fill(Batch batch, Model model, int length, int candidates, Random random) {
    int rows = 3;
    TokenRow row = new TokenRow(batch, rows, length, List.of(Schema.ITEM), List.of(Schema.ITEM));
    for (int b = 0; b < rows; b++) {
      row.at(b);
      long now = 1_000_000_000;
      int tokens = Math.max(1, length - 7 * b);
      for (int i = 0; i < tokens; i++) {
        long next = now + random.nextLong(1L << random.nextInt(1, 30));
        if (candidates == 0 || i < tokens - candidates) {
          row.token(i, i == 3 ? History.NO_TIME : now, i == 5 ? History.NO_TIME : next);
        } else {
          row.token(Role.CANDIDATE, i, now, now);
        }
        row.feature(Schema.ITEM, i, 1 + random.nextInt(ITEMS));
        row.target(Schema.ITEM, i, 1 + random.nextInt(ITEMS), 1);
        now = next;
      }
    }
    LongBuffer negatives = batch.longs("negatives/item", rows, length, 9);
    while (negatives.hasRemaining()) {
      negatives.put(1 + random.nextInt(ITEMS));
    }
    for (Parameter parameter : model.parameters().values()) {
      FloatBuffer values =
          batch.floats(
              parameter.name(), parameter.size().stream().mapToLong(Long::longValue).toArray());
      while (values.hasRemaining()) {
        values.put((float) (0.3 * random.nextGaussian()));
      }
    }
  }
}
