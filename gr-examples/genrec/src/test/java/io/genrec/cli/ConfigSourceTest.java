package io.genrec.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.genrec.engine.run.RunConfig;
import io.genrec.transformer.SasrecConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ConfigSourceTest {
  private static final Path CONFIGS = Path.of("../../configs");

  @Test
  void everyConfigurationOfTheFolderIsShippedAndReadable() throws IOException {
    try (Stream<Path> files = Files.list(CONFIGS)) {
      assertThat(
              files
                  .map(file -> file.getFileName().toString())
                  .filter(name -> name.endsWith(".json"))
                  .map(name -> name.replace(".json", "")))
          .containsExactlyInAnyOrderElementsOf(ConfigSource.SHIPPED);
    }
    for (String name : ConfigSource.SHIPPED) {
      assertThat(ConfigSource.read(name, Map.of()).name()).isEqualTo(name);
    }
  }

  @Test
  void publishedValues() {
    RunConfig hstu = ConfigSource.read("ml-1m-hstu", Map.of());
    RunConfig large = ConfigSource.read("ml-1m-hstu-large", Map.of());
    RunConfig sasrec = ConfigSource.read("ml-1m-sasrec", Map.of());
    RunConfig llama = ConfigSource.read("ml-1m-llama", Map.of());

    for (RunConfig config : new RunConfig[] {hstu, large, sasrec, llama}) {
      assertThat(config.model().dim()).isEqualTo(50);
      assertThat(config.model().maxHistory() + config.model().outputSlots()).isEqualTo(211);
      assertThat(config.epochs()).isEqualTo(101);
      assertThat(config.training().batch()).isEqualTo(128);
      assertThat(config.sampler().at("/count").as(Integer.class)).isEqualTo(128);
    }
    assertThat(hstu.encoder().at("/blocks").as(Integer.class)).isEqualTo(2);
    assertThat(large.encoder().at("/blocks").as(Integer.class)).isEqualTo(8);
    assertThat(large.encoder().at("/heads").as(Integer.class)).isEqualTo(2);
    assertThat(large.encoder().at("/dqk").as(Integer.class)).isEqualTo(25);
    assertThat(sasrec.encoder().without("name").as(SasrecConfig.class))
        .isEqualTo(new SasrecConfig(2, 1, 50, SasrecConfig.Activation.RELU, 0.2, 0.2, 1e-8));
    assertThat(llama.encoder().at("/blocks").as(Integer.class)).isEqualTo(2);
    assertThat(llama.encoder().at("/heads").as(Integer.class)).isEqualTo(1);
  }

  @Test
  void encodersOfOneTableDifferInTheEncoderAlone() {
    RunConfig hstu = ConfigSource.read("ml-1m-hstu", Map.of());
    for (String name :
        List.of("ml-1m-sasrec", "ml-1m-llama", "ml-1m-gru4rec", "ml-1m-fuxi-alpha")) {
      RunConfig other = ConfigSource.read(name, Map.of());
      assertThat(other.model()).isEqualTo(hstu.model());
      assertThat(other.task()).isEqualTo(hstu.task());
      assertThat(other.loss()).isEqualTo(hstu.loss());
      assertThat(other.sampler()).isEqualTo(hstu.sampler());
      assertThat(other.optimizer()).isEqualTo(hstu.optimizer());
      assertThat(other.training()).isEqualTo(hstu.training());
      assertThat(other.epochs()).isEqualTo(hstu.epochs());
    }
  }

  @Test
  void editsMayMakeObjectsAndTakeBareWords() {
    RunConfig config =
        ConfigSource.read(
            "quickstart",
            Map.of("name", "mine", "optimizer/clipNorm", "1.5", "loss", "{\"name\": \"x\"}"));

    assertThat(config.name()).isEqualTo("mine");
    assertThat(config.optimizer().clipNorm()).isEqualTo(1.5);
    assertThat(config.loss().at("/name").as(String.class)).isEqualTo("x");
  }

  @Test
  void experimentsNameConfigurationsThatExist() throws IOException {
    try (Stream<Path> files = Files.list(CONFIGS.resolve("experiments"))) {
      for (Path file : files.toList()) {
        var experiment = io.genrec.api.config.StrictConfig.read(file).as(ExperimentFile.class);
        experiment.rows().forEach(row -> assertThat(Path.of("../..", row.config())).exists());
      }
    }
  }
}
