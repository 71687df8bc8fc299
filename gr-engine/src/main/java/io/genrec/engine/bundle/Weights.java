package io.genrec.engine.bundle;

import io.genrec.api.GenRecException;
import io.genrec.api.graph.Parameter;
import io.genrec.api.sequence.Batch.Column;
import io.genrec.engine.model.Model;
import io.genrec.engine.optimizer.ParameterStore;
import io.genrec.engine.storage.HostTensor;
import io.genrec.engine.storage.SafeTensors;
import io.genrec.engine.storage.StoredType;
import io.genrec.engine.storage.TensorInfo;
import io.genrec.engine.storage.TensorSource;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** Parameters as a tensor file: each under its name, 32-bit reals. */
final class Weights {
  private Weights() {}

  static List<TensorSource> of(ParameterStore parameters) {
    List<TensorSource> tensors = new ArrayList<>();
    for (Parameter parameter : parameters.parameters()) {
      Column column = parameters.column(parameter.name());
      TensorInfo info = TensorInfo.of(parameter.name(), StoredType.F32, column.size());
      tensors.add(new HostTensor(info, column.bytes()));
    }
    return tensors;
  }

  /**
   * Fills a store from a file that {@link #check} has seen; of a table with more rows than the
   * file's the first ones.
   */
  static void read(SafeTensors from, ParameterStore into) {
    for (Parameter parameter : into.parameters()) {
      int bytes = Math.toIntExact(from.info(parameter.name()).bytes());
      from.read(parameter.name(), 0, into.column(parameter.name()).bytes().limit(bytes));
    }
  }

  /** Refuses a file whose tensors are not the model's parameters. */
  static void check(Path file, SafeTensors from, Model model) {
    Collection<String> known = model.parameters().keySet();
    for (Parameter parameter : model.parameters().values()) {
      String expected = "expected " + StoredType.F32 + parameter.size();
      if (!from.contains(parameter.name())) {
        List<String> found = from.tensors().stream().map(TensorInfo::name).toList();
        throw foreign(
            file,
            parameter.name(),
            expected + ", found none; " + GenRecException.knownNames(parameter.name(), found));
      }
      TensorInfo info = from.info(parameter.name());
      if (info.type() != StoredType.F32 || !info.shape().equals(parameter.size())) {
        throw foreign(file, parameter.name(), expected + ", found " + info.type() + info.shape());
      }
    }
    for (TensorInfo info : from.tensors()) {
      if (!known.contains(info.name())) {
        throw foreign(
            file,
            info.name(),
            "expected none, found "
                + info.type()
                + info.shape()
                + "; "
                + GenRecException.knownNames(info.name(), known));
      }
    }
  }

  private static GenRecException foreign(Path file, String tensor, String what) {
    return new GenRecException(
        "ForeignWeights",
        file
            + " holds the weights of another model: tensor \""
            + tensor
            + "\": "
            + what
            + "; use the weights that were written with this configuration");
  }
}
