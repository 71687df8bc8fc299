package io.genrec.hstu;

import io.genrec.api.config.StrictConfig;
import io.genrec.api.graph.Graph;
import io.genrec.api.graph.Parameter;
import io.genrec.api.sequence.Batch;
import io.genrec.api.sequence.History;
import io.genrec.api.sequence.Role;
import io.genrec.api.sequence.Schema;
import io.genrec.api.sequence.TokenColumns;
import io.genrec.api.sequence.TokenRow;
import io.genrec.engine.model.Model;
import io.genrec.engine.onnx.Precision;
import io.genrec.engine.runtime.CompiledGraph;
import io.genrec.engine.runtime.SessionSettings;
import java.nio.ByteBuffer;
import java.nio.DoubleBuffer;
import java.nio.LongBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.apache.arrow.memory.RootAllocator;
import org.jspecify.annotations.Nullable;

/** One graph of an STU model in 64 bits, its inputs and outputs. */
final class StuRun implements AutoCloseable {
  static final int DIM = 6;
  static final int MAX_HISTORY = 10;
  static final int MAX_LENGTH = 16;
  static final Schema SCHEMA =
      new Schema(List.of(new Schema.Feature(Schema.ITEM, 30, DIM)), MAX_HISTORY, MAX_LENGTH);

  private final RootAllocator memory = new RootAllocator();
  private final Batch inputs = new Batch(memory);
  private final Batch outputs = new Batch(memory);
  private final CompiledGraph compiled;

  StuRun(Graph graph, Map<String, double[]> weights) {
    compiled = CompiledGraph.of(graph, SessionSettings.cpu().precision(Precision.FLOAT64));
    for (Parameter parameter : graph.parameters().values()) {
      long[] size = parameter.size().stream().mapToLong(Long::longValue).toArray();
      inputs.doubles(parameter.name(), size).put(weights.get(parameter.name()));
    }
  }

  static StuConfig config(String options) {
    return StrictConfig.parse("test", options).as(StuConfig.class);
  }

  static Model model(StuConfig config) {
    Set<Role> roles = Set.of(Role.CONTEXT, Role.EVENT, Role.CANDIDATE);
    return new Model("stu", SCHEMA, roles, scope -> new Stu().create(config, scope, SCHEMA));
  }

  /** Values large enough that every term shows. */
  static Map<String, double[]> weights(Model model) {
    Random random = new Random(11);
    Map<String, double[]> weights = new HashMap<>();
    for (Parameter parameter : model.parameters().values()) {
      weights.put(parameter.name(), random.doubles(parameter.entries(), -0.7, 0.7).toArray());
    }
    return weights;
  }

  /** The outputs of whole sequences. */
  static double[][][] encode(
      Model model, Map<String, double[]> weights, List<StuSequence> sequences, int padded) {
    Graph graph = model.inspect("full", t -> Map.of("out", model.encoder().encode(t)));
    try (StuRun run = new StuRun(graph, weights)) {
      run.whole(sequences, padded).run();
      return run.get("out");
    }
  }

  Batch inputs() {
    return inputs;
  }

  /** Gives whole sequences. */
  StuRun whole(List<StuSequence> sequences, int padded) {
    int[] to = sequences.stream().mapToInt(StuSequence::length).toArray();
    return tokens(sequences, new int[sequences.size()], to, padded);
  }

  /** Gives the tokens of each sequence from one slot to another. */
  StuRun tokens(List<StuSequence> sequences, int[] from, int[] to, int padded) {
    TokenRow row = new TokenRow(inputs, from.length, padded, List.of(Schema.ITEM), List.of());
    for (int b = 0; b < from.length; b++) {
      write(row.at(b), sequences.get(b), from[b], to[b]);
    }
    return this;
  }

  /** Gives whole sequences of which only some tokens stay. */
  StuRun only(List<StuSequence> sequences, int[][] kept, int padded) {
    TokenColumns columns = new TokenColumns(List.of(Schema.ITEM), List.of(), List.of(), List.of());
    TokenRow row = new TokenRow(inputs, kept.length, padded, columns, true);
    for (int b = 0; b < kept.length; b++) {
      StuSequence sequence = sequences.get(b);
      write(row.at(b).only(kept[b], sequence.length()), sequence, 0, sequence.length());
    }
    return this;
  }

  private static void write(TokenRow row, StuSequence sequence, int from, int to) {
    for (int i = from; i < to; i++) {
      Role role =
          i < sequence.context()
              ? Role.CONTEXT
              : i < sequence.history() ? Role.EVENT : Role.CANDIDATE;
      int slot = i - from;
      row.token(role, slot, known(sequence.times()[i]), known(sequence.used()[i]));
      row.feature(Schema.ITEM, slot, sequence.items()[i]);
    }
  }

  /** Gives the candidates of each sequence, and what is known of the whole sequence. */
  StuRun candidates(List<StuSequence> sequences, int most) {
    int count = sequences.size();
    LongBuffer history = inputs.longs("sequence/history", count);
    LongBuffer context = inputs.longs("sequence/context", count);
    LongBuffer request = inputs.longs("sequence/request_time", count);
    LongBuffer item = inputs.longs("candidates/item", count, most);
    ByteBuffer valid = inputs.truths("candidates/valid", count, most);
    for (int b = 0; b < count; b++) {
      StuSequence sequence = sequences.get(b);
      history.put(b, sequence.history());
      context.put(b, sequence.context());
      request.put(b, known(sequence.request()));
      for (int c = 0; c < sequence.candidates(); c++) {
        int at = b * most + c;
        item.put(at, sequence.items()[sequence.history() + c]);
        valid.put(at, (byte) 1);
      }
    }
    return this;
  }

  /** Gives the memory of the first tokens of each sequence. */
  StuRun cached(Map<String, double[][][]> memories, int[] lengths, int padded) {
    LongBuffer length = inputs.longs("cached/length", lengths.length);
    for (int b = 0; b < lengths.length; b++) {
      length.put(b, lengths[b]);
    }
    memories.forEach(
        (name, values) -> {
          int width = values[0][0].length;
          DoubleBuffer rows =
              inputs.doubles("cached/" + name, lengths.length, padded, 2, width / 2);
          for (int b = 0; b < lengths.length; b++) {
            for (int i = 0; i < padded; i++) {
              // Rows that do not count hold anything but what could hide an error.
              rows.put(i < lengths[b] ? values[b][i] : new Random(3).doubles(width).toArray());
            }
          }
        });
    return this;
  }

  private static long known(@Nullable Long time) {
    return time == null ? History.NO_TIME : time;
  }

  StuRun run() {
    return run(this);
  }

  /** Runs with own inputs, and another's outputs where there is none. */
  StuRun run(StuRun other) {
    compiled.run(
        name ->
            inputs.columns().containsKey(name)
                ? inputs.column(name)
                : other.outputs.columns().get(name),
        outputs);
    return this;
  }

  /** All values of an output. */
  double[] all(String name) {
    double[] values = new double[outputs.column(name).entries()];
    outputs.column(name).bytes().asDoubleBuffer().get(values);
    return values;
  }

  /** Rows of an output: [batch][tokens][all further axes]. */
  double[][][] get(String name) {
    long[] size = outputs.column(name).size();
    DoubleBuffer values = outputs.column(name).bytes().asDoubleBuffer();
    double[][][] rows = new double[(int) size[0]][(int) size[1]][];
    for (double[][] sequence : rows) {
      for (int i = 0; i < sequence.length; i++) {
        sequence[i] = new double[(int) (size.length == 4 ? size[2] * size[3] : size[2])];
        values.get(sequence[i]);
      }
    }
    return rows;
  }

  @Override
  public void close() {
    compiled.close();
    inputs.close();
    outputs.close();
    memory.close();
  }
}
