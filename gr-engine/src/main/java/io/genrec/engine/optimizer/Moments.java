package io.genrec.engine.optimizer;

import io.genrec.api.graph.Parameter;
import java.util.Map;
import org.apache.arrow.memory.BufferAllocator;

/** Takes memory for a parameter's moments and enters it into the optimizer's state. */
final class Moments {
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
    return "adam/" + what + "/" + parameter.name();
  }

  private OffHeap enter(OffHeap entry) {
    state.put(entry.name(), entry);
    return entry;
  }
}
