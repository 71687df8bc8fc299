package io.genrec.engine.onnx;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.genrec.api.GenRecException;
import io.genrec.api.graph.ElementType;
import io.genrec.api.graph.TensorType;
import io.genrec.engine.program.Program;
import io.genrec.engine.program.Step;
import io.genrec.engine.program.Subprogram;
import io.genrec.engine.program.WideReals;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * Which operators ONNX Runtime has CUDA kernels for, at the opset of our exports.
 *
 * <p>An operator without a kernel for its types would silently run on the processor, with copies to
 * and fro on each run. The table {@code cuda-kernels.json} names its source. A kernel serves an
 * operator if it is registered for the operator's own version, or for a closed range of versions
 * around it; an open range serves the version at which it begins only.
 */
@API(status = API.Status.STABLE, since = "0.1")
public final class CudaKernels {
  private static final Table TABLE = Table.read();

  private CudaKernels() {}

  /**
   * A step that has no CUDA kernel.
   *
   * @param op the ONNX operator
   * @param scope where in the model it was built
   * @param reason what is missing
   */
  public record Gap(String op, String scope, String reason) {
    /** For example {@code Pad in hstu/layer0: no kernel for T = int64}. */
    @Override
    public String toString() {
      return op + (scope.isEmpty() ? "" : " in " + scope) + ": " + reason;
    }
  }

  /**
   * The steps of a program that have no CUDA kernel for their types; none if the whole program can
   * run there.
   *
   * @param precision the width of its reals
   */
  public static List<Gap> gaps(Program given, Precision precision) {
    Program program = precision == Precision.FLOAT64 ? WideReals.rewrite(given) : given;
    Map<String, ElementType> types = new HashMap<>();
    program.inputs().forEach((name, type) -> types.put(name, type.element()));
    List<Gap> gaps = new ArrayList<>();
    for (Step step : program.steps()) {
      for (int i = 0; i < step.outputs().size(); i++) {
        types.put(step.outputs().get(i), step.types().get(i).element());
      }
      TABLE.gap(step, types, precision).ifPresent(gaps::add);
      for (Object attribute : step.attributes().values()) {
        if (attribute instanceof Subprogram part) {
          gaps.addAll(gaps(part.program(), precision));
        }
      }
    }
    program
        .outputs()
        .forEach(
            (name, value) -> {
              if (!name.equals(value)) {
                TensorType type = Objects.requireNonNull(program.types().get(name));
                Step copy =
                    new Step(
                        "Identity", Map.of(), List.of(value), List.of(name), List.of(type), "");
                TABLE.gap(copy, types, precision).ifPresent(gaps::add);
              }
            });
    return List.copyOf(gaps);
  }

  /**
   * Refuses a program that CUDA cannot run as a whole.
   *
   * @throws GenRecException {@code [GR/NoCudaKernel]}, naming each operator and its scope
   */
  public static void require(Program program, Precision precision) {
    List<Gap> gaps = gaps(program, precision);
    if (!gaps.isEmpty()) {
      throw new GenRecException(
          "NoCudaKernel",
          "graph \""
              + program.name()
              + "\" cannot run on a cuda device at opset "
              + OnnxExport.OPSET
              + ": "
              + gaps.stream().distinct().map(Gap::toString).collect(Collectors.joining("; "))
              + "; write it with other operators or element types, or use device \"cpu\"");
    }
  }

  /** Operators by name, and what is known to be wrong with some. */
  @JsonIgnoreProperties({"source", "schemas", "notes"})
  private record Table(int opset, List<Limit> limits, Map<String, Operator> ops) {
    static Table read() {
      try (InputStream in = CudaKernels.class.getResourceAsStream("cuda-kernels.json")) {
        Table table =
            JsonMapper.builder()
                .build()
                .readValue(Objects.requireNonNull(in, "cuda-kernels.json is missing"), Table.class);
        if (table.opset() != OnnxExport.OPSET) {
          throw new IllegalStateException(
              "cuda-kernels.json is for opset " + table.opset() + ", not " + OnnxExport.OPSET);
        }
        return table;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    Optional<Gap> gap(Step step, Map<String, ElementType> types, Precision precision) {
      if (step.op().equals("Constant")) {
        // Loading a model turns constants into initializers, so no kernel runs.
        return Optional.empty();
      }
      Operator operator = ops.get(step.op());
      if (operator == null) {
        return gap(step, "not an operator of the default domain at opset " + opset);
      }
      Map<String, Set<String>> bound = new TreeMap<>();
      String problem = operator.bind(operator.inputs(), step.inputs(), types, precision, bound);
      if (problem == null) {
        problem = operator.bind(operator.outputs(), step.outputs(), types, precision, bound);
      }
      if (problem == null
          && operator.kernels().stream().noneMatch(k -> k.serves(operator, bound))) {
        problem = operator.kernels().isEmpty() ? "no kernel" : "no kernel for " + bound;
      }
      for (Limit limit : limits) {
        if (problem == null && limit.excludes(step, bound)) {
          problem =
              limit.attribute() + "=" + limit.value() + " works for " + limit.types() + " only";
        }
      }
      return problem == null ? Optional.empty() : gap(step, problem);
    }

    private static Optional<Gap> gap(Step step, String reason) {
      return Optional.of(new Gap(step.op(), step.scope(), reason));
    }
  }

  /**
   * An operator's schema and its CUDA kernels.
   *
   * @param since the version of the operator that is in force
   * @param inputs a fixed type or the name of a type constraint for each input
   * @param outputs likewise
   * @param mixed whether operands of one constraint may differ in type
   */
  private record Operator(
      int since, List<String> inputs, List<String> outputs, boolean mixed, List<Kernel> kernels) {
    /** Finds what each constraint stands for; says what contradicts, or null. */
    @Nullable String bind(
        List<String> formal,
        List<String> actual,
        Map<String, ElementType> types,
        Precision precision,
        Map<String, Set<String>> bound) {
      for (int i = 0; i < actual.size(); i++) {
        ElementType element = types.get(actual.get(i));
        if (actual.get(i).isEmpty() || element == null) {
          continue;
        }
        if (formal.isEmpty()) {
          return "it takes no such operands";
        }
        String type = name(element, precision);
        String constraint = formal.get(Math.min(i, formal.size() - 1));
        if (constraint.startsWith("tensor(")) {
          if (!constraint.equals("tensor(" + type + ")")) {
            return "operand " + i + " must be " + constraint + " but is " + type;
          }
          continue;
        }
        Set<String> all = bound.computeIfAbsent(constraint, key -> new TreeSet<>());
        all.add(type);
        if (all.size() > 1 && !mixed) {
          return constraint + " is both " + String.join(" and ", all);
        }
      }
      return null;
    }

    private static String name(ElementType element, Precision precision) {
      return switch (element) {
        case FLOAT -> precision == Precision.FLOAT64 ? "double" : "float";
        case INT64 -> "int64";
        case BOOL -> "bool";
      };
    }
  }

  /**
   * A registered kernel.
   *
   * @param since the first version that it serves
   * @param until the last one; null if it serves the first only
   * @param types what it allows for each constraint; a constraint that is not named is free
   */
  private record Kernel(int since, @Nullable Integer until, Map<String, List<String>> types) {
    boolean serves(Operator operator, Map<String, Set<String>> bound) {
      int last = until == null ? since : until;
      return since <= operator.since()
          && operator.since() <= last
          && bound.entrySet().stream()
              .allMatch(
                  entry -> {
                    List<String> allowed = types.get(entry.getKey());
                    return allowed == null || allowed.containsAll(entry.getValue());
                  });
    }
  }

  /** Types to which an attribute's value narrows an operator. */
  private record Limit(String op, String attribute, String value, List<String> types) {
    boolean excludes(Step step, Map<String, Set<String>> bound) {
      return step.op().equals(op)
          && value.equals(step.attributes().get(attribute))
          && !types.containsAll(bound.getOrDefault("T", Set.of()));
    }
  }
}
