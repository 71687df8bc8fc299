package io.genrec.data;

import io.genrec.api.GenRecException;
import io.genrec.api.config.Default;
import io.genrec.api.config.StrictConfig;
import io.genrec.api.sequence.Schema;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * What a data set says about itself: the content of {@code dataset.json}.
 *
 * @param formatVersion the version of the folder's layout, {@link #FORMAT_VERSION}
 * @param name the data set's name
 * @param fields what is known of each event and of each user
 * @param counts how much there is
 * @param tieRule how events of one user with equal times are ordered
 * @param vocabularyOrder how rows are given to raw ids
 * @param filters what each filter removed, in the order of application
 * @param mapping the mapping that ingestion used
 * @param sources the raw files
 * @param previous the content hash of the data set whose vocabularies were continued, or null
 * @param growth how the vocabulary of items grew; null where each item has a row
 * @param contentHash SHA-256 over the Arrow files: two runs on the same input give the same
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public record DatasetInfo(
    int formatVersion,
    String name,
    List<Field> fields,
    Counts counts,
    String tieRule,
    String vocabularyOrder,
    @Default("[]") List<Filter> filters,
    StrictConfig mapping,
    @Default("[]") List<SourceFile> sources,
    @Nullable String previous,
    @Nullable Growth growth,
    String contentHash) {

  /** The version that this code writes and reads. */
  public static final int FORMAT_VERSION = 1;

  /** The name of the field that says which events happened at one moment. */
  public static final String MOMENT = "moment";

  /** Whether a field belongs to each event or to the user. */
  public enum Scope {
    /** One value per event. */
    EVENT,
    /** One value per user. */
    USER
  }

  /** How a field's values are to be understood. */
  public enum Kind {
    /** Rows of a vocabulary as int32; 0 is "none". */
    CATEGORICAL,
    /** Numbers as float32. */
    NUMERIC,
    /** Epoch seconds as int64; the smallest number where there is none. */
    TIME,
    /** Actions as int32: bit i is the i-th of the field's names. */
    ACTIONS,
    /** The number of a moment within the user's history as int32, ascending. */
    MOMENT
  }

  /**
   * A field.
   *
   * @param name the column's name in {@code sequences.arrow}
   * @param scope of each event or of the user
   * @param kind how to understand its values
   * @param rows the size of its vocabulary without row 0; null if it has none
   * @param owner what a value belongs to, and so when it is known
   * @param names the actions in the order of their bits; empty for other kinds
   */
  public record Field(
      String name,
      Scope scope,
      Kind kind,
      @Nullable Integer rows,
      @Default("event") Schema.Owner owner,
      @Default("[]") List<String> names) {
    /** Copies the list. */
    public Field {
      names = List.copyOf(names);
    }

    /** A field without names of actions. */
    public Field(String name, Scope scope, Kind kind, @Nullable Integer rows, Schema.Owner owner) {
      this(name, scope, kind, rows, owner, List.of());
    }
  }

  /**
   * Sizes after all filters.
   *
   * @param users users
   * @param items rows of the item vocabulary
   * @param events events of all users, entries of slower-changing series among them
   * @param minLength events of the shortest history
   * @param meanLength events per user
   * @param maxLength events of the longest history
   */
  public record Counts(
      int users, int items, long events, int minLength, double meanLength, int maxLength) {}

  /**
   * How a vocabulary grew.
   *
   * @param kept items that kept the row of an earlier vocabulary
   * @param added items with a new row
   * @param reused how many of the new rows were another item's before
   * @param waiting items that have too few events for a row so far
   */
  public record Growth(int kept, int added, int reused, int waiting) {}

  /**
   * What a filter removed.
   *
   * @param filter the filter in words, for example {@code rating >= 4.0}
   * @param removedEvents events removed by it
   */
  public record Filter(String filter, long removedEvents) {}

  /**
   * A raw file.
   *
   * @param name as the mapping names it
   * @param bytes its size
   * @param sha256 its hash in hex
   */
  public record SourceFile(String name, long bytes, String sha256) {}

  /** Copies the lists. */
  public DatasetInfo {
    fields = List.copyOf(fields);
    filters = List.copyOf(filters);
    sources = List.copyOf(sources);
  }

  /**
   * Reads {@code dataset.json} of a folder.
   *
   * @param folder a data set's folder
   * @throws GenRecException {@code MissingFile} if the folder holds no data set, {@code
   *     UnknownFormatVersion}, {@code CorruptDataset}
   */
  public static DatasetInfo read(Path folder) {
    Path file = folder.resolve(DatasetFiles.INFO);
    if (!Files.isRegularFile(file)) {
      throw new GenRecException(
          "MissingFile", folder + " is no data set: it has no " + DatasetFiles.INFO);
    }
    try {
      StrictConfig json = StrictConfig.read(file);
      int version = json.at("/formatVersion").as(Integer.class);
      if (version != FORMAT_VERSION) {
        throw new GenRecException(
            "UnknownFormatVersion",
            file
                + " has format version "
                + version
                + "; this version reads "
                + FORMAT_VERSION
                + ": ingest the raw data again");
      }
      return json.as(DatasetInfo.class);
    } catch (GenRecException e) {
      if (e.id().equals("UnknownFormatVersion")) {
        throw e;
      }
      throw new GenRecException("CorruptDataset", e.getMessage() + "; ingest the data again", e);
    }
  }

  /** The slower-changing series: fields whose values are events of their own. */
  public List<Field> series() {
    return fields.stream().filter(field -> field.owner() == Schema.Owner.SERIES).toList();
  }

  /**
   * The field of a name.
   *
   * @throws GenRecException {@code UnknownField}
   */
  public Field field(String field) {
    return fields.stream()
        .filter(candidate -> candidate.name().equals(field))
        .findFirst()
        .orElseThrow(
            () ->
                new GenRecException(
                    "UnknownField",
                    "data set "
                        + name
                        + " has no field \""
                        + field
                        + "\"; "
                        + GenRecException.knownNames(
                            field, fields.stream().map(Field::name).toList())));
  }
}
