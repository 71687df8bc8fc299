package io.genrec.api.storage;

import io.genrec.api.GenRecException;
import java.io.IOException;
import java.nio.file.Path;

/** The errors of atomic writes. */
final class WriteErrors {
  private WriteErrors() {}

  static GenRecException failed(Path target, IOException cause) {
    return new GenRecException(
        "WriteFailed",
        "cannot write "
            + target
            + ": "
            + cause
            + "; nothing was left behind; check free space and permissions of its directory",
        cause);
  }

  static GenRecException exists(Path target) {
    return new GenRecException(
        "OutputExists",
        "cannot write "
            + target
            + ": it exists already; expected a new name; choose another one, remove it or allow"
            + " replacing it");
  }
}
