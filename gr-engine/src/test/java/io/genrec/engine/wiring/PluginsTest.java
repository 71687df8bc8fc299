package io.genrec.engine.wiring;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.genrec.api.GenRecException;
import io.genrec.api.config.StrictConfig;
import io.genrec.api.plugin.Plugin;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.assertj.core.api.AbstractThrowableAssert;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PluginsTest {
  private final ClassLoader here = PluginsTest.class.getClassLoader();

  private final Path temp;

  PluginsTest(@TempDir Path temp) {
    this.temp = temp;
  }

  private static AbstractThrowableAssert<?, ?> refusal(String id, ThrowingCallable call) {
    return assertThatThrownBy(call)
        .isInstanceOfSatisfying(GenRecException.class, e -> assertThat(e.id()).isEqualTo(id));
  }

  private Path folder(String name) throws Exception {
    return Files.createDirectory(temp.resolve(name));
  }

  @Test
  void loadsTheJarsOfAFolder() throws Exception {
    Path folder = folder("plugins");
    PluginJar.write(folder.resolve("b.jar"), "Second", "hinge");
    PluginJar.write(folder.resolve("a.jar"), "First", "focal");
    Files.writeString(folder.resolve("notes.txt"), "no jar");
    try (Plugins plugins = Plugins.load(folder, here)) {
      assertThat(plugins.list())
          .extracting(plugin -> plugin.getClass().getName())
          .containsSubsequence("plugin.First", "plugin.Second");
      Registry registry = Registry.of(plugins.list());
      assertThat(registry.losses()).containsKeys("focal", "hinge");
      // Here classes of the jar are loaded that listing did not need.
      StrictConfig config = StrictConfig.parse("t", "{\"name\": \"focal\", \"scale\": 2}");
      assertThat(registry.loss(config)).hasToString("Scaled[scale=2.0]");
    }
  }

  @Test
  void theFolderIsFreeWhenClosed() throws Exception {
    Path folder = folder("plugins");
    PluginJar.write(folder.resolve("a.jar"), "First", "focal");
    Plugins plugins = Plugins.load(folder, here);
    ClassLoader jars = plugins.list().get(plugins.list().size() - 1).getClass().getClassLoader();
    assertThat(jars.getName()).isEqualTo("plugins");
    plugins.close();
    assertThatThrownBy(() -> jars.loadClass("plugin.First$Scaled"))
        .isInstanceOf(ClassNotFoundException.class);
    plugins.close();
  }

  @Test
  void findsWhatAClassLoaderSees() throws Exception {
    Path jar = PluginJar.write(temp.resolve("a.jar"), "First", "focal");
    try (URLClassLoader loader = new URLClassLoader(new URL[] {jar.toUri().toURL()}, here);
        Plugins plugins = Plugins.load(loader)) {
      assertThat(plugins.list())
          .extracting(plugin -> plugin.getClass().getName())
          .contains("plugin.First");
    }
    try (Plugins plugins = Plugins.load(here)) {
      assertThat(plugins.list())
          .extracting(plugin -> plugin.getClass().getName())
          .doesNotContain("plugin.First");
    }
  }

  @Test
  void twoJarsWithOneNameAreRefusedNamingBoth() throws Exception {
    Path folder = folder("plugins");
    Path a = PluginJar.write(folder.resolve("a.jar"), "First", "focal");
    Path b = PluginJar.write(folder.resolve("b.jar"), "Second", "focal");
    try (Plugins plugins = Plugins.load(folder, here)) {
      refusal("DuplicatePlugin", () -> Registry.of(plugins.list()))
          .hasMessageContainingAll("loss \"focal\"", a.toString(), b.toString())
          .hasMessageContainingAll("plugin.First", "plugin.Second");
      refusal("DuplicatePlugin", () -> new GenRecModule(plugins.list()))
          .hasMessageContainingAll("loss \"focal\"", a.toString(), b.toString());
    }
  }

  @Test
  void twoVersionsOfOnePluginAreRefusedNamingBoth() throws Exception {
    Path folder = folder("plugins");
    Path old = PluginJar.write(folder.resolve("first-1.0.jar"), "First", "focal");
    Path young = PluginJar.write(folder.resolve("first-1.1.jar"), "First", "focal2");
    refusal("DuplicatePlugin", () -> Plugins.load(folder, here))
        .hasMessageContainingAll("plugin.First", old.toString(), young.toString());
  }

  @Test
  void aJarThatHidesBehindTheClassPathIsRefused() throws Exception {
    Path onPath = PluginJar.write(temp.resolve("on-path.jar"), "First", "focal");
    Path folder = folder("plugins");
    Path inFolder = PluginJar.write(folder.resolve("in-folder.jar"), "First", "focal");
    try (URLClassLoader parent = new URLClassLoader(new URL[] {onPath.toUri().toURL()}, here)) {
      refusal("DuplicatePlugin", () -> Plugins.load(folder, parent))
          .hasMessageContainingAll(onPath.toString(), inFolder.toString());
    }
  }

  @Test
  void aJarThatParentAndFolderBothListCountsOnce() throws Exception {
    Path folder = folder("plugins");
    Path jar = PluginJar.write(folder.resolve("a.jar"), "First", "focal");
    try (URLClassLoader parent = new URLClassLoader(new URL[] {jar.toUri().toURL()}, here);
        Plugins plugins = Plugins.load(folder, parent)) {
      assertThat(plugins.list())
          .extracting(plugin -> plugin.getClass().getName())
          .containsOnlyOnce("plugin.First");
    }
  }

  @Test
  void aFolderWithoutJarsBringsNothing() throws Exception {
    try (Plugins none = Plugins.load(folder("empty"), here);
        Plugins classPath = Plugins.load(here)) {
      assertThat(none.list()).hasSameSizeAs(classPath.list());
    }
  }

  @Test
  void aFolderThatIsNotThereIsAnError() {
    refusal("MissingFolder", () -> Plugins.load(temp.resolve("plugns"), here))
        .hasMessageContainingAll("plugns", "folder that holds jars");
  }

  @Test
  void aDamagedJarIsAnError() throws Exception {
    Path folder = folder("plugins");
    Path jar = PluginJar.write(folder.resolve("a.jar"), "First", "focal");
    byte[] bytes = Files.readAllBytes(jar);
    Files.write(jar, List.of(new String(bytes, 0, 20, ISO_8859_1)));
    refusal("BrokenPlugin", () -> Plugins.load(folder, here))
        .hasMessageContainingAll(jar.toString(), "no readable jar");
  }

  @Test
  void anEntryWithoutItsClassIsAnError() throws Exception {
    Path folder = folder("plugins");
    Path jar = PluginJar.pack(folder.resolve("a.jar"), folder("nothing"), "plugin.Gone\n");
    refusal("BrokenPlugin", () -> Plugins.load(folder, here))
        .hasMessageContainingAll("plugin.Gone", Plugin.class.getName(), jar.toString());
  }
}
