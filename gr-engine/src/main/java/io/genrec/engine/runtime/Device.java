package io.genrec.engine.runtime;

import io.genrec.api.GenRecException;
import java.util.List;
import org.apiguardian.api.API;

/**
 * Where graphs run: {@code cpu} or {@code cuda:N}.
 *
 * @param cuda whether it is a CUDA device
 * @param index which one
 */
@API(status = API.Status.STABLE, since = "0.1")
public record Device(boolean cuda, int index) {
  /** The processor. */
  public static final Device CPU = new Device(false, 0);

  /**
   * Reads {@code cpu}, {@code cuda} or {@code cuda:N}.
   *
   * @throws GenRecException {@code [GR/UnknownDevice]}
   */
  public static Device parse(String text) {
    if (text.equals("cpu")) {
      return CPU;
    }
    if (text.matches("cuda(:[0-9]{1,3})?")) {
      return new Device(true, text.length() == 4 ? 0 : Integer.parseInt(text.substring(5)));
    }
    throw new GenRecException(
        "UnknownDevice",
        "unknown device \""
            + text
            + "\": expected \"cpu\", or \"cuda:N\" with the device's number; "
            + GenRecException.knownNames(text, List.of("cpu", "cuda:0")));
  }

  @Override
  public String toString() {
    return cuda ? "cuda:" + index : "cpu";
  }
}
