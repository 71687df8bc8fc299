package io.genrec.transformer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import io.genrec.api.encoder.Head;
import io.genrec.api.graph.Graph;
import io.genrec.api.sequence.Batch;
import io.genrec.api.sequence.Role;
import io.genrec.engine.model.CachedGraphs;
import io.genrec.engine.model.Model;
import io.genrec.engine.onnx.Precision;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A sequence in stages (history, appended events, candidates) comes out as in one pass, and the
 * memory of a history is that of its beginning and of what was appended.
 */
class StagesTest {
  private static final int[][] HISTORIES = Subject.HISTORIES;
  private static final int[][] CANDIDATES = {{2, 8}, {9, 1}, {7, 7}};
  private static final int[] FIRST = {3, 0, 2};
  private static final int[] WHOLE = {7, 1, 4};

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "sasrec | {'heads': 2}",
        "sasrec | {'blocks': 3, 'hidden': 3}",
        "llama | {'heads': 2}",
        "llama | {'heads': 4, 'keyValueHeads': 2, 'blocks': 3, 'output': 'l2'}",
        "llama | {'heads': 4, 'keyValueHeads': 1, 'ropeTheta': 10}"
      })
  void stagesEqualOnePass(String encoder, String options) {
    Subject subject =
        Subject.of(
            Subject.factory(encoder),
            TransformerTest.json(options),
            Subject.DIM,
            Set.of(Role.EVENT, Role.CANDIDATE));
    Model model = subject.model();
    CachedGraphs graphs = model.cached();
    Graph full = model.inspect("full", tokens -> Map.of("y", model.encoder().encode(tokens)));
    Map<String, Real> onePass = run(subject, full, s -> s.tokens(9, HISTORIES, CANDIDATES));
    Map<String, Real> history = run(subject, graphs.prefill(), s -> s.events(7, HISTORIES));
    Map<String, Real> beginning =
        run(subject, graphs.prefill(), s -> s.events(3, cut(new int[3], FIRST)));
    Map<String, Real> appended =
        run(
            subject,
            graphs.extend(),
            s -> {
              cache(s, graphs, beginning, FIRST);
              s.events(4, cut(FIRST, WHOLE));
            });
    Map<String, Real> joined = new LinkedHashMap<>();
    for (String name : graphs.memory().keySet()) {
      String memory = "memory/" + name;
      joined.put(memory, joined(get(beginning, memory), get(appended, memory)));
      assertRows(get(joined, memory), get(history, memory), WHOLE);
    }
    Map<String, Real> arranged =
        run(subject, graphs.arrange(), s -> cache(s, graphs, joined, WHOLE));
    Head asTheyAre = (outputs, tokens) -> Map.of("y", outputs);
    Map<String, Real> scores =
        run(
            subject,
            graphs.score(asTheyAre, CachedGraphs.Lengths.MIXED),
            s -> {
              cache(s, graphs, joined, WHOLE);
              arranged.forEach(s::real);
              candidates(s.inputs());
            });
    Real expected = get(onePass, "y");
    Real actual = get(scores, Model.PREDICTION + "y");
    for (int b = 0; b < 3; b++) {
      for (int c = 0; c < 2; c++) {
        assertThat(row(actual, b, c))
            .containsExactly(row(expected, b, WHOLE[b] + c), offset(1e-12));
      }
    }
    assertThat(row(actual, 0, 0)).isNotEqualTo(row(actual, 0, 1));
  }

  private interface Inputs {
    void write(Session session);
  }

  private static Map<String, Real> run(Subject subject, Graph graph, Inputs inputs) {
    try (Session session = new Session(subject, graph, Precision.FLOAT64)) {
      inputs.write(session);
      return session.run();
    }
  }

  private static Real get(Map<String, Real> outputs, String name) {
    return Objects.requireNonNull(outputs.get(name), name);
  }

  private static int[][] cut(int[] from, int[] to) {
    int[][] cut = new int[3][];
    Arrays.setAll(cut, b -> Arrays.copyOfRange(HISTORIES[b], from[b], to[b]));
    return cut;
  }

  /** Memory as it came, with what stands where there is no token. */
  private static void cache(
      Session session, CachedGraphs graphs, Map<String, Real> memory, int[] lengths) {
    var length = session.inputs().longs("cached/length", 3);
    Arrays.stream(lengths).forEach(length::put);
    graphs
        .memory()
        .keySet()
        .forEach(name -> session.real("cached/" + name, get(memory, "memory/" + name)));
  }

  private static void candidates(Batch inputs) {
    var history = inputs.longs("sequence/history", 3);
    var item = inputs.longs("candidates/item", 3, 2);
    var valid = inputs.truths("candidates/valid", 3, 2);
    for (int b = 0; b < 3; b++) {
      history.put(WHOLE[b]);
      for (int candidate : CANDIDATES[b]) {
        item.put(candidate);
        valid.put((byte) 1);
      }
    }
  }

  /** Rows of the beginning, then the appended ones: [3, 7, heads, dim]. */
  private static Real joined(Real beginning, Real appended) {
    Real joined = Real.zeros(3, 7, beginning.size()[2], beginning.size()[3]);
    for (int b = 0; b < 3; b++) {
      for (int i = 0; i < WHOLE[b]; i++) {
        double[] row = i < FIRST[b] ? row(beginning, b, i) : row(appended, b, i - FIRST[b]);
        System.arraycopy(row, 0, joined.values(), joined.index(b, i) * row.length, row.length);
      }
    }
    return joined;
  }

  private static void assertRows(Real actual, Real expected, int[] lengths) {
    for (int b = 0; b < 3; b++) {
      for (int i = 0; i < lengths[b]; i++) {
        assertThat(row(actual, b, i)).containsExactly(row(expected, b, i), offset(1e-12));
      }
    }
  }

  private static double[] row(Real rows, int b, int i) {
    int width = rows.values().length / (int) (rows.size()[0] * rows.size()[1]);
    int from = rows.index(b, i) * width;
    return Arrays.copyOfRange(rows.values(), from, from + width);
  }
}
