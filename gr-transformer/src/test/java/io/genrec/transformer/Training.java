package io.genrec.transformer;

import io.genrec.api.graph.Dropout;
import io.genrec.api.graph.ElementType;
import io.genrec.api.graph.Graph;
import io.genrec.api.graph.Tensor;
import io.genrec.api.training.Sampler.Sharing;
import io.genrec.engine.model.Model;
import io.genrec.engine.onnx.Precision;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;

/**
 * The training graph of a loss that is linear in the outputs, with fixed dropout masks: the sum of
 * the outputs of {@link Subject#HISTORIES} times random factors, 0 for padding.
 */
final class Training implements AutoCloseable {
  private static final String PROBE = "probe";
  private static final int PADDED = 8;

  private final Graph graph;
  private final Map<String, Real> inputs = new HashMap<>();
  private final Session session;

  Training(Subject subject, Precision precision) {
    graph =
        subject
            .model()
            .training(
                context -> {
                  Tensor y = context.outputs();
                  Object[] dims = y.shape().dims().toArray();
                  return y.times(y.graph().input(PROBE, ElementType.FLOAT, dims)).sumAll();
                },
                Sharing.POSITION,
                true);
    Random random = new Random(23);
    graph.dropouts().forEach((name, rate) -> inputs.put(name, mask(name, rate, random)));
    inputs.put(PROBE, probe(random));
    session = new Session(subject, graph, precision).events(PADDED, Subject.HISTORIES);
    inputs.forEach(session::real);
  }

  private Real zeros(String input) {
    return Real.zeros(
        Objects.requireNonNull(graph.inputs().get(input))
            .shape()
            .sizes(name -> name.equals("batch") ? Subject.HISTORIES.length : PADDED));
  }

  private Real mask(String input, double rate, Random random) {
    Real mask = zeros(input);
    for (int i = 0; i < mask.values().length; i++) {
      mask.values()[i] = random.nextDouble() < rate ? 0 : 1 / (1 - rate);
    }
    return mask;
  }

  private Real probe(Random random) {
    Real probe = zeros(PROBE);
    for (int b = 0; b < Subject.HISTORIES.length; b++) {
      for (int i = 0; i < Subject.HISTORIES[b].length; i++) {
        for (int d = 0; d < Subject.DIM; d++) {
          probe.values()[probe.index(b, i, d)] = random.nextDouble() - 0.5;
        }
      }
    }
    return probe;
  }

  /** The sites at which the graph drops entries. */
  List<String> sites() {
    return graph.dropouts().keySet().stream()
        .map(input -> input.substring(Dropout.INPUT_PREFIX.length()))
        .toList();
  }

  /** The loss with the weights as they are now. */
  double loss() {
    return Objects.requireNonNull(session.run().get(Model.LOSS)).values()[0];
  }

  /** The gradients of the parameters that the graph reads. */
  Map<String, double[]> gradients() {
    Map<String, Real> results = session.run();
    Map<String, double[]> gradients = new TreeMap<>();
    for (String name : graph.parameters().keySet()) {
      Real gradient = Objects.requireNonNull(results.get(Model.GRADIENT + name), name);
      gradients.put(name, gradient.values());
    }
    return gradients;
  }

  /** The same loss of a slow form. */
  double loss(Slow slow) {
    Masks masks = (site, place) -> input(Dropout.INPUT_PREFIX + site).at(place);
    double sum = 0;
    for (int b = 0; b < Subject.HISTORIES.length; b++) {
      double[][] y = slow.encode(b, Subject.HISTORIES[b], masks);
      for (int i = 0; i < y.length; i++) {
        for (int d = 0; d < Subject.DIM; d++) {
          sum += y[i][d] * input(PROBE).at(b, i, d);
        }
      }
    }
    return sum;
  }

  private Real input(String name) {
    return Objects.requireNonNull(inputs.get(name), name);
  }

  @Override
  public void close() {
    session.close();
  }
}
