package io.genrec.cli;

import io.genrec.data.ingest.Ingest;
import io.genrec.data.ingest.Presets;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * MovieLens latest-small, which comes with the application; its licence stands in the archive. A
 * copy lies in a temporary folder until this is closed.
 */
final class ShippedData implements AutoCloseable {
  /** The preset that needs no files. */
  static final String PRESET = "ml-latest-small";

  private static final String ARCHIVE = PRESET + ".zip";

  private final Path folder;

  ShippedData() throws IOException {
    folder = Files.createTempDirectory("genrec-data");
    try (InputStream in = ShippedData.class.getResourceAsStream(ARCHIVE)) {
      if (in == null) {
        throw new IllegalStateException("the application lacks " + ARCHIVE);
      }
      Files.copy(in, folder.resolve(ARCHIVE));
    }
  }

  Ingest ingest() {
    return Presets.of(PRESET, folder.resolve(ARCHIVE));
  }

  @Override
  public void close() throws IOException {
    Files.deleteIfExists(folder.resolve(ARCHIVE));
    Files.deleteIfExists(folder);
  }
}
