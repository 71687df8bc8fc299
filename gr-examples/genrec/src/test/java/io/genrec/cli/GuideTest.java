package io.genrec.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.genrec.api.plugin.Plugin;
import io.genrec.testkit.EncoderContract;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.apiguardian.api.API;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** docs/write-an-encoder.md, done as it says. */
class GuideTest {
  private static final Path GUIDE = Path.of("../../docs/write-an-encoder.md");

  /** A line that is a file's path in backticks; the fenced block after it is the file. */
  private static final Pattern FILE = Pattern.compile("(?ms)^`([^`\\s]+)`\\n+```\\w+\\n(.*?)^```$");

  @TempDir static Path folder = Path.of("");

  private static final Map<String, String> files = new LinkedHashMap<>();
  private static Path data = Path.of("");
  private static URLClassLoader loader = new URLClassLoader(new URL[0]);
  private static Plugin plugin = new Plugin() {};

  @BeforeAll
  static void followTheGuide() throws Exception {
    Matcher file = FILE.matcher(Files.readString(GUIDE));
    while (file.find()) {
      files.put(file.group(1), file.group(2));
      Path path = folder.resolve(file.group(1));
      Files.createDirectories(path.getParent());
      Files.writeString(path, file.group(2));
    }
    Path classes = Files.createDirectories(folder.resolve("classes"));
    compile(classes, folder.resolve("src/main/java/com/example/DecayPlugin.java"));
    Files.createDirectories(folder.resolve("target"));
    Path jar = folder.resolve("target/decay-1.jar");
    pack(jar, classes, folder.resolve("src/main/resources"));
    loader = new URLClassLoader(new URL[] {jar.toUri().toURL()}, Plugin.class.getClassLoader());
    plugin =
        ServiceLoader.load(Plugin.class, loader).stream()
            .map(ServiceLoader.Provider::get)
            .filter(found -> found.getClass().getName().equals("com.example.DecayPlugin"))
            .findFirst()
            .orElseThrow();
    data = Cli.dataset(Files.createDirectories(folder.resolve("log")));
  }

  @AfterAll
  static void close() throws IOException {
    loader.close();
  }

  private static void compile(Path classes, Path source) throws Exception {
    String classPath = place(Plugin.class) + File.pathSeparator + place(API.class);
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    try (StandardJavaFileManager manager =
        compiler.getStandardFileManager(null, null, StandardCharsets.UTF_8)) {
      List<String> options =
          List.of("--release", "17", "-d", classes.toString(), "-cp", classPath, "-proc:none");
      var units = manager.getJavaFileObjects(source);
      assertThat(compiler.getTask(null, manager, null, options, null, units).call()).isTrue();
    }
  }

  private static Path place(Class<?> type) throws Exception {
    return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
  }

  private static void pack(Path jar, Path... roots) throws IOException {
    try (OutputStream out = Files.newOutputStream(jar);
        JarOutputStream zip = new JarOutputStream(out)) {
      for (Path root : roots) {
        try (Stream<Path> all = Files.walk(root)) {
          for (Path file : all.filter(Files::isRegularFile).toList()) {
            zip.putNextEntry(new JarEntry(root.relativize(file).toString().replace('\\', '/')));
            Files.copy(file, zip);
          }
        }
      }
    }
  }

  /** What the guide says of the test kit: the encoder keeps what it promises. */
  @Nested
  class TheEncoder extends EncoderContract {
    @Override
    protected Subject subject() {
      return Subject.of(plugin.encoders().get(0)).config("{\"heads\": 4}");
    }
  }

  private static Cli.Ran train(Object... more) {
    List<Object> args = new ArrayList<>();
    args.addAll(List.of("train", folder.resolve("decay.json"), "--data", data));
    args.addAll(List.of("--set", "model/dim=16", "--set", "sampler/count=8", "--epochs", 8));
    args.addAll(List.of(more));
    return Cli.run(args.toArray());
  }

  @Test
  void theFilesAreThoseOfTheGuide() {
    assertThat(files.keySet())
        .containsExactly(
            "pom.xml",
            "src/main/java/com/example/DecayPlugin.java",
            "src/main/resources/META-INF/services/io.genrec.api.plugin.Plugin",
            "decay.json");
    String java = files.getOrDefault("src/main/java/com/example/DecayPlugin.java", "");
    assertThat(java.lines().count()).isLessThan(60);
    assertThat(files.get("pom.xml")).contains("<version>" + Versions.genrec() + "</version>");
  }

  /** Older Mavens bring plug-ins that know no Java 17 and no JUnit 5. */
  @Test
  void pluginsHaveTheVersionsOfThisBuild() throws IOException {
    String build = Files.readString(Path.of("../../pom.xml"));
    assertThat(files.get("pom.xml")).contains(plugin(build, "maven-compiler-plugin"));
    assertThat(Files.readString(Path.of("../../docs/test-kit.md")))
        .contains(plugin(build, "maven-surefire-plugin"));
  }

  private static String plugin(String build, String name) {
    int at = build.indexOf("<artifactId>" + name + "</artifactId>");
    return build.substring(at, build.indexOf("</version>", at));
  }

  /** The log's users walk through the items in one order, so the next item can be learnt. */
  @Test
  void theEncoderOfAJarIsTrainedAndRecommends() {
    Path run = folder.resolve("runs");
    Path jars = folder.resolve("target");
    Cli.Ran trained = train("--plugins", jars, "--out", run, "--json");
    JsonNode json = trained.json();
    // A guess among the items that a user has not seen, about 14 of 20, has an MRR of 0.23.
    assertThat(json.at("/MRR").asDouble()).isGreaterThan(0.6);

    Cli.Ran asked =
        Cli.run("recommend", run, "--plugins", jars, "--data", data, "--user", "u1", "--json");
    assertThat(asked.json().at("/items")).hasSize(10);

    Cli.Ran missing = Cli.run("recommend", run, "--data", data, "--user", "u1");
    assertThat(missing.status()).isEqualTo(1);
    assertThat(missing.err()).contains("[GR/UnknownEncoder]", "\"decay\"");
  }

  @Test
  void withoutTheJarTheConfigurationIsRefused() {
    Cli.Ran refused = train("--out", folder.resolve("nothing"));
    assertThat(refused.status()).isEqualTo(1);
    assertThat(refused.err()).contains("[GR/UnknownEncoder]", "\"decay\"", "plug-in");
  }
}
