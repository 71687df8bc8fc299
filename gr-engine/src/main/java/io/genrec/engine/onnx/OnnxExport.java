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
import io.genrec.engine.program.Program;
import io.genrec.engine.program.Step;
import io.genrec.engine.program.WideReals;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
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
    Program program = precision == Precision.FLOAT64 ? WideReals.rewrite(given) : given;
    GraphProto.Builder graph = GraphProto.newBuilder().setName(program.name());
    program
        .inputs()
        .forEach(
            (name, type) -> {
              ExternalData data = external.get(name);
              if (data == null) {
                graph.addInput(value(name, type));
              } else {
                graph.addInitializer(initializer(name, type, data));
              }
            });
    program.steps().forEach(step -> graph.addNode(node(step)));
    program
        .outputs()
        .forEach(
            (name, value) -> {
              if (!value.equals(name)) {
                graph.addNode(
                    NodeProto.newBuilder()
                        .setOpType("Identity")
                        .setName("output/" + name)
                        .addInput(value)
                        .addOutput(name));
              }
              graph.addOutput(
                  value(name, java.util.Objects.requireNonNull(program.types().get(name))));
            });
    ModelProto.Builder model =
        ModelProto.newBuilder()
            .setIrVersion(IR_VERSION)
            .setProducerName("genrec")
            .addOpsetImport(OperatorSetIdProto.newBuilder().setDomain("").setVersion(OPSET))
            .setGraph(graph);
    if (program.steps().stream().anyMatch(step -> !domain(step.op()).isEmpty())) {
      model.addOpsetImport(OperatorSetIdProto.newBuilder().setDomain(Fused.DOMAIN).setVersion(1));
    }
    metadata.forEach(
        (key, value) ->
            model.addMetadataProps(
                StringStringEntryProto.newBuilder().setKey(key).setValue(value)));
    return model.build().toByteArray();
  }

  private NodeProto node(Step step) {
    String name =
        step.op()
            + "/"
            + (step.scope().isEmpty() ? "" : step.scope() + "/")
            + step.outputs().get(0);
    String domain = domain(step.op());
    NodeProto.Builder node = NodeProto.newBuilder().setName(name).setDomain(domain);
    node.setOpType(domain.isEmpty() ? step.op() : step.op().substring(domain.length() + 1));
    node.addAllInput(step.inputs()).addAllOutput(step.outputs());
    new TreeMap<>(step.attributes())
        .forEach((key, value) -> node.addAttribute(attribute(key, value)));
    return node.build();
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
          precision == Precision.FLOAT32 ? TensorProto.DataType.FLOAT : TensorProto.DataType.DOUBLE;
      case INT64 -> TensorProto.DataType.INT64;
      case BOOL -> TensorProto.DataType.BOOL;
    };
  }
}
