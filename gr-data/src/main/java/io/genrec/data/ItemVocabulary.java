package io.genrec.data;

import io.genrec.api.GenRecException;
import it.unimi.dsi.fastutil.longs.LongArrayList;
import it.unimi.dsi.fastutil.objects.Object2IntOpenHashMap;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * Raw ids and their rows: rows 1..size; row 0 is padding and every unknown id. With counts (events
 * of the whole data set; popularity on training events comes from {@link DatasetSplit}) and
 * metadata such as titles. Immutable, on the Java heap.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public final class ItemVocabulary implements io.genrec.api.sequence.Vocabulary {
  /** The row of padding and of unknown ids. */
  public static final int UNKNOWN = 0;

  private final String[] ids;
  private final long[] counts;
  private final Map<String, @Nullable String[]> metadata;
  private final Object2IntOpenHashMap<String> rows;

  private ItemVocabulary(String[] ids, long[] counts, Map<String, @Nullable String[]> metadata) {
    this.ids = ids;
    this.counts = counts;
    this.metadata = metadata;
    this.rows = new Object2IntOpenHashMap<>(ids.length);
    for (int i = 0; i < ids.length; i++) {
      rows.put(ids[i], i + 1);
    }
  }

  /**
   * Reads the vocabulary of a field.
   *
   * @param folder a data set's folder
   * @param field {@code item} or the name of a categorical field
   * @param allocator for the time of reading
   * @throws GenRecException {@code MissingFile}, {@code CorruptDataset}
   */
  public static ItemVocabulary read(Path folder, String field, BufferAllocator allocator) {
    Path file = folder.resolve(DatasetFiles.vocabulary(field));
    List<String> ids = new ArrayList<>();
    LongArrayList counts = new LongArrayList();
    Map<String, List<@Nullable String>> columns = new LinkedHashMap<>();
    try {
      ArrowBlocks.read(file, allocator, batch -> append(batch, ids, counts, columns));
    } catch (NoSuchFileException e) {
      throw new GenRecException(
          "MissingFile", "no vocabulary of \"" + field + "\" in " + folder, e);
    }
    Map<String, @Nullable String[]> metadata = new LinkedHashMap<>();
    columns.forEach((name, values) -> metadata.put(name, values.toArray(new String[0])));
    ItemVocabulary vocabulary =
        new ItemVocabulary(ids.toArray(new String[0]), counts.toLongArray(), metadata);
    boolean sameLength = metadata.values().stream().allMatch(values -> values.length == ids.size());
    if (counts.size() != ids.size() || !sameLength || vocabulary.rows.size() != ids.size()) {
      throw ArrowBlocks.corrupt(file, "columns of different lengths, or an id twice", null);
    }
    return vocabulary;
  }

  private static void append(
      VectorSchemaRoot batch,
      List<String> ids,
      LongArrayList counts,
      Map<String, List<@Nullable String>> columns) {
    for (FieldVector vector : batch.getFieldVectors()) {
      for (int i = 0; i < batch.getRowCount(); i++) {
        if (vector instanceof BigIntVector numbers && vector.getName().equals("count")) {
          counts.add(numbers.get(i));
        } else if (vector instanceof VarCharVector texts) {
          String text = texts.isNull(i) ? null : new String(texts.get(i), StandardCharsets.UTF_8);
          if (!vector.getName().equals("id")) {
            columns.computeIfAbsent(vector.getName(), name -> new ArrayList<>()).add(text);
          } else if (text != null) {
            ids.add(text);
          }
        }
      }
    }
  }

  /** The number of ids; the last row. Tables for this vocabulary have one row more. */
  public int size() {
    return ids.length;
  }

  /** The row of a raw id, {@link #UNKNOWN} if it has none. */
  public int row(String id) {
    return rows.getInt(id);
  }

  /**
   * The raw id of a row.
   *
   * @param row from 1 to size
   * @throws IndexOutOfBoundsException for any other row
   */
  public String id(int row) {
    return ids[row - 1];
  }

  /**
   * How many events of the whole data set carry a row.
   *
   * @param row from 1 to size
   */
  public long count(int row) {
    return counts[row - 1];
  }

  /**
   * The title of a row, if the data set has titles and this item has one.
   *
   * @param row from 1 to size
   */
  public Optional<String> title(int row) {
    return metadata.containsKey("title") ? metadata("title", row) : Optional.empty();
  }

  /** The names of the metadata columns, such as {@code title}. */
  public List<String> metadata() {
    return List.copyOf(metadata.keySet());
  }

  /**
   * A metadata value of a row.
   *
   * @param column one of {@link #metadata()}
   * @param row from 1 to size
   * @throws GenRecException {@code UnknownField}
   */
  public Optional<String> metadata(String column, int row) {
    @Nullable String[] values = metadata.get(column);
    if (values == null) {
      throw new GenRecException(
          "UnknownField",
          "no metadata column \""
              + column
              + "\"; "
              + GenRecException.knownNames(column, metadata.keySet()));
    }
    return Optional.ofNullable(values[row - 1]);
  }
}
