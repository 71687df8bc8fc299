package io.genrec.api.storage;

import io.genrec.api.GenRecException;
import io.genrec.api.sequence.Vocabulary;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
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
 * A vocabulary as it is stored in data sets and bundles: an Arrow file with the columns {@code id}
 * (text), {@code count} (whole) and any number of further texts, such as {@code title}, and whole
 * numbers, such as {@link #LAST}. The n-th row of the file, from 1, is row n of the vocabulary; row
 * 0 is padding and every unknown id.
 *
 * <p>Counts are events of the whole data set; popularity on training events comes from a split.
 * Immutable and thread-safe, on the Java heap.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public final class VocabularyFile implements Vocabulary {
  /** A number that is not known. */
  public static final long ABSENT = Long.MIN_VALUE;

  /** The row of padding and of unknown ids. */
  public static final int UNKNOWN = 0;

  /** The column of a growing vocabulary with an id's events in this and all earlier logs. */
  public static final String TOTAL = "total";

  /** The column of a growing vocabulary with the time of an id's newest event, in seconds. */
  public static final String LAST = "last";

  private static final String COUNT = "count";

  private final String[] ids;
  private final long[] counts;
  private final Map<String, long[]> numbers;
  private final Map<String, @Nullable String[]> metadata;
  private final IdIndex index;

  private VocabularyFile(
      String[] ids,
      long[] counts,
      Map<String, long[]> numbers,
      Map<String, @Nullable String[]> metadata) {
    this.ids = ids;
    this.counts = counts;
    this.numbers = numbers;
    this.metadata = metadata;
    this.index = new IdIndex(ids);
  }

  /**
   * Reads a vocabulary.
   *
   * @param allocator for the time of reading
   * @throws GenRecException {@code MissingFile}, {@code CorruptVocabulary}
   */
  public static VocabularyFile read(Path file, BufferAllocator allocator) {
    Columns columns = new Columns();
    try {
      ArrowBlocks.read(file, allocator, columns::append);
    } catch (NoSuchFileException e) {
      throw new GenRecException("MissingFile", "there is no vocabulary " + file, e);
    } catch (IOException e) {
      throw corrupt(file, String.valueOf(e.getMessage()), e);
    }
    return columns.vocabulary(file);
  }

  /** What was read so far. */
  private static final class Columns {
    private final List<String> ids = new ArrayList<>();
    private final Map<String, Numbers> numbers = new LinkedHashMap<>();
    private final Map<String, List<@Nullable String>> texts = new LinkedHashMap<>();

    void append(VectorSchemaRoot batch) {
      for (FieldVector vector : batch.getFieldVectors()) {
        for (int i = 0; i < batch.getRowCount(); i++) {
          if (vector instanceof BigIntVector whole) {
            numbers
                .computeIfAbsent(vector.getName(), name -> new Numbers())
                .add(whole.isNull(i) ? ABSENT : whole.get(i));
          } else if (vector instanceof VarCharVector strings) {
            boolean absent = strings.isNull(i);
            text(
                vector.getName(),
                absent ? null : new String(strings.get(i), StandardCharsets.UTF_8));
          }
        }
      }
    }

    private void text(String column, @Nullable String value) {
      if (!column.equals("id")) {
        texts.computeIfAbsent(column, name -> new ArrayList<>()).add(value);
      } else if (value != null) {
        ids.add(value);
      }
    }

    VocabularyFile vocabulary(Path file) {
      Map<String, @Nullable String[]> metadata = new LinkedHashMap<>();
      texts.forEach((name, values) -> metadata.put(name, values.toArray(new String[0])));
      Map<String, long[]> whole = new LinkedHashMap<>();
      numbers.forEach((name, values) -> whole.put(name, values.all()));
      long[] counts = whole.getOrDefault(COUNT, new long[0]);
      VocabularyFile vocabulary =
          new VocabularyFile(ids.toArray(new String[0]), counts, whole, metadata);
      boolean sameLength =
          counts.length == ids.size()
              && whole.values().stream().allMatch(values -> values.length == ids.size())
              && metadata.values().stream().allMatch(values -> values.length == ids.size());
      if (!sameLength || vocabulary.index.repeats()) {
        throw corrupt(file, "columns of different lengths, or an id twice", null);
      }
      return vocabulary;
    }
  }

  /** Whole numbers that grow in number. */
  private static final class Numbers {
    private long[] values = new long[16];
    private int size;

    void add(long value) {
      if (size == values.length) {
        values = Arrays.copyOf(values, 2 * size);
      }
      values[size++] = value;
    }

    long[] all() {
      return Arrays.copyOf(values, size);
    }
  }

  private static GenRecException corrupt(Path file, String what, @Nullable Throwable cause) {
    return new GenRecException(
        "CorruptVocabulary",
        file
            + ": "
            + what
            + "; expected an Arrow file with the columns id and count as GenRec writes it: copy or"
            + " make it again",
        cause);
  }

  /** The number of ids; the last row. Tables for this vocabulary have one row more. */
  @Override
  public int size() {
    return ids.length;
  }

  /** The row of a raw id, {@link #UNKNOWN} if it has none. */
  @Override
  public int row(String id) {
    return index.row(id);
  }

  /**
   * The raw id of a row.
   *
   * @param row from 1 to size
   * @throws IndexOutOfBoundsException for any other row
   */
  @Override
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
   * A further number of a row.
   *
   * @param column such as {@link #TOTAL}
   * @param row from 1 to size
   * @return {@link #ABSENT} if the file has no such column, or nothing there
   */
  public long number(String column, int row) {
    long[] values = numbers.get(column);
    return values == null ? ABSENT : values[row - 1];
  }

  /**
   * The title of a row, if there are titles and this item has one.
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
