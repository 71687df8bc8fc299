package io.genrec.engine.bundle;

import io.genrec.api.sequence.Vocabulary;
import io.genrec.api.storage.AtomicFile;
import io.genrec.api.storage.IfExists;
import io.genrec.api.storage.VocabularyFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowFileWriter;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apiguardian.api.API;

/**
 * The items of a model in service: those that it was trained with, and those that were first seen
 * since and have got one of its spare rows, in the order of their admission. Rows never change;
 * without a spare row an item stays unknown.
 *
 * <p>Thread-safe. Of items that wait for a row it remembers a bounded number, those seen last.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public final class GrowingVocabulary implements Vocabulary {
  /** How many items are remembered while they wait, for each spare row. */
  private static final int WAITING_PER_ROW = 8;

  private final VocabularyFile known;
  private final int spare;
  private final long admit;
  private final Map<String, Integer> rows = new LinkedHashMap<>();
  private final List<String> ids = new ArrayList<>();
  private final List<Long> counts = new ArrayList<>();
  private final LinkedHashMap<String, Long> waiting = new LinkedHashMap<>();
  private long refused;

  /**
   * A vocabulary without new items yet.
   *
   * @param spare how many new items may get a row
   * @param admit the events after which one gets it
   */
  GrowingVocabulary(VocabularyFile known, int spare, long admit) {
    if (spare < 0 || admit < 1) {
      throw new IllegalArgumentException(
          "spare rows must be at least 0 and admit at least 1, found " + spare + " and " + admit);
    }
    this.known = known;
    this.spare = spare;
    this.admit = admit;
  }

  /**
   * Takes note of an event with an item; to be called once for each event, not for each request
   * that repeats it.
   *
   * @return the item's row from now on; 0 if it has none (yet)
   */
  public synchronized int see(String id) {
    int there = known.row(id);
    if (there != VocabularyFile.UNKNOWN) {
      return there;
    }
    Integer given = rows.get(id);
    if (given != null) {
      int place = given - known.size() - 1;
      counts.set(place, counts.get(place) + 1);
      return given;
    }
    if (ids.size() == spare) {
      refused++;
      return VocabularyFile.UNKNOWN;
    }
    Long before = waiting.remove(id);
    long events = (before == null ? 0 : before) + 1;
    if (events < admit) {
      remember(id, events);
      return VocabularyFile.UNKNOWN;
    }
    ids.add(id);
    counts.add(events);
    int row = known.size() + ids.size();
    rows.put(id, row);
    if (ids.size() == spare) {
      waiting.clear();
    }
    return row;
  }

  private void remember(String id, long events) {
    waiting.put(id, events);
    if (waiting.size() > (long) WAITING_PER_ROW * spare) {
      Iterator<String> longestAgo = waiting.keySet().iterator();
      longestAgo.next();
      longestAgo.remove();
    }
  }

  /** The items that the model was trained with and those with a new row. */
  @Override
  public synchronized int size() {
    return known.size() + ids.size();
  }

  @Override
  public int row(String id) {
    int there = known.row(id);
    if (there != VocabularyFile.UNKNOWN || spare == 0) {
      return there;
    }
    synchronized (this) {
      return rows.getOrDefault(id, VocabularyFile.UNKNOWN);
    }
  }

  @Override
  public synchronized String id(int row) {
    return row > known.size() ? ids.get(row - known.size() - 1) : known.id(row);
  }

  /** How many items got a row since the model was opened. */
  public synchronized int added() {
    return ids.size();
  }

  /** How many items are remembered that have too few events for a row. */
  public synchronized int waiting() {
    return waiting.size();
  }

  /** How many events had an item that could get no row, as none was left. */
  public synchronized long refused() {
    return refused;
  }

  /**
   * Writes all items with their rows as a vocabulary file. Named {@code vocabulary-item.arrow} and
   * alone in a folder it is what {@code genrec prepare --vocabulary} takes, so that new items keep
   * their rows in the next run. Titles stay behind.
   *
   * @param memory for the time of writing
   * @throws io.genrec.api.GenRecException {@code [GR/WriteFailed]}
   */
  public synchronized void write(Path file, BufferAllocator memory) {
    FieldType text = FieldType.notNullable(new ArrowType.Utf8());
    FieldType whole = FieldType.notNullable(new ArrowType.Int(64, true));
    try (VarCharVector names = new VarCharVector("id", text, memory);
        BigIntVector numbers = new BigIntVector("count", whole, memory);
        VectorSchemaRoot root = new VectorSchemaRoot(List.of(names, numbers))) {
      for (int row = 1; row <= size(); row++) {
        boolean trained = row <= known.size();
        names.setSafe(row - 1, id(row).getBytes(StandardCharsets.UTF_8));
        numbers.setSafe(row - 1, trained ? known.count(row) : counts.get(row - known.size() - 1));
      }
      root.setRowCount(size());
      AtomicFile.write(
          file,
          IfExists.REPLACE,
          out -> {
            try (ArrowFileWriter writer =
                new ArrowFileWriter(root, null, java.nio.channels.Channels.newChannel(out))) {
              writer.start();
              writer.writeBatch();
              writer.end();
            }
          });
    }
  }
}
