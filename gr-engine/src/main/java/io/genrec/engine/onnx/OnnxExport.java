package io.genrec.engine.onnx;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.protobuf.ByteString;
import io.genrec.api.graph.Dim;
import io.genrec.api.graph.ElementType;
import io.genrec.api.graph.Fused;
import io.genrec.api.graph.Literal;
import io.genrec.api.graph.TensorType;
import io.genrec.engine.program.Bfloat16;
import io.genrec.engine.program.Program;
import io.genrec.engine.program.Step;
import io.genrec.engine.program.Subprogram;
import io.genrec.engine.program.WideReals;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.apiguardian.api.API;

/**
 * Programs as ONNX models: IR version 8, opset 17 of the default domain, where every operator that
 * we use has a CUDA kernel.
 *
 * <p>Equal programs give equal bytes.
 */
@API(status = API.Status.STABLE, since = "0.1")
public final class OnnxExport {
  /** The operator set version of all exported graphs. */
  public static final int OPSET = 17;

  private static final int IR_VERSION = 8;

  private final Precision precision;
  private final Map<String, ExternalData> external = new LinkedHashMap<>();
  private final Map<String, String> metadata = new TreeMap<>();

  /**
   * Where the values of an initializer stand outside the model's file.
   *
   * @param file the file's name, beside the model
   * @param offset where the values begin, in bytes
   * @param bytes how many bytes they take
   * @param size entries per axis
   */
  public record ExternalData(String file, long offset, long bytes, List<Long> size) {}

  /** An export with reals of the given width. */
  public OnnxExport(Precision precision) {
    this.precision = precision;
  }

  /** Makes an input an initializer whose values stand in another file. */
  public OnnxExport external(String input, ExternalData data) {
    external.put(input, data);
    return this;
  }

  /** Writes a key and a value into the model. */
  public OnnxExport metadata(String key, String value) {
    metadata.put(key, value);
    return this;
  }

  /** The model as bytes. */
  public byte[] bytes(Program given) {
    Program program =
        switch (precision) {
          case FLOAT32 -> given;
          case BFLOAT16 -> Bfloat16.emulate(given);
          case FLOAT64 -> WideReals.rewrite(given);
        };
    ModelProto.Builder model =
        ModelProto.newBuilder()
            .setIrVersion(IR_VERSION)
            .setProducerName("genrec")
            .addOpsetImport(OperatorSetIdProto.newBuilder().setDomain("").setVersion(OPSET))
            .setGraph(graph(program, program.inputs().size(), name -> name));
    if (hasKernels(program)) {
      model.addOpsetImport(OperatorSetIdProto.newBuilder().setDomain(Fused.DOMAIN).setVersion(1));
    }
    metadata.forEach(
        (key, value) ->
            model.addMetadataProps(
                StringStringEntryProto.newBuilder().setKey(key).setValue(value)));
    return model.build().toByteArray();
  }

  /**
   * A program as a graph.
   *
   * @param given how many of its inputs it declares; the others are values of the graph around it
   * @param names the name that each value has in the model
   */
  private GraphProto graph(Program program, int given, UnaryOperator<String> names) {
    GraphProto.Builder graph = GraphProto.newBuilder().setName(program.name());
    program.inputs().entrySet().stream()
        .limit(given)
        .forEach(
            input -> {
              String name = names.apply(input.getKey());
              ExternalData data = external.get(name);
              if (data == null) {
                graph.addInput(value(name, input.getValue()));
              } else {
                graph.addInitializer(initializer(name, input.getValue(), data));
              }
            });
    program.steps().forEach(step -> graph.addNode(node(step, names)));
    program
        .outputs()
        .forEach(
            (output, value) -> {
              String name = names.apply(output);
              if (!value.equals(output)) {
                graph.addNode(
                    NodeProto.newBuilder()
                        .setOpType("Identity")
                        .setName("output/" + name)
                        .addInput(names.apply(value))
                        .addOutput(name));
              }
              graph.addOutput(
                  value(name, java.util.Objects.requireNonNull(program.types().get(output))));
            });
    return graph.build();
  }

  private NodeProto node(Step step, UnaryOperator<String> names) {
    List<String> operands = step.inputs().stream().map(names).toList();
    List<String> results = step.outputs().stream().map(names).toList();
    String scope = step.scope().isEmpty() ? "" : step.scope() + "/";
    String domain = domain(step.op());
    NodeProto.Builder node =
        NodeProto.newBuilder()
            .setDomain(domain)
            .setOpType(domain.isEmpty() ? step.op() : step.op().substring(domain.length() + 1))
            .setName(step.op() + "/" + scope + results.get(0))
            .addAllOutput(results);
    int given = operands.size();
    for (Map.Entry<String, Object> entry : new TreeMap<>(step.attributes()).entrySet()) {
      if (entry.getValue() instanceof Subprogram part) {
        UnaryOperator<String> inner = within(part, operands, results.get(0) + "/");
        node.addAttribute(
            AttributeProto.newBuilder()
                .setName(entry.getKey())
                .setType(AttributeProto.AttributeType.GRAPH)
                .setG(graph(part.program(), part.given(), inner)));
        given = part.given();
      } else {
        node.addAttribute(attribute(entry.getKey(), entry.getValue()));
      }
    }
    return node.addAllInput(operands.subList(0, given)).build();
  }

  /** Names within a part: those of the graph around it for what is read from there. */
  private static UnaryOperator<String> within(
      Subprogram part, List<String> operands, String prefix) {
    Map<String, String> around = new HashMap<>();
    List<String> inputs = List.copyOf(part.program().inputs().keySet());
    for (int i = part.given(); i < inputs.size(); i++) {
      around.put(inputs.get(i), operands.get(i));
    }
    return name -> name.isEmpty() ? name : around.getOrDefault(name, prefix + name);
  }

  private static boolean hasKernels(Program program) {
    return program.steps().stream()
        .anyMatch(
            step ->
                !domain(step.op()).isEmpty()
                    || step.attributes().values().stream()
                        .anyMatch(
                            value ->
                                value instanceof Subprogram part && hasKernels(part.program())));
  }

  /** The domain that an operator's name begins with; empty for the default one. */
  private static String domain(String op) {
    return op.substring(0, Math.max(0, op.lastIndexOf('.')));
  }

  private AttributeProto attribute(String name, Object value) {
    AttributeProto.Builder attribute = AttributeProto.newBuilder().setName(name);
    if (value instanceof Long number) {
      return attribute.setType(AttributeProto.AttributeType.INT).setI(number).build();
    }
    if (value instanceof Float number) {
      return attribute.setType(AttributeProto.AttributeType.FLOAT).setF(number).build();
    }
    if (value instanceof String text) {
      return attribute
          .setType(AttributeProto.AttributeType.STRING)
          .setS(ByteString.copyFromUtf8(text))
          .build();
    }
    if (value instanceof ElementType element) {
      return attribute
          .setType(AttributeProto.AttributeType.INT)
          .setI(dataType(element).getNumber())
          .build();
    }
    if (value instanceof Literal literal) {
      return attribute.setType(AttributeProto.AttributeType.TENSOR).setT(tensor(literal)).build();
    }
    if (value instanceof List<?> list) {
      attribute.setType(AttributeProto.AttributeType.INTS);
      list.forEach(entry -> attribute.addInts((Long) entry));
      return attribute.build();
    }
    throw new IllegalArgumentException(
        "attribute \"" + name + "\" has a value that ONNX does not know: " + value);
  }

  private TensorProto tensor(Literal literal) {
    TensorProto.DataType dataType = dataType(literal.type().element());
    TensorProto.Builder tensor = TensorProto.newBuilder().setDataType(dataType.getNumber());
    for (long size : literal.type().shape().sizes()) {
      tensor.addDims(size);
    }
    ByteBuffer bytes =
        ByteBuffer.allocate(literal.values().size() * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (Number number : literal.values()) {
      switch (dataType) {
        case FLOAT -> bytes.putFloat(number.floatValue());
        case DOUBLE -> bytes.putDouble(number.doubleValue());
        case INT64 -> bytes.putLong(number.longValue());
        default -> bytes.put(number.byteValue());
      }
    }
    return tensor.setRawData(ByteString.copyFrom(bytes.flip())).build();
  }

  private TensorProto initializer(String name, TensorType type, ExternalData data) {
    TensorProto.Builder tensor =
        TensorProto.newBuilder()
            .setName(name)
            .setDataType(dataType(type.element()).getNumber())
            .setDataLocation(TensorProto.DataLocation.EXTERNAL)
            .addAllDims(data.size());
    Map<String, String> place = new LinkedHashMap<>();
    place.put("location", data.file());
    place.put("offset", Long.toString(data.offset()));
    place.put("length", Long.toString(data.bytes()));
    place.forEach(
        (key, value) ->
            tensor.addExternalData(
                StringStringEntryProto.newBuilder().setKey(key).setValue(value)));
    return tensor.build();
  }

  private ValueInfoProto value(String name, TensorType type) {
    TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
    for (Dim dim : type.shape().dims()) {
      TensorShapeProto.Dimension.Builder dimension = TensorShapeProto.Dimension.newBuilder();
      shape.addDim(
          dim.isFixed()
              ? dimension.setDimValue(dim.size())
              : dimension.setDimParam(dim.toString()));
    }
    TypeProto.Tensor.Builder tensor =
        TypeProto.Tensor.newBuilder()
            .setElemType(dataType(type.element()).getNumber())
            .setShape(shape);
    return ValueInfoProto.newBuilder()
        .setName(name)
        .setType(TypeProto.newBuilder().setTensorType(tensor))
        .build();
  }

  private TensorProto.DataType dataType(ElementType element) {
    return switch (element) {
      case FLOAT ->
          precision == Precision.FLOAT64 ? TensorProto.DataType.DOUBLE : TensorProto.DataType.FLOAT;
      case INT64 -> TensorProto.DataType.INT64;
      case BOOL -> TensorProto.DataType.BOOL;
    };
  }
}
