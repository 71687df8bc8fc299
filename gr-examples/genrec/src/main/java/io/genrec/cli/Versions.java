package io.genrec.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;
import picocli.CommandLine.IVersionProvider;

/** The versions that the build wrote down. */
final class Versions implements IVersionProvider {
  private static final String FILE = "version.properties";

  /** The version of GenRec. */
  static String genrec() {
    return read("version");
  }

  /** The version of ONNX Runtime that GenRec was built with. */
  static String onnxRuntime() {
    return read("onnxruntime");
  }

  private static String read(String key) {
    Properties properties = new Properties();
    try (InputStream in = Versions.class.getResourceAsStream(FILE)) {
      if (in == null) {
        throw new IllegalStateException("the application lacks " + FILE);
      }
      properties.load(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return properties.getProperty(key, "unknown");
  }

  @Override
  public String[] getVersion() {
    return new String[] {
      "genrec " + genrec(),
      "onnxruntime " + onnxRuntime(),
      "java " + System.getProperty("java.version") + " (" + System.getProperty("java.vendor") + ")"
    };
  }
}
