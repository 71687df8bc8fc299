package io.genrec.engine.model;

import io.genrec.api.graph.Dim;
import io.genrec.api.graph.Graph;
import io.genrec.api.graph.Recurrence;
import io.genrec.api.graph.Tensor;
import io.genrec.api.graph.TensorType;
import io.genrec.engine.program.Program;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The graph that scores micro-batches of candidates one after another in one run. On a device each
 * run copies its inputs there; here the history's memory goes once for all candidates.
 *
 * <p>It is a {@link Recurrence} without a state, one round for each micro-batch: ONNX's {@code
 * Scan} hands each round a view of its candidates.
 */
final class ScoreLoop {
  private ScoreLoop() {}

  /**
   * Makes it.
   *
   * @param score the graph of one micro-batch
   * @return a graph with an axis of micro-batches in front of the inputs {@code candidates/..} and
   *     of the outputs; the other inputs are those of the micro-batch's graph
   */
  static Graph of(Graph score) {
    Graph graph = Graph.inference(score.name() + "-loop");
    score.limits().forEach(graph::limit);
    Map<String, TensorType> read = new LinkedHashMap<>(Program.of(score).inputs());
    read.keySet().removeAll(score.parameters().keySet());
    Map<String, Tensor> ofRounds = new LinkedHashMap<>();
    Map<String, Tensor> ofAll = new LinkedHashMap<>();
    read.forEach(
        (name, type) -> {
          boolean ofCandidates = name.startsWith(CachedGraphs.CANDIDATES);
          Dim rounds = Dim.of(CachedGraphs.MICRO_BATCHES);
          List<Dim> dims = (ofCandidates ? type.shape().insert(0, rounds) : type.shape()).dims();
          (ofCandidates ? ofRounds : ofAll)
              .put(name, graph.input(name, type.element(), dims.toArray()));
        });
    Recurrence.Result result =
        Recurrence.over(
            List.of(),
            List.copyOf(ofRounds.values()),
            List.copyOf(ofAll.values()),
            (states, candidates, others) -> {
              Map<String, Tensor> given = named(ofRounds.keySet(), candidates);
              given.putAll(named(ofAll.keySet(), others));
              return new Recurrence.Step(List.of(), round(score, candidates.get(0).graph(), given));
            });
    Iterator<Tensor> outputs = result.outputs().iterator();
    score.outputs().keySet().forEach(name -> graph.output(name, outputs.next()));
    return graph;
  }

  private static Map<String, Tensor> named(Iterable<String> names, List<Tensor> tensors) {
    Map<String, Tensor> named = new LinkedHashMap<>();
    names.forEach(name -> named.put(name, tensors.get(named.size())));
    return named;
  }

  private static List<Tensor> round(Graph score, Graph round, Map<String, Tensor> inputs) {
    Map<Tensor, Tensor> given = new LinkedHashMap<>();
    score
        .inputs()
        .forEach(
            (name, tensor) -> {
              if (inputs.containsKey(name)) {
                given.put(tensor, Objects.requireNonNull(inputs.get(name)));
              } else if (score.parameters().containsKey(name)) {
                given.put(tensor, Objects.requireNonNull(score.parameters().get(name)).in(round));
              }
            });
    return score.copyInto(round, given, new ArrayList<>(score.outputs().values()));
  }
}
