package io.genrec.engine.storage;

import io.genrec.api.GenRecException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The errors of tensor files. */
final class TensorErrors {
  private TensorErrors() {}

  static GenRecException corrupt(Path file, String what) {
    return corrupt(file, what, null);
  }

  static GenRecException corrupt(Path file, String what, @Nullable Throwable cause) {
    return new GenRecException(
        "CorruptTensors",
        "cannot read tensors from "
            + file
            + ": "
            + what
            + "; the file is truncated, altered or not a safetensors file: copy or make it again",
        cause);
  }

  static GenRecException unreadable(Path file, @Nullable Throwable cause) {
    return new GenRecException("ReadFailed", "cannot read " + file + ": " + cause, cause);
  }
}
