package io.genrec.data.ingest;

import io.genrec.api.GenRecException;
import io.genrec.api.config.StrictConfig;
import io.genrec.data.DatasetFiles;
import io.genrec.data.DatasetInfo;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.function.Consumer;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * Makes a data set's folder from raw files.
 *
 * <pre>{@code
 * DatasetInfo info = Ingest.of(Path.of("shop.json")).memory(4096).run(Path.of("data/shop"));
 * }</pre>
 *
 * <p><b>Order and ties.</b> A user's events are ordered by time at the raw files' full resolution;
 * events of equal time by the mapping's {@code order} column, or else by their place in the files
 * (files in the mapping's order, rows from the top): a stable sort. Times are kept as whole
 * seconds.
 *
 * <p><b>Rows.</b> Users and vocabulary rows are ordered by raw id: as integers if all ids of the
 * field are integers without leading zeros, else by UTF-8 bytes. So they depend on the set of ids
 * alone. {@link #continuing} keeps the rows of an earlier data set.
 *
 * <p>Two runs on the same files give the same bytes. Nothing appears at the output's path until
 * everything is written.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public final class Ingest {
  static final String TIE_RULE =
      "by time at full resolution, then by the mapping's order column, else by file and row";

  private static final int DEFAULT_MEMORY_MIB = 2048;
  private static final int LEAST_MEMORY_MIB = 64;

  private final DataMapping mapping;
  private final Path folder;
  private int memoryMiB = DEFAULT_MEMORY_MIB;
  private int threads = Runtime.getRuntime().availableProcessors();
  private boolean overwrite;
  private @Nullable Path previous;
  private Consumer<Progress> progress = step -> {};

  private Ingest(DataMapping mapping, Path folder) {
    this.mapping = mapping;
    this.folder = folder;
  }

  /**
   * Ingestion by a mapping.
   *
   * @param mapping which files and columns
   * @param folder what the mapping's file names are relative to
   */
  public static Ingest of(DataMapping mapping, Path folder) {
    return new Ingest(mapping, folder);
  }

  /**
   * Ingestion by a mapping in a JSON file; its file names are relative to the file's folder.
   *
   * @throws GenRecException as {@link StrictConfig} throws them, {@code UnknownFormat}
   */
  public static Ingest of(Path mappingFile) {
    Path parent = mappingFile.toAbsolutePath().getParent();
    DataMapping mapping = StrictConfig.read(mappingFile).as(DataMapping.class);
    return new Ingest(mapping, parent == null ? mappingFile.toAbsolutePath() : parent);
  }

  /** The mapping. */
  public DataMapping mapping() {
    return mapping;
  }

  /**
   * How much memory DuckDB may use before it works on disk, beside the output; 2048 by default.
   *
   * @param mebibytes at least 64
   * @throws GenRecException {@code InvalidValue}
   */
  public Ingest memory(int mebibytes) {
    if (mebibytes < LEAST_MEMORY_MIB) {
      throw new GenRecException(
          "InvalidValue", "memory must be at least " + LEAST_MEMORY_MIB + " MiB, is " + mebibytes);
    }
    memoryMiB = mebibytes;
    return this;
  }

  /**
   * How many threads DuckDB may use; all processors by default. The result does not depend on it.
   *
   * @param count at least 1
   * @throws GenRecException {@code InvalidValue}
   */
  public Ingest threads(int count) {
    if (count < 1) {
      throw new GenRecException("InvalidValue", "threads must be at least 1, is " + count);
    }
    threads = count;
    return this;
  }

  /** Whether a data set at the output's path is replaced; anything else there never is. */
  public Ingest overwrite(boolean allowed) {
    overwrite = allowed;
    return this;
  }

  /** Is told of each step, on the calling thread. */
  public Ingest progress(Consumer<Progress> listener) {
    progress = listener;
    return this;
  }

  /**
   * Keeps every vocabulary row of an earlier data set or of a model's bundle; new ids get rows
   * after them. Ids that have no event any more stay, with count 0, unless the mapping says that
   * their rows may be reused.
   *
   * @param folder the earlier data set's folder, or a bundle
   */
  public Ingest continuing(Path folder) {
    previous = folder;
    return this;
  }

  /**
   * Runs.
   *
   * @param output the folder to make
   * @return what was made
   * @throws GenRecException {@code MissingFile}, {@code MissingColumn}, {@code UnparsableRow},
   *     {@code DuplicateKeys}, {@code EmptyDataset}, {@code OutputExists}, {@code OutOfMemory},
   *     {@code MissingLibrary}, {@code VocabularyLimit}, {@code WriteFailed}
   */
  public DatasetInfo run(Path output) {
    try (OutputFolder out = OutputFolder.create(output, overwrite);
        Duck duck = Duck.open(memoryMiB, threads, out.work())) {
      EarlierRows earlier = previous == null ? null : EarlierRows.of(previous);
      DatasetInfo info = new IngestRun(mapping, folder, earlier, duck, out, progress).run();
      Files.writeString(
          out.content().resolve(DatasetFiles.INFO),
          StrictConfig.toJson(info) + "\n",
          StandardCharsets.UTF_8);
      out.commit();
      return info;
    } catch (SQLException e) {
      throw Duck.failed(e);
    } catch (IOException e) {
      throw new GenRecException(
          "IngestFailed", "cannot read or write files while ingesting to " + output + ": " + e, e);
    }
  }
}
