package io.genrec.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DoctorTest {
  @Test
  void findsEverythingHere() {
    Cli.Ran ran = Cli.run("doctor");

    assertThat(ran.status()).isZero();
    assertThat(ran.out())
        .contains("java", "onnxruntime", "1.28.0", "device cpu   ok  computes", "duckdb")
        .contains(
            "hstu", "sasrec", "llama", "next-item", "sampled-softmax", "uniform", "most-popular")
        .doesNotContain("FAILED");
  }

  @Test
  void saysWhatDoesNotWork(@TempDir Path folder) {
    Cli.Ran ran =
        Cli.run("doctor", "--device", "cuda:0", "--plugins", folder.resolve("none"), "--json");

    assertThat(ran.status()).isEqualTo(1);
    JsonNode json = ran.json();
    assertThat(json.at("/ok").asBoolean()).isFalse();
    assertThat(json.at("/checks").toString()).contains("[GR/NoCuda]", "[GR/MissingFolder]");
    assertThat(Cli.run("doctor", "--device", "tpu").err()).contains("[GR/UnknownDevice]");
  }
}
