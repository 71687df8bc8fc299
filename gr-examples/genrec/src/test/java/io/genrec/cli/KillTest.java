package io.genrec.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Training in a process of its own that is killed again and again. */
class KillTest {
  private static final int EPOCHS = 8;
  private static final int KILLS = 2;

  @Test
  void aKilledTrainingEndsWithTheSameBits(@TempDir Path folder)
      throws IOException, InterruptedException {
    Path data = Cli.dataset(folder);
    Path config = Cli.write(folder.resolve("tiny.json"), Cli.TINY);
    Path undisturbed = folder.resolve("undisturbed");
    Cli.Ran ran =
        Cli.run("train", config, "--data", data, "--out", undisturbed, "--epochs", EPOCHS);
    assertThat(ran.status()).as(ran.err()).isZero();

    Path killed = folder.resolve("killed");
    Random random = new Random(1);
    int kills = 0;
    for (int i = 0; i < KILLS; i++) {
      Process process = start(config, data, killed);
      long before = newest(killed);
      while (process.isAlive() && newest(killed) <= before) {
        Thread.sleep(2);
      }
      // At any moment: perhaps in the middle of writing the next one.
      Thread.sleep(random.nextInt(30));
      kills += process.isAlive() ? 1 : 0;
      process.destroyForcibly().waitFor();
    }
    assertThat(kills).as("kills that found the training at work").isPositive();
    Process last = start(config, data, killed);
    assertThat(last.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(last.exitValue()).isZero();
    assertThat(Files.readAllBytes(killed.resolve("model/weights.safetensors")))
        .isEqualTo(Files.readAllBytes(undisturbed.resolve("model/weights.safetensors")));
  }

  private static Process start(Path config, Path data, Path out) throws IOException {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    ProcessBuilder builder =
        new ProcessBuilder(
            java,
            "--add-opens=java.base/java.nio=ALL-UNNAMED",
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-cp",
            System.getProperty("java.class.path"),
            Main.class.getName(),
            "train",
            config.toString(),
            "--data",
            data.toString(),
            "--out",
            out.toString(),
            "--epochs",
            Integer.toString(EPOCHS),
            "--checkpoint-steps",
            "1",
            "--resume");
    builder.environment().put("ORT_DISABLE_TELEMETRY", "1");
    return builder
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .start();
  }

  /** The step of the newest checkpoint; -1 if there is none. */
  private static long newest(Path run) throws IOException {
    Path checkpoints = run.resolve("checkpoints");
    if (!Files.isDirectory(checkpoints)) {
      return -1;
    }
    try (Stream<Path> files = Files.list(checkpoints)) {
      return files
          .map(file -> String.valueOf(file.getFileName()))
          .filter(name -> name.matches("step-[0-9]+"))
          .mapToLong(name -> Long.parseLong(name.substring("step-".length())))
          .max()
          .orElse(-1);
    }
  }
}
