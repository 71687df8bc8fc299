package io.genrec.engine.bundle;

import io.genrec.api.GenRecException;
import io.genrec.api.sequence.History;
import io.genrec.api.sequence.Vocabulary;
import io.genrec.api.storage.AtomicFile;
import io.genrec.api.storage.IfExists;
import io.genrec.api.storage.VocabularyFile;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
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
  private final Map<String, Integer> rows = new HashMap<>();
  private final List<String> ids = new ArrayList<>();
  private final List<Seen> seen = new ArrayList<>();
  private final LinkedHashMap<String, Seen> waiting = new LinkedHashMap<>();
  private long refused;

  /**
   * What is remembered of an item.
   *
   * @param events how many
   * @param last the newest one's time in seconds; {@link VocabularyFile#ABSENT} if none has any
   */
  private record Seen(long events, long last) {
    static final Seen NEVER = new Seen(0, VocabularyFile.ABSENT);

    Seen again(long time) {
      return new Seen(events + 1, time == History.NO_TIME ? last : Math.max(last, time));
    }
  }

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
   * @param time the event's, in seconds or {@link History#NO_TIME}
   * @return the item's row from now on; 0 if it has none (yet)
   */
  public synchronized int see(String id, long time) {
    int there = known.row(id);
    if (there != VocabularyFile.UNKNOWN) {
      return there;
    }
    Integer given = rows.get(id);
    if (given != null) {
      int place = given - known.size() - 1;
      seen.set(place, seen.get(place).again(time));
      return given;
    }
    if (ids.size() == spare) {
      refused++;
      return VocabularyFile.UNKNOWN;
    }
    Seen before = waiting.remove(id);
    Seen now = (before == null ? Seen.NEVER : before).again(time);
    if (now.events() < admit) {
      remember(id, now);
      return VocabularyFile.UNKNOWN;
    }
    ids.add(id);
    seen.add(now);
    int row = known.size() + ids.size();
    rows.put(id, row);
    if (ids.size() == spare) {
      waiting.clear();
    }
    return row;
  }

  private void remember(String id, Seen now) {
    waiting.put(id, now);
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
   * <p>Items that the model was trained with keep the numbers that evictions are decided by, {@link
   * VocabularyFile#TOTAL} and {@link VocabularyFile#LAST}. A new item's count is that of its events
   * here and its last that of the newest; its total is 0, since no log has its events yet: they
   * come with the next one, as those of all other items do.
   *
   * @param memory for the time of writing
   * @throws io.genrec.api.GenRecException {@code [GR/WriteFailed]}
   */
  public synchronized void write(Path file, BufferAllocator memory) {
    FieldType text = FieldType.notNullable(new ArrowType.Utf8());
    ArrowType whole = new ArrowType.Int(64, true);
    try (VarCharVector names = new VarCharVector("id", text, memory);
        BigIntVector counts = new BigIntVector("count", FieldType.notNullable(whole), memory);
        BigIntVector totals = new BigIntVector(VocabularyFile.TOTAL, memory);
        BigIntVector lasts = new BigIntVector(VocabularyFile.LAST, memory);
        VectorSchemaRoot root = new VectorSchemaRoot(List.of(names, counts, totals, lasts))) {
      for (int row = 1; row <= size(); row++) {
        boolean trained = row <= known.size();
        Seen own = trained ? Seen.NEVER : seen.get(row - known.size() - 1);
        names.setSafe(row - 1, id(row).getBytes(StandardCharsets.UTF_8));
        counts.setSafe(row - 1, trained ? known.count(row) : own.events());
        set(totals, row, trained ? known.number(VocabularyFile.TOTAL, row) : 0);
        set(lasts, row, trained ? known.number(VocabularyFile.LAST, row) : own.last());
      }
      root.setRowCount(size());
      AtomicFile.write(
          file,
          IfExists.REPLACE,
          out -> {
            try (ArrowFileWriter writer =
                new ArrowFileWriter(root, null, Channels.newChannel(out))) {
              writer.start();
              writer.writeBatch();
              writer.end();
            }
          });
    }
  }

  /**
   * Takes the new items over that a vocabulary like this one had, with their rows and counts; for
   * one that has none yet.
   *
   * @param written what {@link #write} wrote
   * @param memory for the time of reading
   * @throws GenRecException {@code [GR/ForeignVocabulary]} if the file does not begin with the
   *     items that the model was trained with; {@code [GR/VocabularyLimit]} if it has more new ones
   *     than there are spare rows; {@code [GR/MissingFile]}, {@code [GR/CorruptVocabulary]}
   * @throws IllegalStateException if there are new items already
   */
  public synchronized void restore(Path written, BufferAllocator memory) {
    if (!ids.isEmpty()) {
      throw new IllegalStateException("new items are restored before any is seen");
    }
    VocabularyFile before = VocabularyFile.read(written, memory);
    for (int row = 1; row <= known.size(); row++) {
      if (row > before.size() || !before.id(row).equals(known.id(row))) {
        throw new GenRecException(
            "ForeignVocabulary",
            written
                + " does not have the model's items in their rows: row "
                + row
                + " is "
                + (row > before.size() ? "missing" : "\"" + before.id(row) + "\"")
                + ", expected \""
                + known.id(row)
                + "\"; give the vocabulary that was written in service for this bundle");
      }
    }
    int added = before.size() - known.size();
    if (added > spare) {
      throw new GenRecException(
          "VocabularyLimit",
          written
              + " has "
              + added
              + " new items, but there are "
              + spare
              + " spare rows; set newItems to at least "
              + added);
    }
    for (int row = known.size() + 1; row <= before.size(); row++) {
      ids.add(before.id(row));
      seen.add(new Seen(before.count(row), before.number(VocabularyFile.LAST, row)));
      rows.put(before.id(row), row);
    }
  }

  private static void set(BigIntVector column, int row, long value) {
    if (value == VocabularyFile.ABSENT) {
      column.setNull(row - 1);
    } else {
      column.setSafe(row - 1, value);
    }
  }
}
