package io.genrec.engine.wiring;

import io.genrec.api.GenRecException;
import io.genrec.api.plugin.Plugin;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import org.apiguardian.api.API;

/**
 * The plug-ins that a class loader and a folder of jars bring, found by {@link ServiceLoader}: each
 * jar has a file {@code META-INF/services/io.genrec.api.plugin.Plugin} that names its entry class.
 *
 * <p>Close it after the last use of anything that the plug-ins made: classes of a folder's jars are
 * loaded when they are first needed.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public final class Plugins implements AutoCloseable {
  private final List<Plugin> list;
  private final Closeable jars;

  private Plugins(List<Plugin> list, Closeable jars) {
    this.list = list;
    this.jars = jars;
  }

  /**
   * The plug-ins that a class loader sees.
   *
   * @param loader for example {@code Thread.currentThread().getContextClassLoader()}
   * @throws GenRecException {@code [GR/DuplicatePlugin]} if two jars bring one entry class; {@code
   *     [GR/BrokenPlugin]} if an entry class cannot be loaded
   */
  public static Plugins load(ClassLoader loader) {
    return new Plugins(find(loader), () -> {});
  }

  /**
   * The plug-ins that a class loader sees and those of a folder's jars. The jars see each other and
   * the class loader's classes, which win over classes of the same name in jars.
   *
   * @param folder its files that end in {@code .jar} are taken, in the order of their names; a jar
   *     without an entry may hold what others need
   * @param parent for example {@code Thread.currentThread().getContextClassLoader()}
   * @throws GenRecException {@code [GR/MissingFolder]}; {@code [GR/DuplicatePlugin]} if two jars
   *     bring one entry class; {@code [GR/BrokenPlugin]} if a jar cannot be read or an entry class
   *     cannot be loaded
   */
  public static Plugins load(Path folder, ClassLoader parent) {
    URLClassLoader jars = new URLClassLoader("plugins", jars(folder), parent);
    try {
      return new Plugins(find(jars), jars);
    } catch (RuntimeException | Error e) {
      try {
        jars.close();
      } catch (IOException closing) {
        e.addSuppressed(closing);
      }
      throw e;
    }
  }

  /** The plug-ins: those of the class loader first, then those of the folder. */
  public List<Plugin> list() {
    return list;
  }

  /** Closes the folder's jars; the class loader stays open. */
  @Override
  public void close() {
    try {
      jars.close();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot close the jars of plug-ins", e);
    }
  }

  private static List<Plugin> find(ClassLoader loader) {
    // ServiceLoader takes the first of two classes of one name and does not tell.
    ServiceFiles.refuseDuplicates(loader);
    List<Plugin> plugins = new ArrayList<>();
    try {
      ServiceLoader.load(Plugin.class, loader).forEach(plugins::add);
    } catch (ServiceConfigurationError | LinkageError e) {
      throw new GenRecException(
          "BrokenPlugin",
          "a plug-in cannot be loaded: "
              + e.getMessage()
              + (e.getCause() == null ? "" : ": " + e.getCause())
              + "; entries stand in "
              + ServiceFiles.places(loader)
              + "; it may have been built for another version of GenRec or lack a jar it needs",
          e);
    }
    return List.copyOf(plugins);
  }

  private static URL[] jars(Path folder) {
    if (!Files.isDirectory(folder)) {
      throw new GenRecException(
          "MissingFolder",
          "the folder of plug-ins "
              + folder.toAbsolutePath()
              + " is not there or is no folder; give a folder that holds jars");
    }
    try (Stream<Path> files = Files.list(folder)) {
      List<URL> jars = new ArrayList<>();
      for (Path file : files.filter(f -> f.toString().endsWith(".jar")).sorted().toList()) {
        requireJar(file);
        jars.add(file.toUri().toURL());
      }
      return jars.toArray(URL[]::new);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the folder of plug-ins " + folder, e);
    }
  }

  /** A class loader passes over a broken jar silently. */
  private static void requireJar(Path file) {
    try (JarFile jar = new JarFile(file.toFile())) {
      jar.getManifest();
    } catch (IOException e) {
      throw new GenRecException(
          "BrokenPlugin",
          "the plug-in " + file + " is no readable jar: " + e.getMessage() + "; copy it again",
          e);
    }
  }
}
