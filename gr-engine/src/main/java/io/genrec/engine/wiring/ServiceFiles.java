package io.genrec.engine.wiring;

import io.genrec.api.GenRecException;
import io.genrec.api.plugin.Plugin;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URL;
import java.net.URLConnection;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The files in which jars name their plug-ins' entry classes. */
final class ServiceFiles {
  private static final String NAME = "META-INF/services/" + Plugin.class.getName();

  private ServiceFiles() {}

  /** Refuses an entry class that two jars bring. */
  static void refuseDuplicates(ClassLoader loader) {
    Map<String, String> jarOfEntry = new LinkedHashMap<>();
    files(loader)
        .forEach(
            (jar, file) -> {
              for (String entry : entries(file)) {
                String other = jarOfEntry.putIfAbsent(entry, jar);
                if (other != null && !other.equals(jar)) {
                  throw new GenRecException(
                      "DuplicatePlugin",
                      "the plug-in "
                          + entry
                          + " comes twice: from "
                          + other
                          + " and from "
                          + jar
                          + "; take one of the jars away");
                }
              }
            });
  }

  /** The jars and folders that have such a file. */
  static String places(ClassLoader loader) {
    return String.join(", ", files(loader).keySet());
  }

  /** By jar or folder; a jar that a loader and its parent both list counts once. */
  private static Map<String, URL> files(ClassLoader loader) {
    try {
      Map<String, URL> files = new LinkedHashMap<>();
      for (URL url : Collections.list(loader.getResources(NAME))) {
        files.putIfAbsent(Origin.of(url, NAME), url);
      }
      return files;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot look for plug-ins", e);
    }
  }

  private static Collection<String> entries(URL file) {
    try {
      URLConnection connection = file.openConnection();
      connection.setUseCaches(false); // else the jar stays open for the life of the JVM
      try (InputStream in = connection.getInputStream()) {
        return lines(new String(in.readAllBytes(), StandardCharsets.UTF_8));
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file, e);
    }
  }

  private static List<String> lines(String text) {
    return text.lines()
        .map(line -> line.replaceFirst("#.*", "").strip())
        .filter(line -> !line.isEmpty())
        .toList();
  }
}
