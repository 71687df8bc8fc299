package io.genrec.golden;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.genrec.api.config.StrictConfig;
import io.genrec.api.encoder.Capabilities;
import io.genrec.api.encoder.EncoderBlock;
import io.genrec.api.encoder.SequenceEncoder;
import io.genrec.api.graph.ElementType;
import io.genrec.api.graph.Graph;
import io.genrec.api.graph.Parameter;
import io.genrec.api.graph.Tensor;
import io.genrec.api.sequence.Batch;
import io.genrec.api.sequence.Role;
import io.genrec.api.sequence.Schema;
import io.genrec.api.sequence.TokenContext;
import io.genrec.api.sequence.TokenRow;
import io.genrec.engine.model.Model;
import io.genrec.engine.runtime.CompiledGraph;
import io.genrec.engine.runtime.SessionSettings;
import io.genrec.hstu.Stu;
import io.genrec.hstu.StuConfig;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import org.apache.arrow.memory.BufferAllocator;

/**
 * STU layers on the rows of a golden file, which are given as the rows of the item table: token i
 * of all sequences has item i + 1.
 */
final class StuModel implements AutoCloseable {
  private final Model model;
  private final Batch inputs;
  private final Batch outputs;

  /** Layers without the encoding of places and times before and the normalisation after them. */
  private record Layers(List<EncoderBlock> blocks, Capabilities capabilities)
      implements SequenceEncoder {
    @Override
    public Tensor input(TokenContext tokens) {
      return tokens.embed(Schema.ITEM);
    }

    @Override
    public Tensor output(Tensor x, TokenContext tokens) {
      return x;
    }
  }

  private StuModel(Model model, BufferAllocator memory) {
    this.model = model;
    this.inputs = new Batch(memory);
    this.outputs = new Batch(memory);
  }

  /** The whole encoder. */
  static StuModel encoder(Schema schema, Map<String, Object> options, BufferAllocator memory) {
    StuConfig config = config(options);
    Set<Role> roles = Set.of(Role.CONTEXT, Role.EVENT, Role.CANDIDATE);
    return new StuModel(
        new Model("stu", schema, roles, scope -> new Stu().create(config, scope, schema)), memory);
  }

  /** The last layers alone: those from one on. */
  static StuModel layers(
      Schema schema, Map<String, Object> options, int from, BufferAllocator memory) {
    StuConfig config = config(options);
    Set<Role> roles = Set.of(Role.CONTEXT, Role.EVENT, Role.CANDIDATE);
    return new StuModel(
        new Model(
            "stu",
            schema,
            roles,
            scope -> {
              SequenceEncoder stu = new Stu().create(config, scope, schema);
              List<EncoderBlock> blocks = stu.blocks();
              return new Layers(blocks.subList(from, blocks.size()), stu.capabilities());
            }),
        memory);
  }

  private static StuConfig config(Map<String, Object> options) {
    try {
      String json = new ObjectMapper().writeValueAsString(options);
      return StrictConfig.parse("golden", json).as(StuConfig.class);
    } catch (JsonProcessingException e) {
      throw new AssertionError(e);
    }
  }

  /** Our options of the layers that a file describes; places and times are left out. */
  static Map<String, Object> options(GoldenCase golden) {
    Map<String, Object> options = new TreeMap<>();
    options.put("blocks", golden.number("num_layers"));
    options.put("heads", golden.number("num_heads"));
    options.put("dqk", golden.number("attention_dim"));
    options.put("dv", golden.number("hidden_dim"));
    options.put("attentionAlpha", golden.meta("attn_alpha").doubleValue());
    options.put("groupNorm", golden.meta("use_group_norm").booleanValue());
    options.put("maxAttention", golden.number("max_attn_len"));
    options.put("minFullAttention", (int) golden.number("min_full_attn_seq_len", 0));
    options.put("contextSeesHistory", golden.number("contextual_seq_len") > 0);
    options.put("epsilon", golden.meta("norm_eps").doubleValue());
    options.put("position", "none");
    options.put("time", "none");
    return options;
  }

  /** What tokens look like: as many items as the file has rows. */
  static Schema schema(GoldenCase golden, int maxHistory, int maxLength) {
    int[] shape = golden.tensor("inputs/x").shape();
    return new Schema(
        List.of(new Schema.Feature(Schema.ITEM, shape[0], shape[1])), maxHistory, maxLength);
  }

  Model model() {
    return model;
  }

  Batch inputs() {
    return inputs;
  }

  /**
   * Gives a parameter the values of a tensor, in its own shape.
   *
   * @param name without the encoder's scope, for example {@code layer0/beta}
   */
  StuModel put(String name, GoldenTensor values) {
    Parameter parameter = Objects.requireNonNull(model.parameters().get("stu/" + name), name);
    long[] size = parameter.size().stream().mapToLong(Long::longValue).toArray();
    reals(parameter.name(), values.values(), size);
    return this;
  }

  /** Gives the table the file's rows; row 0 is 0. */
  StuModel rows(GoldenTensor rows) {
    int dim = rows.shape()[1];
    double[] table = new double[rows.values().length + dim];
    System.arraycopy(rows.values(), 0, table, dim, rows.values().length);
    return reals("embedding/item", table, rows.shape()[0] + 1L, dim);
  }

  StuModel reals(String name, double[] values, long... size) {
    var buffer = inputs.floats(name, size);
    for (double value : values) {
      buffer.put((float) value);
    }
    return this;
  }

  /** Gives an input [batch, length, ..] the rows of all tokens. */
  StuModel tokens(String name, GoldenTensor rows, Sequences sequences) {
    int longest = sequences.longest();
    int width = rows.values().length / sequences.tokens();
    double[] padded = new double[sequences.count() * longest * width];
    int at = 0;
    for (int b = 0; b < sequences.count(); b++) {
      int entries = sequences.length(b) * width;
      System.arraycopy(rows.values(), at, padded, b * longest * width, entries);
      at += entries;
    }
    long[] size = new long[rows.shape().length + 1];
    size[0] = sequences.count();
    size[1] = longest;
    for (int axis = 2; axis < size.length; axis++) {
      size[axis] = rows.shape()[axis - 1];
    }
    return reals(name, padded, size);
  }

  /** Our name of a layer's parameter. */
  static String name(String reference) {
    return reference
        .replace("_stu_layers.", "layer")
        .replace("._uvqk_weight", "/uvqk")
        .replace("._uvqk_beta", "/beta")
        .replace("._input_norm_weight", "/input_norm/scale")
        .replace("._input_norm_bias", "/input_norm/shift")
        .replace("._output_weight", "/o")
        .replace("._output_norm_weight", "/output_norm/scale")
        .replace("._output_norm_bias", "/output_norm/shift");
  }

  /** Writes all sequences: context, then events, then candidates. */
  void sequences(Sequences sequences) {
    TokenRow row =
        new TokenRow(
            inputs, sequences.count(), sequences.longest(), List.of(Schema.ITEM), List.of());
    int token = 0;
    for (int b = 0; b < sequences.count(); b++) {
      row.at(b);
      int length = sequences.length(b);
      for (int i = 0; i < length; i++, token++) {
        long end = sequences.time(token + length - 1 - i);
        row.token(sequences.role(b, i), i, sequences.time(token), end);
        row.feature(Schema.ITEM, i, token + 1);
      }
    }
  }

  StuModel run(Graph graph) {
    try (CompiledGraph compiled = CompiledGraph.of(graph, SessionSettings.cpu())) {
      compiled.run(name -> inputs.columns().get(name), outputs);
    }
    return this;
  }

  /** Runs what is computed of whole sequences: {@code out [batch, length, ..]}. */
  StuModel inspect(Function<TokenContext, Tensor> out) {
    return run(model.inspect("golden", tokens -> Map.of("out", out.apply(tokens))));
  }

  /** An output's values. */
  double[] get(String name) {
    Batch.Column column = outputs.column(name);
    if (column.element() != ElementType.FLOAT) {
      throw new AssertionError("not a column of reals: " + column);
    }
    ByteBuffer bytes = column.bytes();
    double[] values = new double[column.entries()];
    for (int i = 0; i < values.length; i++) {
      values[i] = bytes.getFloat(i * Float.BYTES);
    }
    return values;
  }

  /** The rows of all tokens of an output [batch, length, ..], one after another. */
  double[] jagged(String name, Sequences sequences) {
    long[] size = outputs.column(name).size();
    double[] padded = get(name);
    int length = (int) size[1];
    int width = padded.length / (int) (size[0] * size[1]);
    double[] rows = new double[sequences.tokens() * width];
    int at = 0;
    for (int b = 0; b < sequences.count(); b++) {
      int entries = sequences.length(b) * width;
      System.arraycopy(padded, b * length * width, rows, at, entries);
      at += entries;
    }
    return rows;
  }

  @Override
  public void close() {
    inputs.close();
    outputs.close();
  }
}
