package io.genrec.data;

import io.genrec.api.GenRecException;
import io.genrec.api.sequence.History;
import io.genrec.api.storage.Checksum;
import io.genrec.api.storage.VocabularyFile;
import it.unimi.dsi.fastutil.objects.Object2IntOpenHashMap;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.util.AutoCloseables;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.Float4Vector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.VarCharVector;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * The interaction histories of a data set, off-heap: users are numbered from 0, a user's events
 * from 0 (the oldest) on, by time and, within equal times, by the data set's tie rule.
 *
 * <p>The getters read Arrow buffers without allocating and may be called from many threads. The
 * memory belongs to the given allocator until {@link #close()}; reading after that is refused or
 * undefined.
 *
 * <pre>{@code
 * try (SequenceDataset data = SequenceDataset.open(folder, allocator, true)) {
 *   int last = data.item(user, data.length(user) - 1);
 * }
 * }</pre>
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public final class SequenceDataset implements AutoCloseable {
  private static final int SHIFT = Integer.numberOfTrailingZeros(DatasetFiles.USERS_PER_BATCH);
  private static final int MASK = DatasetFiles.USERS_PER_BATCH - 1;

  private final Path folder;
  private final DatasetInfo info;
  private final String contentHash;
  private final Map<String, ListBuffers> lists;
  private final Map<String, FieldVector[]> plain;
  private final List<AutoCloseable> owned;
  private final ListBuffers items;
  private final ListBuffers times;
  private final @Nullable ListBuffers moments;
  private final List<ListBuffers> series;
  private @Nullable Object2IntOpenHashMap<String> userRows;

  SequenceDataset(
      Path folder,
      DatasetInfo info,
      String contentHash,
      Map<String, ListBuffers> lists,
      Map<String, FieldVector[]> plain,
      List<AutoCloseable> owned) {
    this.folder = folder;
    this.info = info;
    this.contentHash = contentHash;
    this.lists = lists;
    this.plain = plain;
    this.owned = owned;
    this.items = column("item");
    this.times = column("time");
    this.moments = lists.get(DatasetInfo.MOMENT);
    this.series = info.series().stream().map(field -> column(field.name())).toList();
  }

  /**
   * Opens a data set.
   *
   * @param folder the folder that ingestion wrote
   * @param allocator counts the memory, about the size of {@code sequences.arrow}: it is the file
   *     itself, read in place, so that a data set may be larger than memory
   * @param verify whether to compare the content hash, which reads every file once more
   * @throws GenRecException {@code MissingFile} if the folder is no data set, {@code
   *     CorruptDataset}, {@code UnknownFormatVersion}
   */
  public static SequenceDataset open(Path folder, BufferAllocator allocator, boolean verify) {
    DatasetInfo info = DatasetInfo.read(folder);
    if (verify) {
      String hash = DatasetFiles.contentHash(folder);
      if (!hash.equals(info.contentHash())) {
        throw new GenRecException(
            "CorruptDataset",
            "the files of "
                + folder
                + " have the content hash "
                + hash
                + "; expected "
                + info.contentHash()
                + ": a file was changed or cut; ingest again");
      }
    }
    return SequenceReader.read(folder, info, allocator);
  }

  /** What the data set says about itself. */
  public DatasetInfo info() {
    return info;
  }

  /** The hash of the content; differs for {@link #shuffleTies}. */
  public String contentHash() {
    return contentHash;
  }

  /** The number of users. */
  public int users() {
    return info.counts().users();
  }

  /** The number of items; item rows are 1..items. */
  public int items() {
    return info.counts().items();
  }

  /** The number of events of all users. */
  public long events() {
    return info.counts().events();
  }

  /** The number of a user's events. */
  public int length(int user) {
    return items.length(user);
  }

  /** Whether an event is an entry of a slower-changing series: it has no item, and is no target. */
  public boolean isEntry(int user, int event) {
    return isEntry(series, user, event);
  }

  /** Whether any of the columns of series has a value at an event. */
  static boolean isEntry(List<ListBuffers> series, int user, int event) {
    for (ListBuffers values : series) {
      if (values.getInt(user, event) != 0) {
        return true;
      }
    }
    return false;
  }

  /**
   * The vocabulary row, from 1, of an event's item; 0 for one that has too few events for one, and
   * for an entry of a series.
   */
  public int item(int user, int event) {
    return items.getInt(user, event);
  }

  /** An event's time in epoch seconds (or as the raw data counts seconds). */
  public long time(int user, int event) {
    return times.getLong(user, event);
  }

  /**
   * The moment of an event: equal for events that the raw data's full resolution cannot part.
   * Without such a column each event has its own.
   */
  public int moment(int user, int event) {
    return moments == null ? event : moments.getInt(user, event);
  }

  /** A whole number of an event: a vocabulary row, or actions. */
  int whole(String field, int user, int event) {
    return column(field).getInt(user, event);
  }

  /** Copies item rows, 4 bytes each; see {@link IntColumn#copy}. */
  public void copyItems(int user, int begin, int end, ArrowBuf target, long targetByte) {
    items.copy(user, begin, end, target, targetByte);
  }

  /** Copies times, 8 bytes each; see {@link IntColumn#copy}. */
  public void copyTimes(int user, int begin, int end, ArrowBuf target, long targetByte) {
    times.copy(user, begin, end, target, targetByte);
  }

  /**
   * A categorical field of every event.
   *
   * @param field {@code item} or an extra feature
   * @throws GenRecException {@code UnknownField}
   */
  public IntColumn categorical(String field) {
    require(field, DatasetInfo.Scope.EVENT, DatasetInfo.Kind.CATEGORICAL);
    return new IntColumn(column(field));
  }

  /**
   * A numeric field of every event, such as {@code rating}.
   *
   * @throws GenRecException {@code UnknownField}
   */
  public FloatColumn numeric(String field) {
    require(field, DatasetInfo.Scope.EVENT, DatasetInfo.Kind.NUMERIC);
    return new FloatColumn(column(field));
  }

  /**
   * A categorical field of a user: the vocabulary row, 0 for none.
   *
   * @throws GenRecException {@code UnknownField}
   */
  public int userCategorical(String field, int user) {
    require(field, DatasetInfo.Scope.USER, DatasetInfo.Kind.CATEGORICAL);
    return ((IntVector) plain(field)[batch(user)]).get(user & MASK);
  }

  /**
   * A numeric field of a user, NaN if the raw data has none.
   *
   * @throws GenRecException {@code UnknownField}
   */
  public float userNumeric(String field, int user) {
    require(field, DatasetInfo.Scope.USER, DatasetInfo.Kind.NUMERIC);
    Float4Vector vector = (Float4Vector) plain(field)[batch(user)];
    return vector.isNull(user & MASK) ? Float.NaN : vector.get(user & MASK);
  }

  /** A user's raw id. */
  public String user(int user) {
    VarCharVector ids = (VarCharVector) plain("user")[batch(user)];
    return new String(ids.get(user & MASK), StandardCharsets.UTF_8);
  }

  /** All events of a user, read in place; valid until the data set is closed. */
  public History history(int user) {
    return new DatasetHistory(this, user, 0, length(user));
  }

  /** The number of the user with a raw id. The first call builds an index on the Java heap. */
  public synchronized OptionalInt find(String rawId) {
    Object2IntOpenHashMap<String> rows = userRows;
    if (rows == null) {
      rows = new Object2IntOpenHashMap<>(users());
      rows.defaultReturnValue(-1);
      for (int user = 0; user < users(); user++) {
        rows.put(user(user), user);
      }
      userRows = rows;
    }
    int row = rows.getInt(rawId);
    return row < 0 ? OptionalInt.empty() : OptionalInt.of(row);
  }

  /**
   * The vocabulary of the items.
   *
   * @param allocator for the time of reading
   */
  public VocabularyFile itemVocabulary(BufferAllocator allocator) {
    return vocabulary(folder, "item", allocator);
  }

  /**
   * The vocabulary of a categorical field of this data set.
   *
   * @throws GenRecException {@code MissingFile}, {@code CorruptVocabulary}
   */
  public VocabularyFile vocabulary(String field, BufferAllocator allocator) {
    return vocabulary(folder, field, allocator);
  }

  /**
   * The vocabulary of a field, without opening the data set.
   *
   * @param folder a data set's folder
   * @param field {@code item} or the name of a categorical field
   * @param allocator for the time of reading
   * @throws GenRecException {@code MissingFile}, {@code CorruptVocabulary}
   */
  public static VocabularyFile vocabulary(Path folder, String field, BufferAllocator allocator) {
    return VocabularyFile.read(folder.resolve(DatasetFiles.vocabulary(field)), allocator);
  }

  /**
   * Whether the order of an event and the one before it is arbitrary: they have one moment or,
   * where the data has no moments, one second.
   */
  public boolean tied(int user, int event) {
    return event > 0 && instant(user, event) == instant(user, event - 1);
  }

  /** Equal for events of which nobody knows the order. */
  private long instant(int user, int event) {
    return moments == null ? time(user, event) : moments.getInt(user, event);
  }

  /**
   * The same data set with each user's events of equal time in a seeded random order, for a second
   * result that shows what the arbitrary order of ties is worth. Where the data has moments, events
   * of one second keep the order of theirs.
   *
   * @param seed a user's order depends on the seed and the user's row only
   * @param allocator owns the copy of the event columns; close it like the original, in any order
   */
  public SequenceDataset shuffleTies(long seed, BufferAllocator allocator) {
    Map<String, ListBuffers> shuffled = new HashMap<>();
    Map<String, FieldVector[]> shared = new HashMap<>();
    List<AutoCloseable> copies = new ArrayList<>();
    try {
      lists.forEach((name, list) -> shuffled.put(name, list.copy(allocator, copies)));
      plain.forEach((name, vectors) -> shared.put(name, share(vectors, allocator, copies)));
      for (int user = 0; user < users(); user++) {
        int userRow = user;
        int[] order =
            TieOrder.shuffled(instants(user), event -> isEntry(userRow, event), seed, user);
        for (Map.Entry<String, ListBuffers> entry : shuffled.entrySet()) {
          column(entry.getKey()).permute(user, order, entry.getValue());
        }
      }
    } catch (RuntimeException e) {
      SequenceReader.release(copies, e);
      throw e;
    }
    String hash = Checksum.sha256(contentHash + "|ties|" + seed);
    return new SequenceDataset(folder, info, hash, shuffled, shared, copies);
  }

  private long[] instants(int user) {
    return IntStream.range(0, length(user)).mapToLong(event -> instant(user, event)).toArray();
  }

  private static FieldVector[] share(
      FieldVector[] vectors, BufferAllocator allocator, List<AutoCloseable> owned) {
    FieldVector[] shared = new FieldVector[vectors.length];
    for (int b = 0; b < vectors.length; b++) {
      var pair = vectors[b].getTransferPair(allocator);
      pair.splitAndTransfer(0, vectors[b].getValueCount());
      shared[b] = (FieldVector) pair.getTo();
      owned.add(shared[b]);
    }
    return shared;
  }

  private int batch(int user) {
    if (user < 0 || user >= users()) {
      throw new IndexOutOfBoundsException("user " + user + " of " + users());
    }
    return user >>> SHIFT;
  }

  private void require(String field, DatasetInfo.Scope scope, DatasetInfo.Kind kind) {
    DatasetInfo.Field known = info.field(field);
    if (known.scope() != scope || known.kind() != kind) {
      throw new GenRecException(
          "UnknownField",
          "field \""
              + field
              + "\" of data set "
              + info.name()
              + " is "
              + known.kind()
              + " per "
              + known.scope()
              + "; asked for "
              + kind
              + " per "
              + scope);
    }
  }

  private ListBuffers column(String field) {
    ListBuffers column = lists.get(field);
    if (column == null) {
      info.field(field);
      throw new IllegalStateException("data set without column " + field);
    }
    return column;
  }

  private FieldVector[] plain(String field) {
    FieldVector[] vectors = plain.get(field);
    if (vectors == null) {
      throw new IllegalStateException("data set without column " + field);
    }
    return vectors;
  }

  /** Gives the memory back. */
  @Override
  public void close() {
    AutoCloseables.closeNoChecked(() -> AutoCloseables.close(owned));
    owned.clear();
  }
}
