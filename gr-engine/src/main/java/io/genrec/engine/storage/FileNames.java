package io.genrec.engine.storage;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.regex.Pattern;

/** The names that files of a checksummed directory may have: the same on every platform. */
final class FileNames {
  private static final Pattern PART = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.+-]{0,199}");

  private FileNames() {}

  /** Refuses a name that is absolute, leads out of its directory or means nothing elsewhere. */
  static String check(String name) {
    if (!Arrays.stream(name.split("/", -1)).allMatch(part -> PART.matcher(part).matches())) {
      throw new IllegalArgumentException(
          "name \""
              + name
              + "\" is not a file's path below its directory: expected letters, digits and _ . + -"
              + " between slashes");
    }
    return name;
  }

  /** A path below a directory as a name. */
  static String of(Path directory, Path file) {
    StringBuilder name = new StringBuilder();
    for (Path part : directory.relativize(file)) {
      name.append(name.isEmpty() ? "" : "/").append(part);
    }
    return check(name.toString());
  }
}
