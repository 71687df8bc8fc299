package io.genrec.testkit;

import io.genrec.api.graph.Graph;
import io.genrec.api.graph.Tensor;
import io.genrec.api.sequence.TokenContext;
import io.genrec.api.training.Sampler.Sharing;
import io.genrec.engine.model.Model;
import io.genrec.engine.onnx.Precision;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.apache.arrow.memory.BufferAllocator;

/**
 * A model with values, and the graphs of it that rules run. Owns their sessions until it is closed.
 */
final class TestedModel implements AutoCloseable {
  static final String OUTPUTS = "outputs";

  private final Model model;
  private final Weights weights;
  private final BufferAllocator memory;
  private final List<Session> sessions = new ArrayList<>();
  private final Map<Precision, Session> outputs = new EnumMap<>(Precision.class);
  private final Map<Precision, Session> training = new EnumMap<>(Precision.class);

  TestedModel(Model model, BufferAllocator memory) {
    this.model = model;
    this.weights = new Weights(model.parameters().values());
    this.memory = memory;
  }

  Model model() {
    return model;
  }

  Weights weights() {
    return weights;
  }

  /** The graph of all tokens' outputs. */
  Graph outputsGraph() {
    return outputsGraph(tokens -> tokens);
  }

  /** The graph of all tokens' outputs, with something between the encoder and its tokens. */
  Graph outputsGraph(UnaryOperator<TokenContext> between) {
    return model.inspect(
        OUTPUTS,
        tokens -> {
          Tensor encoded = model.encoder().encode(between.apply(tokens));
          return Map.of(OUTPUTS, encoded);
        });
  }

  /** A graph of this model with its values, open as long as this is. */
  Session compiled(Graph graph, Precision precision) {
    Session session = new Session(graph, precision, memory);
    sessions.add(session);
    weights.writeTo(session);
    return session;
  }

  Session outputs(Precision precision) {
    return outputs.computeIfAbsent(precision, p -> compiled(outputsGraph(), p));
  }

  /** The outputs of sequences {@code [batch][padded][dim]}. */
  double[][][] outputs(Precision precision, List<Sequence> sequences, int padded) {
    Session session = outputs(precision);
    new TokenColumns(session.inputs(), model.schema()).write(sequences, padded);
    return session.run().tokens(OUTPUTS);
  }

  /** The training graph of a {@link Probe}, dropout included. */
  Session training(Precision precision) {
    return training.computeIfAbsent(
        precision, p -> compiled(model.training(new Probe(), Sharing.POSITION, true), p));
  }

  @Override
  public void close() {
    sessions.forEach(Session::close);
  }
}
