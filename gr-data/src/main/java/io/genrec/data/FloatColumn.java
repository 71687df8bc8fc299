package io.genrec.data;

import org.apache.arrow.memory.ArrowBuf;
import org.apiguardian.api.API;

/** A field of every event that holds numbers; valid until its data set is closed. */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public final class FloatColumn {
  private final ListBuffers buffers;

  FloatColumn(ListBuffers buffers) {
    this.buffers = buffers;
  }

  /**
   * The value of one event, read off-heap without allocation.
   *
   * @param user from 0 to users - 1
   * @param event from 0, the oldest, to length - 1
   * @throws IndexOutOfBoundsException if there is no such event
   */
  public float get(int user, int event) {
    return buffers.getFloat(user, event);
  }

  /**
   * Copies the values of the events {@code [begin, end)}, 4 bytes each, from buffer to buffer.
   *
   * @param user from 0 to users - 1
   * @param begin the first event
   * @param end one past the last event
   * @param target where to
   * @param targetByte the byte in the target where the first value goes
   * @throws IndexOutOfBoundsException if there are no such events or the target is too small
   */
  public void copy(int user, int begin, int end, ArrowBuf target, long targetByte) {
    buffers.copy(user, begin, end, target, targetByte);
  }
}
