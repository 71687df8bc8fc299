package io.genrec.cli;

import io.genrec.engine.wiring.Plugins;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The option that adds plug-ins to those that come with the application. */
final class PluginOption {
  @Option(
      names = "--plugins",
      paramLabel = "DIR",
      description = "A folder with jars of further plug-ins.")
  private @Nullable Path folder;

  /** The application's plug-ins and the folder's; the caller closes them after their last use. */
  Plugins load() {
    ClassLoader loader = PluginOption.class.getClassLoader();
    return folder == null ? Plugins.load(loader) : Plugins.load(folder, loader);
  }
}
