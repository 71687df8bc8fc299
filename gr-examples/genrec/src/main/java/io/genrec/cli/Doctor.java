package io.genrec.cli;

import ai.onnxruntime.OrtEnvironment;
import com.sun.management.OperatingSystemMXBean;
import io.genrec.api.GenRecException;
import io.genrec.api.graph.ElementType;
import io.genrec.api.graph.Graph;
import io.genrec.api.graph.Tensor;
import io.genrec.api.sequence.Batch;
import io.genrec.engine.runtime.CompiledGraph;
import io.genrec.engine.runtime.Device;
import io.genrec.engine.runtime.NativeKernels;
import io.genrec.engine.runtime.SessionSettings;
import io.genrec.engine.wiring.Plugins;
import io.genrec.engine.wiring.Registry;
import java.lang.management.ManagementFactory;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code genrec doctor}: whether everything that GenRec needs works here. */
@Command(
    name = "doctor",
    header = "Check Java, libraries, the device, memory and plug-ins.",
    description = {
      "Tries everything that GenRec needs and tells what works. The exit status is 1 if anything"
          + " does not.",
      ""
    },
    sortOptions = false,
    footer = {
      "",
      "Examples:",
      "  genrec doctor",
      "  genrec doctor --device cuda:0     (needs a build with mvn -Pcuda)",
      "  genrec doctor --plugins plugins"
    })
final class Doctor extends Subcommand {
  private static final int LEAST_JAVA = 17;

  @Option(
      names = "--device",
      paramLabel = "DEVICE",
      description = "cpu or cuda:N (default: ${DEFAULT-VALUE}).")
  private String device = "cpu";

  @Mixin private PluginOption plugins = new PluginOption();

  Doctor(Terminal terminal) {
    super(terminal);
  }

  /** Something that is tried; gives what it found. */
  @FunctionalInterface
  private interface Trial {
    String run() throws Exception;
  }

  private record Finding(String what, boolean ok, String found) {}

  @Override
  Answer run(Reporter reporter) {
    Device asked = Device.parse(device);
    List<Finding> findings = new ArrayList<>();
    findings.add(tryOut("genrec", Versions::genrec));
    findings.add(tryOut("java", Doctor::java));
    findings.add(tryOut("memory", Doctor::memory));
    findings.add(tryOut("arrow", Doctor::arrow));
    findings.add(tryOut("duckdb", Doctor::duckDb));
    findings.add(tryOut("onnxruntime", () -> OrtEnvironment.getEnvironment().getVersion()));
    findings.add(tryOut("device " + asked, () -> compute(asked)));
    findings.add(tryOut("kernels", Doctor::kernels));
    findings.add(tryOut("plug-ins", this::registered));
    boolean ok = findings.stream().allMatch(Finding::ok);
    TextTable table = new TextTable(List.of("check", "", "found"));
    findings.forEach(
        finding ->
            table.add(List.of(finding.what(), finding.ok() ? "ok" : "FAILED", finding.found())));
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("ok", ok);
    json.put("checks", findings);
    return new Answer(table.lines(), json, ok ? 0 : Failures.STATUS);
  }

  private static Finding tryOut(String what, Trial trial) {
    try {
      return new Finding(what, true, trial.run());
    } catch (GenRecException e) {
      return new Finding(what, false, String.valueOf(e.getMessage()));
    } catch (Exception | LinkageError e) {
      return new Finding(what, false, e.toString());
    }
  }

  private static String java() {
    int version = Runtime.version().feature();
    if (version < LEAST_JAVA) {
      throw new GenRecException(
          "OldJava", "Java " + version + " is too old; install version 17 or later");
    }
    return System.getProperty("java.version")
        + ", "
        + System.getProperty("java.vm.name")
        + ", "
        + System.getProperty("os.name")
        + " "
        + System.getProperty("os.arch");
  }

  private static String memory() {
    var system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    return Text.bytes(system.getFreeMemorySize())
        + " free of "
        + Text.bytes(system.getTotalMemorySize())
        + ", Java heap up to "
        + Text.bytes(Runtime.getRuntime().maxMemory())
        + ", "
        + Runtime.getRuntime().availableProcessors()
        + " processors";
  }

  private static String arrow() {
    try (BufferAllocator memory = new RootAllocator();
        Batch batch = new Batch(memory)) {
      batch.floats("x", 1).put(0, 1);
      return "off-heap memory works";
    }
  }

  private static String duckDb() throws SQLException {
    try (Connection connection = DriverManager.getConnection("jdbc:duckdb:")) {
      return connection.getMetaData().getDatabaseProductVersion();
    }
  }

  private static String kernels() {
    Optional<NativeKernels> installed = NativeKernels.installed();
    if (installed.isEmpty()) {
      return "none (native/build.sh makes them, " + NativeKernels.VARIABLE + " names them)";
    }
    compute(SessionSettings.cpu().kernels(installed));
    return installed.get().library().toString();
  }

  static String compute(Device device) {
    return compute(SessionSettings.on(device));
  }

  private static String compute(SessionSettings settings) {
    Graph graph = Graph.inference("doctor");
    Tensor x = graph.input("x", ElementType.FLOAT, "rows", 2);
    graph.output("y", x.matmul(x.swap(0, 1)).sumAll());
    try (BufferAllocator memory = new RootAllocator();
        Batch inputs = new Batch(memory);
        Batch outputs = new Batch(memory);
        CompiledGraph compiled = CompiledGraph.of(graph, settings)) {
      inputs.floats("x", 2, 2).put(new float[] {1, 2, 3, 4});
      compiled.run(inputs::column, outputs);
      float sum = outputs.column("y").bytes().getFloat(0);
      // (1 + 3)^2 + (2 + 4)^2
      if (sum != 52) {
        throw new GenRecException(
            "WrongResult", "a small product gives " + sum + " instead of 52 on this device");
      }
      return "computes";
    }
  }

  private String registered() {
    try (Plugins loaded = plugins.load()) {
      Registry registry = Registry.of(loaded.list());
      return "encoders "
          + registry.encoders().keySet()
          + ", tasks "
          + registry.tasks().keySet()
          + ", losses "
          + registry.losses().keySet()
          + ", samplers "
          + registry.samplers().keySet()
          + ", strategies "
          + registry.strategies().keySet()
          + ", baselines "
          + registry.baselines().keySet();
    }
  }
}
