package io.genrec.data.ingest;

import io.genrec.api.GenRecException;
import io.genrec.api.sequence.History;
import io.genrec.data.DatasetFiles;
import io.genrec.data.DatasetInfo;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.Float4Vector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.complex.ListVector;
import org.apache.arrow.vector.types.FloatingPointPrecision;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;

/** Writes {@code sequences.arrow} from users and events that come in the same order of users. */
final class SequenceWriter {
  private static final long MICROS = 1_000_000;

  /** Keeps an event column of one batch below 2 GiB. */
  private static final int MAX_EVENTS_PER_BATCH = 1 << 27;

  private final List<DatasetInfo.Field> userFields;
  private final List<DatasetInfo.Field> eventFields;
  private final VarCharVector ids;
  private final List<FieldVector> plain = new ArrayList<>();
  private final List<ListVector> lists = new ArrayList<>();

  private int users;
  private long events;
  private int minLength = Integer.MAX_VALUE;
  private int maxLength;

  /**
   * @param fields in the order of the columns of the results
   */
  SequenceWriter(List<DatasetInfo.Field> fields, BufferAllocator allocator) {
    userFields = fields.stream().filter(f -> f.scope() == DatasetInfo.Scope.USER).toList();
    eventFields = fields.stream().filter(f -> f.scope() == DatasetInfo.Scope.EVENT).toList();
    ids = new VarCharVector("user", FieldType.notNullable(new ArrowType.Utf8()), allocator);
    for (DatasetInfo.Field field : userFields) {
      Field arrow = new Field(field.name(), FieldType.nullable(type(field.kind())), null);
      plain.add(arrow.createVector(allocator));
    }
    for (DatasetInfo.Field field : eventFields) {
      Field element = new Field("element", FieldType.notNullable(type(field.kind())), null);
      FieldType list = FieldType.notNullable(new ArrowType.List());
      lists.add(
          (ListVector) new Field(field.name(), list, List.of(element)).createVector(allocator));
    }
  }

  private static ArrowType type(DatasetInfo.Kind kind) {
    return switch (kind) {
      case CATEGORICAL, ACTIONS, MOMENT -> new ArrowType.Int(32, true);
      case NUMERIC -> new ArrowType.FloatingPoint(FloatingPointPrecision.SINGLE);
      case TIME -> new ArrowType.Int(64, true);
    };
  }

  /**
   * @param userRows raw id, then the user fields
   * @param eventRows the user's number from 0, then the event fields; times in microseconds
   */
  void write(ResultSet userRows, ResultSet eventRows, Path file) throws SQLException, IOException {
    List<FieldVector> vectors = new ArrayList<>();
    vectors.add(ids);
    vectors.addAll(lists);
    vectors.addAll(plain);
    try (ArrowFile arrow = new ArrowFile(file, vectors)) {
      boolean more = eventRows.next();
      int slot = 0;
      while (userRows.next()) {
        ids.setSafe(slot, userRows.getString(1).getBytes(StandardCharsets.UTF_8));
        for (int f = 0; f < plain.size(); f++) {
          set(plain.get(f), userFields.get(f).kind(), slot, userRows, f + 2);
        }
        more = history(eventRows, more, slot);
        users++;
        if (++slot == DatasetFiles.USERS_PER_BATCH) {
          arrow.batch(slot);
          slot = 0;
        }
      }
      if (slot > 0) {
        arrow.batch(slot);
      }
      arrow.end();
    }
  }

  /** One user's events; returns whether another user's event follows. */
  private boolean history(ResultSet rows, boolean first, int slot) throws SQLException {
    int[] begin = new int[lists.size()];
    for (int f = 0; f < begin.length; f++) {
      begin[f] = lists.get(f).startNewValue(slot);
    }
    boolean more = first;
    int length = 0;
    while (more && rows.getInt(1) == users) {
      for (int f = 0; f < begin.length; f++) {
        FieldVector values = lists.get(f).getDataVector();
        set(values, eventFields.get(f).kind(), begin[f] + length, rows, f + 2);
      }
      length++;
      more = rows.next();
      if (begin[0] + length > MAX_EVENTS_PER_BATCH) {
        throw new GenRecException(
            "HistoryTooLong",
            "more than "
                + MAX_EVENTS_PER_BATCH
                + " events of "
                + DatasetFiles.USERS_PER_BATCH
                + " users; shorten the histories");
      }
    }
    for (ListVector list : lists) {
      list.endValue(slot, length);
    }
    events += length;
    minLength = Math.min(minLength, length);
    maxLength = Math.max(maxLength, length);
    return more;
  }

  private static void set(
      FieldVector vector, DatasetInfo.Kind kind, int at, ResultSet rows, int column)
      throws SQLException {
    switch (kind) {
      case CATEGORICAL, ACTIONS, MOMENT -> ((IntVector) vector).setSafe(at, rows.getInt(column));
      case TIME -> {
        long micros = rows.getLong(column);
        long seconds = rows.wasNull() ? History.NO_TIME : Math.floorDiv(micros, MICROS);
        ((BigIntVector) vector).setSafe(at, seconds);
      }
      case NUMERIC -> {
        float value = rows.getFloat(column);
        if (rows.wasNull()) {
          ((Float4Vector) vector).setNull(at);
        } else {
          ((Float4Vector) vector).setSafe(at, value);
        }
      }
    }
  }

  /** What was written. */
  DatasetInfo.Counts counts(int items) {
    return new DatasetInfo.Counts(
        users, items, events, minLength, (double) events / users, maxLength);
  }
}
