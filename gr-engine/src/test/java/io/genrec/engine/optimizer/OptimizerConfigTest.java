package io.genrec.engine.optimizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.genrec.api.GenRecException;
import io.genrec.api.config.StrictConfig;
import io.genrec.api.graph.Parameter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OptimizerConfigTest {
  private static OptimizerConfig read(String json) {
    return StrictConfig.parse("run.json", json).as(OptimizerConfig.class);
  }

  @Test
  void hasTheDefaultsOfTheReferenceImplementation() {
    assertThat(read("{}")).isEqualTo(OptimizerConfig.adamw(1e-3));
  }

  @Test
  void readsAllKeys() {
    OptimizerConfig config =
        read(
            """
            {"name": "rowwise-adamw", "rate": 0.01, "beta1": 0.8, "beta2": 0.999, "epsilon": 1e-6,
             "weightDecay": 0.1, "warmupSteps": 500, "schedule": "cosine", "minRateShare": 0.2,
             "clipNorm": 1}
            """);
    assertThat(config)
        .isEqualTo(
            new OptimizerConfig(
                OptimizerConfig.Name.ROWWISE_ADAMW,
                0.01,
                0.8,
                0.999,
                1e-6,
                0.1,
                500,
                Schedule.Shape.COSINE,
                0.2,
                1.0));
    assertThat(config.rates()).isEqualTo(new Schedule(Schedule.Shape.COSINE, 0.01, 500, 0.2));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "rate|-1|rate must be at least 0",
        "beta1|1|beta1 must be at least 0 and below 1",
        "beta2|-0.1|beta2 must be at least 0 and below 1",
        "epsilon|0|epsilon must be from 1e-15 to 1",
        "weightDecay|-1|weightDecay must be at least 0",
        "warmupSteps|-5|warmupSteps must be at least 0",
        "minRateShare|1.5|minRateShare must be from 0 to 1",
        "clipNorm|0|clipNorm must be above 0",
        "name|\"adamm\"|adamw",
        "schedule|\"cosin\"|did you mean \"cosine\"?"
      })
  void refusesValuesAtTheirKeys(String key, String value, String words) {
    assertThatThrownBy(() -> read("{\"" + key + "\": " + value + "}"))
        .isInstanceOfSatisfying(
            GenRecException.class, e -> assertThat(e.id()).isEqualTo("InvalidValue"))
        .hasMessageContaining("/" + key)
        .hasMessageContaining("run.json")
        .hasMessageContaining(words);
  }

  @Test
  void readsGroups() {
    ParameterGroup group =
        StrictConfig.parse("run.json", "{\"kind\": \"embedding\", \"weightDecay\": 0}")
            .as(ParameterGroup.class);
    assertThat(group).isEqualTo(new ParameterGroup(null, Parameter.Kind.EMBEDDING, false, 1, 0.0));
    assertThatThrownBy(
            () ->
                StrictConfig.parse("run.json", "{\"pattern\": \"regex:(\"}")
                    .as(ParameterGroup.class))
        .hasMessageContaining("/pattern")
        .hasMessageContaining("no regular expression");
    assertThatThrownBy(() -> StrictConfig.parse("run.json", "{}").as(ParameterGroup.class))
        .hasMessageContaining("needs a pattern");
  }
}
