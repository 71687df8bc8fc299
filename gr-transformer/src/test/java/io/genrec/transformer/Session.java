package io.genrec.transformer;

import io.genrec.api.graph.Graph;
import io.genrec.api.sequence.Batch;
import io.genrec.api.sequence.Role;
import io.genrec.api.sequence.Schema;
import io.genrec.api.sequence.TokenRow;
import io.genrec.engine.onnx.Precision;
import io.genrec.engine.runtime.CompiledGraph;
import io.genrec.engine.runtime.SessionSettings;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;

/** A graph of a model, run with the weights of the moment. */
final class Session implements AutoCloseable {
  private final Subject subject;
  private final Precision precision;
  private final BufferAllocator memory = new RootAllocator();
  private final Batch inputs = new Batch(memory);
  private final Batch outputs = new Batch(memory);
  private final CompiledGraph compiled;

  Session(Subject subject, Graph graph, Precision precision) {
    this.subject = subject;
    this.precision = precision;
    compiled = CompiledGraph.of(graph, SessionSettings.cpu().precision(precision));
  }

  /** Writes sequences of events. */
  Session events(int padded, int[]... items) {
    return tokens(padded, items, new int[items.length][0]);
  }

  /** Writes sequences of events with candidates after them. */
  Session tokens(int padded, int[][] events, int[][] candidates) {
    List<String> features = List.of(Schema.ITEM, Subject.COLOUR);
    TokenRow row = new TokenRow(inputs, events.length, padded, features, List.of());
    for (int b = 0; b < events.length; b++) {
      row.at(b);
      for (int i = 0; i < events[b].length; i++) {
        token(row, Role.EVENT, i, events[b][i]);
      }
      for (int c = 0; c < candidates[b].length; c++) {
        token(row, Role.CANDIDATE, events[b].length + c, candidates[b][c]);
      }
    }
    return this;
  }

  private static void token(TokenRow row, Role role, int slot, int item) {
    row.token(role, slot, 0, 0);
    row.feature(Schema.ITEM, slot, item);
    row.feature(Subject.COLOUR, slot, Subject.colour(item));
  }

  Session real(String name, Real real) {
    real.write(inputs, name, precision);
    return this;
  }

  /** For inputs of other types. */
  Batch inputs() {
    return inputs;
  }

  /** All outputs by name. */
  Map<String, Real> run() {
    subject
        .model()
        .parameters()
        .forEach((name, parameter) -> real(name, Real.of(parameter, subject.weights(name))));
    compiled.run(inputs::column, outputs);
    Map<String, Real> values = new HashMap<>();
    outputs.columns().forEach((name, column) -> values.put(name, read(column)));
    return values;
  }

  private Real read(Batch.Column column) {
    ByteBuffer bytes = column.bytes();
    Real real = Real.zeros(column.size());
    for (int i = 0; i < real.values().length; i++) {
      real.values()[i] =
          precision == Precision.FLOAT64 ? bytes.getDouble(8 * i) : bytes.getFloat(4 * i);
    }
    return real;
  }

  @Override
  public void close() {
    compiled.close();
    inputs.close();
    outputs.close();
    memory.close();
  }
}
