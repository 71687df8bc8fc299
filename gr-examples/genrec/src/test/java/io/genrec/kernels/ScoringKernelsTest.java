package io.genrec.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import io.genrec.api.config.StrictConfig;
import io.genrec.api.encoder.Head;
import io.genrec.api.graph.Initializer;
import io.genrec.api.graph.Parameter;
import io.genrec.api.inference.Candidates;
import io.genrec.api.inference.InferenceStrategy;
import io.genrec.api.inference.ScoringRequest;
import io.genrec.api.sequence.History;
import io.genrec.api.sequence.Role;
import io.genrec.api.sequence.Schema;
import io.genrec.engine.model.CachedGraphs;
import io.genrec.engine.model.Model;
import io.genrec.engine.optimizer.ParameterStore;
import io.genrec.engine.program.Step;
import io.genrec.engine.runtime.NativeKernels;
import io.genrec.engine.runtime.SessionSettings;
import io.genrec.engine.scoring.CompiledModel;
import io.genrec.engine.wiring.Registry;
import io.genrec.gpsd.ClickTask;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** M-FALCON's stages with kernels give the scores of {@code full} without. */
class ScoringKernelsTest {
  private static final int ITEMS = 50;
  private static final int MAX_HISTORY = 200;
  private static final Schema SCHEMA =
      new Schema(List.of(new Schema.Feature(Schema.ITEM, ITEMS, 12)), MAX_HISTORY, MAX_HISTORY + 1);

  private static NativeKernels kernels = new NativeKernels(Path.of(""));

  @BeforeAll
  static void build() throws IOException, InterruptedException {
    kernels = BuiltKernels.build();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"name\": \"hstu\", \"blocks\": 2, \"heads\": 2}",
        "{\"name\": \"hstu\", \"blocks\": 2, \"heads\": 3, \"timeBias\": false}",
        "{\"name\": \"hstu\", \"blocks\": 1, \"heads\": 2, \"dqk\": 5, \"positionBias\": false}",
        "{\"name\": \"stu\", \"blocks\": 2, \"heads\": 2, \"maxAttention\": 30}",
        "{\"name\": \"stu\", \"blocks\": 2, \"heads\": 2, \"position\": \"absolute\", \"time\": \"none\"}",
        "{\"name\": \"fuxi-alpha\", \"blocks\": 2, \"heads\": 2}"
      })
  void scoresAreThoseOfFullWithoutThem(String encoder) {
    Registry registry = Registry.onClassPath();
    Parameter[] vector = new Parameter[1];
    Model model =
        new Model(
            "encoder",
            SCHEMA,
            Set.of(Role.EVENT, Role.CANDIDATE),
            scope -> {
              vector[0] = scope.parameter("score", Initializer.normal(1), SCHEMA.dim(), 1);
              return registry.encoder(StrictConfig.parse("test", encoder), scope, SCHEMA);
            });
    Head head = (x, tokens) -> Map.of("score", x.matmul(vector[0].in(x)).squeeze(-1));
    SessionSettings fast = SessionSettings.cpu().kernels(Optional.of(kernels));
    assertThat(
            fast.program(model.cached().score(head, CachedGraphs.Lengths.EQUAL)).steps().stream()
                .map(Step::op))
        .contains("io.genrec.SiluAttention");

    List<double[]> expected = scores(registry, model, head, SessionSettings.cpu(), "full", 1);
    for (int microBatch : new int[] {7, 40}) {
      List<double[]> actual = scores(registry, model, head, fast, "m-falcon", microBatch);
      for (int i = 0; i < expected.size(); i++) {
        double largest = 1;
        for (double score : expected.get(i)) {
          largest = Math.max(largest, Math.abs(score));
        }
        assertThat(actual.get(i))
            .as("request %s, micro-batches of %s", i, microBatch)
            .containsExactly(expected.get(i), Offset.offset(1e-5 * largest));
      }
    }
  }

  /** Misses, extensions and hits of several users, some of them together in a run. */
  private static List<double[]> scores(
      Registry registry,
      Model model,
      Head head,
      SessionSettings settings,
      String name,
      int microBatch) {
    Map<String, Object> options =
        name.equals("full")
            ? Map.of("name", name)
            : Map.of("name", name, "microBatch", microBatch, "prefillChunk", 64);
    try (BufferAllocator memory = new RootAllocator();
        ParameterStore parameters = parameters(model, memory);
        CompiledModel compiled =
            new CompiledModel(
                model,
                head,
                new ClickTask(new ClickTask.Config(1), SCHEMA),
                parameters,
                "test",
                settings,
                memory);
        InferenceStrategy strategy =
            registry.strategy(StrictConfig.parse("test", StrictConfig.toJson(options)), compiled)) {
      List<double[]> scores = new ArrayList<>();
      for (List<ScoringRequest> together : requests()) {
        strategy.score(together).forEach(answer -> scores.add(answer.of("score")));
      }
      return scores;
    }
  }

  private static ParameterStore parameters(Model model, BufferAllocator memory) {
    ParameterStore parameters = new ParameterStore(model.parameters().values(), memory);
    Random random = new Random(5);
    for (Parameter parameter : parameters.parameters()) {
      FloatBuffer values = parameters.column(parameter.name()).bytes().asFloatBuffer();
      while (values.hasRemaining()) {
        values.put((float) random.nextGaussian() * 0.4f);
      }
    }
    return parameters;
  }

  private static List<List<ScoringRequest>> requests() {
    Events events = new Events(new Random(6));
    return List.of(
        List.of(request(events, 1, 170, 25)),
        List.of(request(events, 1, 190, 40)),
        List.of(request(events, 1, 190, 3)),
        List.of(request(events, 2, 0, 4), request(events, 3, 9, 2), request(events, 4, 20, 5)));
  }

  private static ScoringRequest request(Events events, int user, int length, int candidates) {
    return new ScoringRequest(
        events.slice(0, length),
        0,
        2_000_000_000L + 100L * user,
        Optional.of("user" + user),
        Candidates.items(new Random(length).ints(candidates, 1, ITEMS + 1).toArray()));
  }

  /** Random items at growing times. */
  private static final class Events implements History {
    private final int[] items;
    private final long[] times = new long[MAX_HISTORY];

    Events(Random random) {
      items = random.ints(MAX_HISTORY, 1, ITEMS + 1).toArray();
      for (int i = 0; i < times.length; i++) {
        times[i] = (i == 0 ? 1_600_000_000L : times[i - 1]) + (1L << random.nextInt(20));
      }
    }

    @Override
    public int size() {
      return items.length;
    }

    @Override
    public int category(String feature, int event) {
      return items[event];
    }

    @Override
    public long time(int event) {
      return times[event];
    }
  }
}
