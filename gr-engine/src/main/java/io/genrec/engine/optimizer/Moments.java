package io.genrec.engine.optimizer;

import io.genrec.api.graph.Parameter;
import java.util.Map;
import org.apache.arrow.memory.BufferAllocator;

/** Takes memory for a parameter's moments and enters it into the optimizer's state. */
final class Moments {
  /** First moments. */
  static final String FIRST = "m";

  /** Second moments. */
  static final String SECOND = "v";

  /** The step that each row stands at. */
  static final String LAST_STEP = "last_step";

  private final Parameter parameter;
  private final BufferAllocator memory;
  private final Map<String, OffHeap> state;

  Moments(Parameter parameter, BufferAllocator memory, Map<String, OffHeap> state) {
    this.parameter = parameter;
    this.memory = memory;
    this.state = state;
  }

  /** A number for each entry. */
  OffHeap perEntry(String what) {
    return enter(OffHeap.floats(name(what), memory, ParameterStore.sizeOf(parameter)));
  }

  /** A number for each row. */
  OffHeap perRow(String what) {
    return enter(OffHeap.floats(name(what), memory, ParameterStore.rows(parameter)));
  }

  /** A step's number for each row. */
  OffHeap stepPerRow(String what) {
    return enter(OffHeap.longs(name(what), memory, ParameterStore.rows(parameter)));
  }

  private String name(String what) {
    return name(what, parameter.name());
  }

  private static String name(String what, String parameter) {
    return "adam/" + what + "/" + parameter;
  }

  /** The name of a parameter's first moments. */
  static String first(String parameter) {
    return name(FIRST, parameter);
  }

  /** The name of a parameter's second moments. */
  static String second(String parameter) {
    return name(SECOND, parameter);
  }

  /** The name of the steps that the rows of a table stand at. */
  static String lastStep(String table) {
    return name(LAST_STEP, table);
  }

  /** The parameter that an entry of the state belongs to; empty if it belongs to none. */
  static String parameter(String entry) {
    String[] parts = entry.split("/", 3);
    return parts.length == 3 ? parts[2] : "";
  }

  private OffHeap enter(OffHeap entry) {
    state.put(entry.name(), entry);
    return entry;
  }
}
