package io.genrec.falcon;

import io.genrec.api.graph.Parameter;
import io.genrec.api.inference.InferenceStrategy;
import io.genrec.api.inference.ScoringRequest;
import io.genrec.api.sequence.Batch;
import io.genrec.api.sequence.Batch.Column;
import io.genrec.api.sequence.Schema;
import io.genrec.api.sequence.TokenRow;
import io.genrec.api.task.Task;
import io.genrec.data.task.NextItem;
import io.genrec.engine.model.Model;
import io.genrec.engine.onnx.Precision;
import io.genrec.engine.optimizer.ParameterStore;
import io.genrec.engine.runtime.CompiledGraph;
import io.genrec.engine.runtime.SessionSettings;
import io.genrec.engine.scoring.CompiledModel;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;

/** A small model with random weights that predicts items, and what a test opens around it. */
final class Finding implements AutoCloseable {
  /** Items, and a slower-changing series among them. */
  private static final Schema SCHEMA =
      new Schema(
          List.of(
              new Schema.Feature(Schema.ITEM, Scoring.ITEMS, 8),
              new Schema.Feature(Rankings.FOLLOWS, 4, 8, Schema.Owner.SERIES)),
          Scoring.MAX_HISTORY,
          Scoring.MAX_HISTORY + 2);

  private final Deque<AutoCloseable> open = new ArrayDeque<>();
  private final BufferAllocator memory = new RootAllocator();
  private final Precision precision;
  private final Task task = new NextItem(SCHEMA);
  private final ParameterStore parameters;
  private final Batch wide;
  private final CompiledModel model;
  private final CompiledGraph users;

  Finding(Scoring.Encoder encoder, Precision precision, long seed) {
    this.precision = precision;
    open.push(memory);
    Model declared = new Model("encoder", SCHEMA, scope -> encoder.apply(scope, SCHEMA));
    parameters = opened(new ParameterStore(declared.parameters().values(), memory));
    wide = opened(new Batch(memory));
    Random random = new Random(seed);
    for (Parameter parameter : parameters.parameters()) {
      Column column = parameters.column(parameter.name());
      FloatBuffer values = column.bytes().asFloatBuffer();
      DoubleBuffer same = wide.doubles(parameter.name(), column.size());
      while (values.hasRemaining()) {
        float value = (float) random.nextGaussian() * 0.4f;
        values.put(value);
        same.put(value);
      }
    }
    SessionSettings settings = SessionSettings.cpu().precision(precision);
    model = opened(new CompiledModel(declared, task, parameters, "test", settings, memory));
    users = opened(CompiledGraph.of(declared.users(), settings));
  }

  <T extends AutoCloseable> T opened(T resource) {
    open.push(resource);
    return resource;
  }

  CompiledModel model() {
    return model;
  }

  BufferAllocator memory() {
    return memory;
  }

  InferenceStrategy mFalcon(MFalconConfig config) {
    return opened(new MFalcon().create(config, model));
  }

  /** The slow truth: the whole history of one user in one pass. */
  double[] truth(ScoringRequest request) {
    try (Batch inputs = new Batch(memory);
        Batch outputs = new Batch(memory)) {
      int length = task.requestLength(request.history());
      TokenRow row = new TokenRow(inputs, 1, length, task.columns().inputs());
      task.writeRequest(request.history(), request.at(), row.at(0));
      users.run(name -> input(name, inputs), outputs);
      Column user = outputs.column(Model.USER);
      double[] values = new double[user.entries()];
      for (int i = 0; i < values.length; i++) {
        values[i] =
            precision == Precision.FLOAT64
                ? user.bytes().asDoubleBuffer().get(i)
                : user.bytes().asFloatBuffer().get(i);
      }
      return values;
    }
  }

  private Column input(String name, Batch inputs) {
    if (inputs.columns().containsKey(name)) {
      return inputs.column(name);
    }
    return precision == Precision.FLOAT64 ? wide.column(name) : parameters.column(name);
  }

  @Override
  public void close() throws Exception {
    while (!open.isEmpty()) {
      open.pop().close();
    }
  }
}
