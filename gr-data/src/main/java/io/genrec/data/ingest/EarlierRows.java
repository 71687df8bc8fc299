package io.genrec.data.ingest;

import io.genrec.api.GenRecException;
import io.genrec.api.storage.VocabularyFile;
import io.genrec.data.DatasetFiles;
import io.genrec.data.DatasetInfo;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.arrow.memory.BufferAllocator;
import org.jspecify.annotations.Nullable;

/**
 * The vocabularies whose rows are kept.
 *
 * @param folder a data set or a model's bundle
 * @param items the vocabulary of its items
 */
record EarlierRows(Path folder, Path items) {
  /** The vocabulary of a bundle's items; those of features have the names that they have here. */
  private static final String OF_BUNDLE = "vocabulary.arrow";

  /**
   * Looks for the vocabulary of the items.
   *
   * @throws GenRecException {@code MissingFile}
   */
  static EarlierRows of(Path folder) {
    for (String name : new String[] {DatasetFiles.vocabulary("item"), OF_BUNDLE}) {
      if (Files.isRegularFile(folder.resolve(name))) {
        return new EarlierRows(folder, folder.resolve(name));
      }
    }
    throw new GenRecException(
        "MissingFile",
        folder
            + " has no vocabulary to continue: expected the folder of a data set with "
            + DatasetFiles.vocabulary("item")
            + ", or a model's bundle with "
            + OF_BUNDLE);
  }

  /** The rows of a field; null if there are none. */
  @Nullable VocabularyFile vocabulary(String field, BufferAllocator allocator) {
    Path file = field.equals("item") ? items : folder.resolve(DatasetFiles.vocabulary(field));
    return Files.exists(file) ? VocabularyFile.read(file, allocator) : null;
  }

  /** Items that had too few events for a row; null if nobody counted. */
  @Nullable VocabularyFile waiting(BufferAllocator allocator) {
    Path file = folder.resolve(DatasetFiles.WAITING);
    return Files.exists(file) ? VocabularyFile.read(file, allocator) : null;
  }

  /** The content hash of the data set, or one over the bundle's vocabularies. */
  String hash() {
    return Files.exists(folder.resolve(DatasetFiles.INFO))
        ? DatasetInfo.read(folder).contentHash()
        : DatasetFiles.contentHash(folder);
  }
}
