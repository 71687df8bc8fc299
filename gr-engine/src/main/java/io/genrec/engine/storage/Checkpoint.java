package io.genrec.engine.storage;

import org.apiguardian.api.API;

/**
 * A checkpoint that was checked whole and is open for reading; the caller closes it.
 *
 * @param state where the run stood
 * @param tensors parameters and optimizer moments by name
 */
@API(status = API.Status.STABLE, since = "0.1")
public record Checkpoint(CheckpointState state, SafeTensors tensors) implements AutoCloseable {
  /** Closes the tensor file. */
  @Override
  public void close() {
    tensors.close();
  }
}
