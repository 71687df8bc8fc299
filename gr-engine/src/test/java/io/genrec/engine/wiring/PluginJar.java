package io.genrec.engine.wiring;

import static org.assertj.core.api.Assertions.assertThat;

import io.genrec.api.plugin.Plugin;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.apiguardian.api.API;

/** Compiles a plug-in that brings one loss, and packs it as users pack theirs. */
final class PluginJar {
  private PluginJar() {}

  /** A jar whose entry class {@code plugin.<entry>} brings a loss of a name. */
  static Path write(Path jar, String entry, String loss) throws Exception {
    Path classes = Files.createTempDirectory(jar.toAbsolutePath().getParent(), "classes");
    compile(classes, entry, SOURCE.replace("ENTRY", entry).replace("LOSS", loss));
    return pack(jar, classes, "plugin." + entry + " # the entry\n");
  }

  private static final String SOURCE =
      """
      package plugin;

      import io.genrec.api.graph.Tensor;
      import io.genrec.api.training.*;
      import java.util.List;

      public final class ENTRY implements io.genrec.api.plugin.Plugin {
        public record Config(double scale) {}

        record Scaled(double scale) implements Loss {
          public Tensor sum(LossContext context) { throw new UnsupportedOperationException(); }
        }

        static final class Factory implements LossFactory<Config> {
          public String name() { return "LOSS"; }
          public Class<Config> configType() { return Config.class; }
          public Loss create(Config config) { return new Scaled(config.scale()); }
        }

        public List<LossFactory<?>> losses() { return List.of(new Factory()); }
      }
      """;

  private static void compile(Path classes, String entry, String source) throws Exception {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    JavaFileObject file =
        new SimpleJavaFileObject(
            URI.create("string:///plugin/" + entry + ".java"), JavaFileObject.Kind.SOURCE) {
          @Override
          public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return source;
          }
        };
    List<String> options =
        List.of("-d", classes.toString(), "-classpath", classPath(), "-proc:none");
    try (StandardJavaFileManager files =
        compiler.getStandardFileManager(null, null, StandardCharsets.UTF_8)) {
      assertThat(compiler.getTask(null, files, null, options, null, List.of(file)).call()).isTrue();
    }
  }

  private static String classPath() throws Exception {
    return jarOf(Plugin.class) + File.pathSeparator + jarOf(API.class);
  }

  private static Path jarOf(Class<?> type) throws Exception {
    return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
  }

  /** A jar of classes with the file that names its entries. */
  static Path pack(Path jar, Path classes, String services) throws IOException {
    try (OutputStream out = Files.newOutputStream(jar);
        JarOutputStream zip = new JarOutputStream(out);
        Stream<Path> files = Files.walk(classes)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        zip.putNextEntry(new JarEntry(classes.relativize(file).toString().replace('\\', '/')));
        Files.copy(file, zip);
      }
      zip.putNextEntry(new JarEntry("META-INF/services/" + Plugin.class.getName()));
      zip.write(services.getBytes(StandardCharsets.UTF_8));
    }
    return jar;
  }
}
