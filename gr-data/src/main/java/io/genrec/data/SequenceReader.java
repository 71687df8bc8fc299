package io.genrec.data;

import io.genrec.api.GenRecException;
import io.genrec.api.storage.ArrowBlocks;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.OutOfMemoryException;
import org.apache.arrow.vector.BaseFixedWidthVector;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.Float4Vector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.complex.ListVector;
import org.jspecify.annotations.Nullable;

/**
 * Maps {@code sequences.arrow} into memory and checks everything that the getters rely on, so that
 * they need no checks of their own.
 */
final class SequenceReader {
  private final Path file;
  private final DatasetInfo info;
  private final List<AutoCloseable> owned = new ArrayList<>();
  private final Map<String, List<FieldVector>> columns = new HashMap<>();

  private SequenceReader(Path file, DatasetInfo info) {
    this.file = file;
    this.info = info;
  }

  static SequenceDataset read(Path folder, DatasetInfo info, BufferAllocator allocator) {
    SequenceReader reader = new SequenceReader(folder.resolve(DatasetFiles.SEQUENCES), info);
    try {
      return reader.dataset(folder, allocator);
    } catch (GenRecException | OutOfMemoryException e) {
      release(reader.owned, e);
      throw e;
    } catch (IOException | RuntimeException e) {
      release(reader.owned, e);
      throw corrupt(reader.file, String.valueOf(e.getMessage()), e);
    }
  }

  /** Closes what was read before an error. */
  static void release(List<AutoCloseable> owned, Exception because) {
    for (AutoCloseable resource : owned) {
      try {
        resource.close();
      } catch (Exception e) {
        because.addSuppressed(e);
      }
    }
  }

  private SequenceDataset dataset(Path folder, BufferAllocator allocator) throws IOException {
    load(allocator);
    Map<String, ListBuffers> lists = new HashMap<>();
    Map<String, FieldVector[]> plain = new HashMap<>();
    plain.put("user", plain("user", VarCharVector.class));
    for (DatasetInfo.Field field : info.fields()) {
      if (field.scope() == DatasetInfo.Scope.EVENT) {
        lists.put(field.name(), list(field));
      } else {
        boolean rows = field.kind() == DatasetInfo.Kind.CATEGORICAL;
        plain.put(field.name(), plain(field.name(), rows ? IntVector.class : Float4Vector.class));
      }
    }
    check(lists);
    return new SequenceDataset(folder, info, info.contentHash(), lists, plain, owned);
  }

  private void load(BufferAllocator allocator) throws IOException {
    int[] users = {0};
    ArrowBlocks.map(
        file,
        allocator,
        batch -> {
          int rows = batch.getRowCount();
          int expected = Math.min(DatasetFiles.USERS_PER_BATCH, info.counts().users() - users[0]);
          require(rows == expected && rows > 0, "a record batch has " + rows + " users");
          for (FieldVector vector : batch.getFieldVectors()) {
            var pair = vector.getTransferPair(allocator);
            pair.transfer();
            FieldVector mine = (FieldVector) pair.getTo();
            owned.add(mine);
            columns.computeIfAbsent(vector.getName(), name -> new ArrayList<>()).add(mine);
          }
          users[0] += rows;
        });
    require(
        users[0] == info.counts().users(), users[0] + " users; expected " + info.counts().users());
  }

  private FieldVector[] plain(String name, Class<? extends FieldVector> type) {
    FieldVector[] vectors = batches(name).toArray(new FieldVector[0]);
    for (FieldVector vector : vectors) {
      require(type.isInstance(vector), "column " + name + " has type " + vector.getField());
      boolean mayBeNull = type == Float4Vector.class;
      require(mayBeNull || vector.getNullCount() == 0, "column " + name + " has nulls");
      checkEnds(vector, "column " + name);
    }
    return vectors;
  }

  /** Every value must lie within its buffer. */
  private void checkEnds(FieldVector vector, String what) {
    int rows = vector.getValueCount();
    if (vector instanceof VarCharVector texts) {
      long end = checkOffsets(texts.getOffsetBuffer(), rows, what);
      require(texts.getDataBuffer().capacity() >= end, what + " is cut");
    } else {
      require(vector.getDataBuffer().capacity() >= (long) rows * Integer.BYTES, what + " is cut");
    }
  }

  /** Offsets must begin at 0 and never fall; returns the last. */
  private long checkOffsets(ArrowBuf offsets, int rows, String what) {
    require(offsets.capacity() >= (rows + 1L) * Integer.BYTES, what + " is cut");
    require(offsets.getInt(0) == 0, what + " does not begin at 0");
    for (long i = 0; i < rows; i++) {
      require(
          offsets.getInt(i * Integer.BYTES) <= offsets.getInt((i + 1) * Integer.BYTES),
          what + " has a value of negative length");
    }
    return offsets.getInt((long) rows * Integer.BYTES);
  }

  private ListBuffers list(DatasetInfo.Field field) {
    Class<? extends BaseFixedWidthVector> type =
        switch (field.kind()) {
          case CATEGORICAL, ACTIONS, MOMENT -> IntVector.class;
          case NUMERIC -> Float4Vector.class;
          case TIME -> BigIntVector.class;
        };
    int width = type == BigIntVector.class ? Long.BYTES : Integer.BYTES;
    List<FieldVector> vectors = batches(field.name());
    ArrowBuf[] offsets = new ArrowBuf[vectors.size()];
    ArrowBuf[] values = new ArrowBuf[vectors.size()];
    for (int b = 0; b < offsets.length; b++) {
      String what = "column " + field.name() + " of batch " + b;
      if (!(vectors.get(b) instanceof ListVector list) || !type.isInstance(list.getDataVector())) {
        throw corrupt(file, what + " has type " + vectors.get(b).getField(), null);
      }
      require(
          list.getNullCount() == 0 && list.getDataVector().getNullCount() == 0,
          what + " has nulls");
      offsets[b] = list.getOffsetBuffer();
      values[b] = list.getDataVector().getDataBuffer();
      long end = checkOffsets(offsets[b], list.getValueCount(), what);
      require(values[b].capacity() >= end * width, what + " is cut");
    }
    return new ListBuffers(
        info.counts().users(), offsets, values, Integer.numberOfTrailingZeros(width));
  }

  private void check(Map<String, ListBuffers> lists) {
    ListBuffers items = lists.get("item");
    ListBuffers times = lists.get("time");
    if (items == null || times == null) {
      throw corrupt(file, "no columns item and time", null);
    }
    List<ListBuffers> series =
        info.series().stream()
            .flatMap(field -> Optional.ofNullable(lists.get(field.name())).stream())
            .toList();
    long events = 0;
    for (int user = 0; user < info.counts().users(); user++) {
      int length = items.length(user);
      events += length;
      for (DatasetInfo.Field field : info.fields()) {
        ListBuffers list = lists.get(field.name());
        if (list != null) {
          require(
              list.length(user) == length, "user " + user + " has columns of different lengths");
          boolean item = field.name().equals("item");
          checkRows(field, list, user, item && info.growth() == null && series.isEmpty() ? 1 : 0);
        }
      }
      if (!series.isEmpty()) {
        checkEntries(series, items, user);
      }
      for (int i = 1; i < length; i++) {
        require(
            times.getLong(user, i - 1) <= times.getLong(user, i),
            "the times of user " + user + " do not ascend");
      }
    }
    require(
        events == info.counts().events(), events + " events; expected " + info.counts().events());
  }

  private void checkRows(DatasetInfo.Field field, ListBuffers list, int user, int first) {
    Integer rows = field.rows();
    if (field.kind() != DatasetInfo.Kind.CATEGORICAL || rows == null) {
      return;
    }
    for (int i = 0; i < list.length(user); i++) {
      int row = list.getInt(user, i);
      require(
          row >= first && row <= rows,
          "row " + row + " of field " + field.name() + " is not in its vocabulary");
    }
  }

  /** An entry of a series has no item; every other event has one, or waits for a row. */
  private void checkEntries(List<ListBuffers> series, ListBuffers items, int user) {
    for (int event = 0; event < items.length(user); event++) {
      boolean entry = SequenceDataset.isEntry(series, user, event);
      boolean item = items.getInt(user, event) != 0;
      require(
          entry ? !item : item || info.growth() != null,
          "event "
              + event
              + " of user "
              + user
              + (entry ? " is an entry with" : " has no")
              + " item");
    }
  }

  private List<FieldVector> batches(String name) {
    List<FieldVector> vectors = columns.get(name);
    if (vectors == null) {
      throw corrupt(file, "no column " + name, null);
    }
    return vectors;
  }

  private void require(boolean holds, String otherwise) {
    if (!holds) {
      throw new GenRecException(
          "CorruptDataset",
          file + ": " + otherwise + "; the file does not fit its dataset.json: ingest again");
    }
  }

  private static GenRecException corrupt(Path file, String what, @Nullable Throwable cause) {
    return new GenRecException(
        "CorruptDataset",
        file + ": " + what + "; expected an Arrow file as ingestion writes it: ingest again",
        cause);
  }
}
