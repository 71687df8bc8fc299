package io.genrec.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.genrec.data.DataPlugin;
import io.genrec.engine.loss.LossPlugin;
import io.genrec.engine.model.Model;
import io.genrec.engine.run.ModelBuilder;
import io.genrec.engine.run.RunConfig;
import io.genrec.engine.transfer.TransferStrategy;
import io.genrec.engine.wiring.Registry;
import io.genrec.examples.baselines.BaselinesPlugin;
import io.genrec.gpsd.ClickProtocol;
import io.genrec.gpsd.GpsdPlugin;
import io.genrec.hstu.HstuPlugin;
import io.genrec.transformer.TransformerPlugin;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The studies that come with GenRec, and the rules that studies follow. */
class GpsdStudyTest {
  private static final Path FOLDER = Path.of("../../configs/gpsd");
  private static final Map<String, Integer> VALUES = Map.of("item", 20, "category", 5);
  private static final Registry REGISTRY =
      Registry.of(
          List.of(
              new TransformerPlugin(),
              new HstuPlugin(),
              new BaselinesPlugin(),
              new DataPlugin(),
              new LossPlugin(),
              new GpsdPlugin()));

  @TempDir private Path folder = Path.of("");

  private static GpsdStudy study(String name) {
    return GpsdStudy.read(FOLDER.resolve(name + ".json"));
  }

  private static Model model(RunConfig config) {
    return ModelBuilder.model(config, ModelBuilder.schema(config.model(), VALUES), REGISTRY);
  }

  @ParameterizedTest
  @ValueSource(strings = {"amazon-beauty", "amazon-toys"})
  void shippedStudiesAreThePublishedOne(String name) {
    GpsdStudy study = study(name);
    assertThat(study.protocol())
        .isEqualTo(
            new ClickProtocol(
                name.equals("amazon-toys") ? ClickProtocol.Users.SEED : ClickProtocol.Users.TIME,
                0.7,
                4,
                20,
                0.1,
                17));
    assertThat(study.strategies()).containsExactly(TransferStrategy.values());
    assertThat(study.seeds()).hasSize(3);
    assertThat(study.sized(study.click(), study.sizes().get(0)).epochs())
        .isEqualTo(study.scalingEpochs());
    assertThat(
            study.sizes().stream()
                .map(size -> GpsdJob.blockParameters(model(study.sized(study.click(), size)))))
        .containsExactly(13_376L, 53_504L, 213_504L, 803_840L, 3_213_312L);
    study
        .compute()
        .forEach(row -> assertThat(model(study.modelled(study.click(), row))).isNotNull());
  }

  @ParameterizedTest
  @CsvSource({"14_100, 47, 300", "22_363, 74, 303", "299, 1, 299", "400_000, 512, 782"})
  void passesHaveThreeHundredStepsAndRatesRiseForATwentieth(String examples, int batch, int steps) {
    GpsdStudy study = study("amazon-beauty");
    int count = Integer.parseInt(examples.replace("_", ""));
    RunConfig ruled = study.ruled(study.click(), count);
    assertThat(ruled.training().batch()).isEqualTo(batch);
    assertThat(ruled.training().stepsPerEpoch(count)).isEqualTo(steps);
    assertThat(ruled.optimizer().warmupSteps()).isEqualTo(Math.round(0.05 * 10 * steps));
  }

  @Test
  void refusesWidthsThatAreNoSize() throws IOException {
    String text = Files.readString(FOLDER.resolve("amazon-beauty.json"));
    Path other = folder.resolve("study.json");
    Files.writeString(other, text.replace("\"width\": \"l4h128a4\"", "\"width\": \"l4h12a4\""));
    assertThatThrownBy(() -> GpsdStudy.read(other))
        .hasMessageContaining("width of hstu-l4h128")
        .hasMessageContaining("did you mean \"l4h128a4\"?");
    Files.writeString(other, text.replace("\"leastSteps\": 300", "\"leastSteps\": 0"));
    assertThatThrownBy(() -> GpsdStudy.read(other)).hasMessageContaining("leastSteps must be");
    Files.writeString(other, text.replace("\"warmupShare\": 0.05", "\"warmupShare\": 5"));
    assertThatThrownBy(() -> GpsdStudy.read(other)).hasMessageContaining("warmupShare must be");
  }
}
