package io.genrec.data;

import java.util.List;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;

/**
 * The off-heap values of one list column over all record batches: a history is a contiguous run of
 * fixed-width values. Owns nothing; the data set closes the vectors behind it.
 */
final class ListBuffers {
  private static final int SHIFT = Integer.numberOfTrailingZeros(DatasetFiles.USERS_PER_BATCH);
  private static final int MASK = DatasetFiles.USERS_PER_BATCH - 1;

  private final int users;
  private final ArrowBuf[] offsets;
  private final ArrowBuf[] values;
  private final int widthShift;

  /**
   * @param offsets per batch {@code users + 1} int32 positions
   * @param values per batch the values
   * @param widthShift log2 of a value's bytes
   */
  ListBuffers(int users, ArrowBuf[] offsets, ArrowBuf[] values, int widthShift) {
    this.users = users;
    this.offsets = offsets;
    this.values = values;
    this.widthShift = widthShift;
  }

  int length(int user) {
    ArrowBuf offset = offsets[check(user)];
    long at = (long) (user & MASK) * Integer.BYTES;
    return offset.getInt(at + Integer.BYTES) - offset.getInt(at);
  }

  int getInt(int user, int event) {
    long at = byteOffset(user, event);
    return values[user >>> SHIFT].getInt(at);
  }

  long getLong(int user, int event) {
    long at = byteOffset(user, event);
    return values[user >>> SHIFT].getLong(at);
  }

  float getFloat(int user, int event) {
    return Float.intBitsToFloat(getInt(user, event));
  }

  /** Copies the values of the events {@code [begin, end)} without touching the Java heap. */
  void copy(int user, int begin, int end, ArrowBuf target, long targetByte) {
    int length = length(user);
    if (begin < 0 || begin > end || end > length) {
      throw new IndexOutOfBoundsException(
          "events [" + begin + ", " + end + ") of user " + user + ", who has " + length);
    }
    if (begin < end) {
      target.setBytes(
          targetByte,
          values[user >>> SHIFT],
          byteOffset(user, begin),
          (long) (end - begin) << widthShift);
    }
  }

  /** The same column with values of its own; every buffer made is added to {@code owned}. */
  ListBuffers copy(BufferAllocator allocator, List<AutoCloseable> owned) {
    ArrowBuf[] newOffsets = new ArrowBuf[offsets.length];
    ArrowBuf[] newValues = new ArrowBuf[values.length];
    for (int b = 0; b < values.length; b++) {
      newOffsets[b] = offsets[b].getReferenceManager().retain(offsets[b], allocator);
      owned.add(newOffsets[b]);
      newValues[b] = allocator.buffer(values[b].capacity());
      owned.add(newValues[b]);
      newValues[b].setBytes(0, values[b], 0, values[b].capacity());
    }
    return new ListBuffers(users, newOffsets, newValues, widthShift);
  }

  /** Writes a user's values into another column of the same shape: new event i is old order[i]. */
  void permute(int user, int[] order, ListBuffers target) {
    ArrowBuf to = target.values[user >>> SHIFT];
    for (int i = 0; i < order.length; i++) {
      long at = target.byteOffset(user, i);
      if (widthShift == 3) {
        to.setLong(at, getLong(user, order[i]));
      } else {
        to.setInt(at, getInt(user, order[i]));
      }
    }
  }

  private long byteOffset(int user, int event) {
    ArrowBuf offset = offsets[check(user)];
    long at = (long) (user & MASK) * Integer.BYTES;
    int begin = offset.getInt(at);
    int length = offset.getInt(at + Integer.BYTES) - begin;
    if (event < 0 || event >= length) {
      throw new IndexOutOfBoundsException(
          "event " + event + " of user " + user + ", who has " + length);
    }
    return ((long) begin + event) << widthShift;
  }

  private int check(int user) {
    if (user < 0 || user >= users) {
      throw new IndexOutOfBoundsException("user " + user + " of " + users);
    }
    return user >>> SHIFT;
  }
}
