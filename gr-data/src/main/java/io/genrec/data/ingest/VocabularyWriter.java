package io.genrec.data.ingest;

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
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.FieldType;

/** Writes a vocabulary: id, count, further numbers and texts; row i of the table is row i+1. */
final class VocabularyWriter {
  private static final int ROWS_PER_BATCH = 1 << 16;

  private VocabularyWriter() {}

  /**
   * @param rows id, count, then one whole number per further one and one text per metadata column,
   *     in the order of rows
   */
  static void write(
      ResultSet rows,
      List<String> numbers,
      List<String> metadata,
      Path file,
      BufferAllocator allocator)
      throws SQLException, IOException {
    FieldType text = FieldType.notNullable(new ArrowType.Utf8());
    VarCharVector ids = new VarCharVector("id", text, allocator);
    FieldType whole = FieldType.notNullable(new ArrowType.Int(64, true));
    List<BigIntVector> counts = new ArrayList<>();
    counts.add(new BigIntVector("count", whole, allocator));
    numbers.forEach(name -> counts.add(new BigIntVector(name, whole, allocator)));
    List<VarCharVector> texts =
        metadata.stream().map(name -> new VarCharVector(name, allocator)).toList();
    List<FieldVector> vectors = new ArrayList<>(List.of(ids));
    vectors.addAll(counts);
    vectors.addAll(texts);
    try (ArrowFile arrow = new ArrowFile(file, vectors)) {
      int row = 0;
      while (rows.next()) {
        ids.setSafe(row, rows.getString(1).getBytes(StandardCharsets.UTF_8));
        for (int c = 0; c < counts.size(); c++) {
          counts.get(c).setSafe(row, rows.getLong(2 + c));
        }
        for (int c = 0; c < texts.size(); c++) {
          String value = rows.getString(2 + counts.size() + c);
          if (value != null) {
            texts.get(c).setSafe(row, value.getBytes(StandardCharsets.UTF_8));
          }
        }
        if (++row == ROWS_PER_BATCH) {
          arrow.batch(row);
          row = 0;
        }
      }
      if (row > 0) {
        arrow.batch(row);
      }
      arrow.end();
    }
  }
}
