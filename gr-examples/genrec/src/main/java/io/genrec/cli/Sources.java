package io.genrec.cli;

import io.genrec.api.GenRecException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What a command reads outlives what it writes. */
final class Sources {
  private Sources() {}

  /**
   * Refuses a folder to write in which the command would replace what it goes on from.
   *
   * @param source a folder that is read
   * @param out the folder that is written; it need not be there
   * @throws GenRecException {@code [GR/OutputIsSource]} if the one is the other or lies in it, by
   *     whatever names and links
   */
  static void requireKept(Path source, Path out) throws IOException {
    if (!Files.exists(out)) {
      return;
    }
    Path written = out.toRealPath();
    // Beside a link stands what belongs to a run, and behind it what is linked to.
    Path parent = source.toAbsolutePath().getParent();
    if (source.toRealPath().startsWith(written)
        || (parent != null && parent.toRealPath().startsWith(written))) {
      throw new GenRecException(
          "OutputIsSource",
          source
              + " is what this command goes on from, and would be replaced by what it writes into "
              + out
              + "; give another --out");
    }
  }
}
