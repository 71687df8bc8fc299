package io.genrec.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which kernels the launcher names, with a compiler that makes empty files. */
class LauncherTest {
  private Path root = Path.of("");

  @BeforeEach
  void copy(@TempDir Path folder) throws IOException {
    root = folder.toRealPath();
    Path sources = BuiltKernels.sources();
    Files.copy(sources.resolveSibling("genrec"), root.resolve("genrec"));
    Files.createDirectories(root.resolve("native"));
    Files.copy(sources.resolve("build.sh"), root.resolve("native/build.sh"));
    Files.writeString(root.resolve("native/kernel.cpp"), "");
    Files.createDirectories(root.resolve("gr-examples/genrec/target"));
    Files.writeString(root.resolve("gr-examples/genrec/target/genrec.jar"), "");
    program("jdk/bin/java", "echo \"kernels: ${GENREC_KERNELS-}\"");
    program("working", "while [ \"$1\" != -o ]; do shift; done; : > \"$2\"");
    program("broken", "echo \"kernel.cpp: error\" >&2; exit 1");
  }

  private void program(String name, String script) throws IOException {
    Path file = root.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, "#!/bin/sh\n" + script + "\n");
    assertThat(file.toFile().setExecutable(true)).isTrue();
  }

  /** What java and all others print. */
  private String launch(String compiler) throws IOException, InterruptedException {
    return BuiltKernels.run(
        "env",
        "-u",
        "GENREC_KERNELS",
        "JAVA_HOME=" + root.resolve("jdk"),
        "CXX=" + root.resolve(compiler),
        root.resolve("genrec").toString());
  }

  @Test
  void aLibraryIsMadeForTheProcessorAndThenUsed() throws IOException, InterruptedException {
    String printed = launch("working");
    assertThat(printed)
        .matches("kernels: \\Q" + root + "\\E/native/target/libgenrec_kernels-[0-9]+\\.so\n");
    assertThat(Path.of(printed.substring("kernels: ".length()).strip())).isRegularFile();

    assertThat(launch("broken")).isEqualTo(printed);
    assertThat(launch("missing")).isEqualTo(printed);
  }

  @Test
  void aLibraryOlderThanItsSourcesIsNotUsed() throws IOException, InterruptedException {
    launch("working");
    Files.setLastModifiedTime(
        root.resolve("native/kernel.cpp"), FileTime.from(Instant.now().plusSeconds(60)));

    assertThat(launch("broken"))
        .isEqualTo(
            """
            kernel.cpp: error
            genrec: the kernels in native/ do not compile; going on without them
            kernels:\s
            """);
    assertThat(launch("missing")).isEqualTo("kernels: \n");
  }
}
