package io.genrec.engine.run;

import io.genrec.api.GenRecException;
import io.genrec.api.graph.Parameter;
import io.genrec.api.sequence.Batch.Column;
import io.genrec.engine.optimizer.Optimizer;
import io.genrec.engine.optimizer.ParameterStore;
import io.genrec.engine.storage.CheckpointState;
import io.genrec.engine.storage.HostTensor;
import io.genrec.engine.storage.SafeTensors;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Values and moments as a checkpoint holds them. */
final class RunState {
  private RunState() {}

  /** All of them, in place. */
  static List<HostTensor> tensors(ParameterStore parameters, Optimizer optimizer) {
    List<HostTensor> tensors = new ArrayList<>();
    for (Parameter parameter : parameters.parameters()) {
      tensors.add(HostTensor.of(parameter.name(), parameters.column(parameter.name())));
    }
    optimizer.state().forEach((name, column) -> tensors.add(HostTensor.of(name, column)));
    return tensors;
  }

  /** Reads them. */
  static void restore(SafeTensors tensors, ParameterStore parameters, Optimizer optimizer) {
    for (Parameter parameter : parameters.parameters()) {
      parameters.copyIn(parameter.name(), tensors.read(parameter.name()).data());
    }
    Map<String, Column> moments = new LinkedHashMap<>();
    optimizer.state().keySet().forEach(name -> moments.put(name, tensors.read(name).column()));
    optimizer.restore(moments);
  }

  /**
   * Refuses the checkpoint of another run.
   *
   * @throws GenRecException {@code [GR/OtherRun]}
   */
  static void requireOwn(CheckpointState state, String configHash) {
    if (!state.configHash().equals(configHash)) {
      throw new GenRecException(
          "OtherRun",
          "the checkpoint at step "
              + state.step()
              + " belongs to another configuration or other data; continue with the configuration"
              + " that it was made with, or train into another folder");
    }
  }
}
