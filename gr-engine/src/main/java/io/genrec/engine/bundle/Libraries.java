package io.genrec.engine.bundle;

import ai.onnxruntime.OrtEnvironment;
import io.genrec.engine.storage.ModelCard.LibraryVersions;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/** What writes bundles here. */
final class Libraries {
  private static final String FILE = "version.properties";

  private Libraries() {}

  static LibraryVersions versions() {
    return new LibraryVersions(
        genrec(),
        OrtEnvironment.getEnvironment().getVersion(),
        String.valueOf(System.getProperty("java.version")));
  }

  private static String genrec() {
    Properties properties = new Properties();
    try (InputStream in = Libraries.class.getResourceAsStream(FILE)) {
      if (in != null) {
        properties.load(in);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return properties.getProperty("version", "unknown");
  }
}
