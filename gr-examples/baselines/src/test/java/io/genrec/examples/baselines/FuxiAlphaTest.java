package io.genrec.examples.baselines;

import static io.genrec.examples.baselines.Loops.concat;
import static io.genrec.examples.baselines.Loops.dot;
import static io.genrec.examples.baselines.Loops.each;
import static io.genrec.examples.baselines.Loops.plus;
import static io.genrec.examples.baselines.Loops.product;
import static io.genrec.examples.baselines.Loops.rmsNorm;
import static io.genrec.examples.baselines.Loops.scaled;
import static io.genrec.examples.baselines.Loops.times;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import io.genrec.api.encoder.Capabilities.CacheScope;
import io.genrec.api.graph.Graph;
import io.genrec.api.sequence.Batch;
import io.genrec.engine.model.CachedGraphs;
import io.genrec.engine.model.CachedGraphs.Lengths;
import io.genrec.engine.model.Model;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FuxiAlphaTest extends EncoderTest<FuxiAlphaConfig> {
  private static final int N = Probe.MAX_LENGTH;

  FuxiAlphaTest() {
    super(new FuxiAlpha());
  }

  @Override
  List<String> options() {
    return List.of(
        "{}",
        "{\"heads\": 2}",
        "{\"heads\": 2, \"dqk\": 4, \"dv\": 5, \"hidden\": 9, \"blocks\": 3, \"epsilon\": 1e-3}");
  }

  @Override
  List<String> wrongOptions() {
    return List.of(
        "{\"blocks\": 0}",
        "{\"heads\": 0}",
        "{\"dqk\": 0}",
        "{\"dv\": -1}",
        "{\"hidden\": 0}",
        "{\"inputDropout\": 1}",
        "{\"dropout\": 1}",
        "{\"epsilon\": 0}");
  }

  @Override
  double[][] slow(Probe probe, FuxiAlphaConfig config, Sequence sequence) {
    return new Slow(probe, config, sequence).encode();
  }

  /** One sequence at a time, as the paper states it; heads of equal width. */
  private record Slow(Probe probe, FuxiAlphaConfig config, Sequence sequence) {
    double[][] encode() {
      double[] positions = probe.weight("fuxi-alpha/position");
      int history = sequence.length() - sequence.candidates();
      double[][] x = new double[sequence.length()][];
      for (int i = 0; i < x.length; i++) {
        double[] event = scaled(probe.embedding(sequence, i, false), Math.sqrt(Probe.DIM));
        x[i] = plus(event, Loops.row(positions, Math.min(i, history), Probe.DIM));
      }
      for (int layer = 0; layer < config.blocks(); layer++) {
        x = layer("fuxi-alpha/layer" + layer + "/", x);
      }
      return Arrays.stream(x)
          .map(row -> Loops.l2Norm(row, config.epsilon()))
          .toArray(double[][]::new);
    }

    private int width(Integer given) {
      return given != null ? given : Probe.DIM / config.heads();
    }

    private double[][] layer(String scope, double[][] x) {
      int value = config.heads() * width(config.dv());
      int key = config.heads() * width(config.dqk());
      double[][] h = new double[x.length][];
      for (int i = 0; i < x.length; i++) {
        double[] normal = rmsNorm(x[i], config.epsilon());
        h[i] = each(times(normal, probe.weight(scope + "uvqk")), Loops::silu);
      }
      double[][] y = new double[x.length][];
      for (int i = 0; i < x.length; i++) {
        double[] a = new double[0];
        for (int head = 0; head < config.heads(); head++) {
          a = concat(a, attend(scope, h, i, head, value, key));
        }
        double[] u = Arrays.copyOf(h[i], 3 * value);
        double[] gated = product(u, rmsNorm(a, config.epsilon()));
        double[] first =
            plus(
                plus(times(gated, probe.weight(scope + "o")), probe.weight(scope + "o_bias")),
                x[i]);
        double[] g = rmsNorm(first, config.epsilon());
        double[] gate = each(times(g, probe.weight(scope + "w1")), Loops::silu);
        double[] inner = product(gate, times(g, probe.weight(scope + "w2")));
        y[i] = plus(first, times(inner, probe.weight(scope + "w3")));
      }
      return y;
    }

    /** What a head takes by place, by time and by meaning. */
    private double[] attend(String scope, double[][] h, int i, int head, int value, int key) {
      int dv = value / config.heads();
      int dqk = key / config.heads();
      int history = sequence.length() - sequence.candidates();
      double[][] channels = new double[3][dv];
      for (int j = 0; j < h.length; j++) {
        if (j != i && !sequence.sees(i, j)) {
          continue;
        }
        double[] v = part(h[j], 3 * value + head * dv, dv);
        double[] q = part(h[i], 4 * value + head * dqk, dqk);
        double[] k = part(h[j], 4 * value + key + head * dqk, dqk);
        int distance = Math.min(i, history) - Math.min(j, history);
        double[] weights = {
          probe.weight(scope + "position")[N - 1 - distance],
          probe.weight(scope + "time")[bucket(sequence.predictionTimes()[i], sequence.times()[j])],
          Loops.silu(dot(q, k)) / N
        };
        for (int c = 0; c < 3; c++) {
          channels[c] = plus(channels[c], scaled(v, weights[c]));
        }
      }
      return concat(channels);
    }

    private static double[] part(double[] row, int from, int width) {
      return Arrays.copyOfRange(row, from, from + width);
    }

    private static int bucket(Long query, Long key) {
      return query == null || key == null
          ? 128
          : (int) Math.min(128, Math.log(Math.max(1, Math.abs(query - key))) / 0.301);
    }
  }

  @Test
  void onlyTheLastRowDependsOnTheRequestsTime() {
    Probe probe = probe("{}");
    Sequence now = Sequence.events().get(0);
    Long[] later = now.predictionTimes().clone();
    later[6] += 31_536_000L;
    Sequence then = new Sequence(now.items(), now.ratings(), now.times(), later, 0);
    double[][] before = probe.encode(List.of(now), 7)[0];
    double[][] after = probe.encode(List.of(then), 7)[0];
    assertThat(IntStream.range(0, 7).filter(i -> !Arrays.equals(before[i], after[i])))
        .containsExactly(6);
    assertThat(probe.model().encoder().capabilities().cacheScope())
        .isEqualTo(CacheScope.ALL_BUT_LAST);
  }

  /** The history but its last event is cached; that one and the candidates come later. */
  @ParameterizedTest
  @ValueSource(strings = {"{}", "{\"heads\": 2, \"dqk\": 4, \"dv\": 5, \"blocks\": 3}"})
  void stagesEqualOnePass(String options) {
    Probe probe = probe(options);
    CachedGraphs graphs = probe.model().cached();
    Sequence whole = Sequence.withCandidates().get(0);
    int cached = whole.length() - whole.candidates() - 1;
    Consumer<Batch> last =
        inputs -> Probe.write(inputs, List.of(whole.slice(cached, cached + 1, 0)), 1);
    Consumer<Batch> times = inputs -> writeCachedTimes(inputs, whole, cached);
    Map<String, double[]> kept =
        probe.run(
            graphs.prefill(),
            inputs -> Probe.write(inputs, List.of(whole.slice(0, cached, 0)), cached));
    Consumer<Batch> cache = inputs -> writeAs("cached/", inputs, graphs.prefill(), kept, cached);
    Map<String, double[]> again = probe.run(graphs.extend(), last.andThen(times).andThen(cache));
    Map<String, double[]> arranged = probe.run(graphs.arrange(), cache);
    double[] found =
        probe
            .run(
                graphs.score((outputs, tokens) -> Map.of("y", outputs), Lengths.EQUAL),
                last.andThen(times)
                    .andThen(inputs -> writeAs("again/", inputs, graphs.extend(), again, 1))
                    .andThen(inputs -> writeAs("", inputs, graphs.arrange(), arranged, cached))
                    .andThen(inputs -> writeCandidates(inputs, whole)))
            .get(Model.PREDICTION + "y");
    double[][] expected = probe.encode(List.of(whole), whole.length())[0];
    assertThat(found)
        .containsExactly(
            concat(Arrays.copyOfRange(expected, cached + 1, whole.length())), offset(1e-11));
  }

  private static void writeCachedTimes(Batch inputs, Sequence whole, int cached) {
    inputs.longs("cached/length", 1).put(cached);
    long[] times = Arrays.stream(whole.times()).limit(cached).mapToLong(Sequence::known).toArray();
    inputs.longs("cached/time", 1, cached).put(times);
  }

  /** Writes a graph's outputs of memory for one sequence of so many tokens. */
  private static void writeAs(
      String prefix, Batch inputs, Graph graph, Map<String, double[]> values, int tokens) {
    graph
        .outputs()
        .forEach(
            (name, tensor) -> {
              if (!name.equals(CachedGraphs.OUTPUTS)) {
                long[] sizes = tensor.shape().sizes(dim -> dim.equals("batch") ? 1 : tokens);
                String input = prefix.isEmpty() ? name : name.replace("memory/", prefix);
                inputs.doubles(input, sizes).put(values.get(name));
              }
            });
  }

  private static void writeCandidates(Batch inputs, Sequence whole) {
    int history = whole.length() - whole.candidates();
    inputs.longs("sequence/history", 1).put(history);
    Sequence asked = whole.slice(history, whole.length(), 0);
    inputs
        .longs("candidates/item", 1, asked.length())
        .put(Arrays.stream(asked.items()).asLongStream().toArray());
    inputs.longs("sequence/request_time", 1).put(Sequence.known(asked.times()[0]));
    byte[] there = new byte[asked.length()];
    Arrays.fill(there, (byte) 1);
    inputs.truths("candidates/valid", 1, asked.length()).put(there);
  }
}
