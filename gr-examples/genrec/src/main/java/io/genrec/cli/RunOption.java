package io.genrec.cli;

import io.genrec.engine.runtime.Device;
import io.genrec.engine.wiring.Plugins;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options of every command that trains a model by a configuration. */
final class RunOption {
  @Option(
      names = {"-o", "--out"},
      required = true,
      paramLabel = "DIR",
      description = "The folder of the run.")
  private Path out = Path.of("");

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description = "Change a value of the configuration, for example encoder/blocks=4.")
  private Map<String, String> edits = new LinkedHashMap<>();

  @Mixin private DeviceOption device = new DeviceOption();
  @Mixin private PluginOption plugins = new PluginOption();

  Path out() {
    return out;
  }

  /** What is changed, by path; the caller's own. */
  Map<String, String> edits() {
    return new LinkedHashMap<>(edits);
  }

  /** Where graphs run; throws as {@link DeviceOption#require}. */
  Device device() {
    return device.require();
  }

  /** The plug-ins; the caller closes them. */
  Plugins plugins() {
    return plugins.load();
  }
}
