package io.genrec.engine.wiring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.genrec.api.GenRecException;
import io.genrec.api.config.StrictConfig;
import io.genrec.api.graph.Scope;
import io.genrec.api.plugin.Plugin;
import io.genrec.api.sequence.Schema;
import io.genrec.api.training.Loss;
import io.genrec.api.training.LossFactory;
import io.genrec.api.training.SamplerContext;
import java.util.List;
import org.assertj.core.api.AbstractThrowableAssert;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RegistryTest {
  private final Registry registry = Registry.of(List.of(new Samples.Full()));

  private static StrictConfig config(String json) {
    return StrictConfig.parse("run.json", "{\"part\": " + json.replace('\'', '"') + "}")
        .at("/part");
  }

  private static AbstractThrowableAssert<?, ?> refusal(String id, ThrowingCallable call) {
    return assertThatThrownBy(call)
        .isInstanceOfSatisfying(GenRecException.class, e -> assertThat(e.id()).isEqualTo(id));
  }

  @Test
  void makesAnEncoderFromItsNameAndConfiguration() {
    Scope scope = Scope.root().child("model");
    assertThat(registry.encoder(config("{'name': 'sasrec', 'blocks': 2}"), scope, Samples.SCHEMA))
        .isEqualTo(new Samples.Encoder("sasrec", new Samples.EncoderConfig(2, 1), Samples.SCHEMA));
    assertThat(scope.parameters()).containsOnlyKeys("model/w");
  }

  @Test
  void makesTasksLossesSamplersAndBaselines() {
    assertThat(registry.task(config("{'name': 'next-item'}"), Samples.SCHEMA))
        .isEqualTo(new Samples.NextItem(Samples.SCHEMA));
    assertThat(registry.loss(config("{'name': 'sampled-softmax', 'temperature': 0.1}")))
        .isEqualTo(new Samples.Scaled("sampled-softmax", 0.1));
    SamplerContext context = new SamplerContext(new long[] {0, 3, 1});
    assertThat(registry.sampler(config("{'name': 'uniform', 'count': 5}"), context))
        .isEqualTo(new Samples.Uniform(5, 2));
    assertThat(registry.baseline(config("{'name': 'most-popular', 'power': 2}")))
        .isEqualTo(new Samples.Popular("most-popular", 2));
  }

  @Test
  void listsNamesInOrder() {
    assertThat(registry.encoders().keySet()).containsExactly("hstu", "sasrec");
    assertThat(registry.tasks()).containsOnlyKeys("next-item");
    assertThat(registry.losses()).containsOnlyKeys("sampled-softmax");
    assertThat(registry.samplers()).containsOnlyKeys("uniform");
    assertThat(registry.baselines()).containsOnlyKeys("most-popular");
    assertThat(registry.encoderFactory("hstu").specVersion()).isEqualTo(1);
    assertThatThrownBy(() -> registry.encoders().clear())
        .isInstanceOf(UnsupportedOperationException.class);
  }

  @Test
  void unknownNamesNameTheChoicesAndTheNearest() {
    refusal(
            "UnknownEncoder",
            () -> registry.encoder(config("{'name': 'hsut'}"), Scope.root(), Samples.SCHEMA))
        .hasMessage(
            "[GR/UnknownEncoder] unknown encoder \"hsut\" at /part/name of run.json; "
                + "known: hstu, sasrec; did you mean \"hstu\"?");
    refusal("UnknownTask", () -> registry.task(config("{'name': 'nextitem'}"), Samples.SCHEMA))
        .hasMessageContainingAll("/part/name of run.json", "did you mean \"next-item\"?");
    refusal("UnknownLoss", () -> registry.loss(config("{'name': 'sampled-sofmax'}")))
        .hasMessageContainingAll("unknown loss", "did you mean \"sampled-softmax\"?");
    refusal(
            "UnknownSampler",
            () ->
                registry.sampler(config("{'name': 'unifrom'}"), new SamplerContext(new long[] {0})))
        .hasMessageContainingAll("unknown sampler", "did you mean \"uniform\"?");
    refusal("UnknownBaseline", () -> registry.baseline(config("{'name': 'most_popular'}")))
        .hasMessageContainingAll("unknown baseline", "did you mean \"most-popular\"?");
    refusal("UnknownEncoder", () -> registry.encoderFactory("hst"))
        .hasMessageContaining("did you mean \"hstu\"?");
  }

  @Test
  void aNameThatIsNearNothingMayBeAPluginsThatIsNotThere() {
    refusal("UnknownEncoder", () -> registry.encoderFactory("fuxi-alpha"))
        .hasMessageContainingAll("known: hstu, sasrec", "\"fuxi-alpha\"", "its jar", "class path");
    refusal("UnknownLoss", () -> Registry.of(List.of()).loss(config("{'name': 'x'}")))
        .hasMessageContainingAll("no loss is registered", "class path");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "UnknownKey   | {'name': 'hstu', 'blokcs': 2}             | /part/blokcs | did you mean 'blocks'",
        "MissingKey   | {'name': 'hstu'}                          | /part/blocks | expected an integer",
        "InvalidValue | {'name': 'hstu', 'blocks': 0}             | /part/blocks | blocks must be at least 1",
        "InvalidValue | {'name': 'hstu', 'blocks': 1, 'heads': 3} | encoder 'hstu' at /part of | heads must divide 4",
        "TooManyHeads | {'name': 'hstu', 'blocks': 1, 'heads': 5} | encoder 'hstu' at /part of | heads must be at most 4",
        "MissingKey   | {'blocks': 1}                             | /part/name   | an encoder; known: hstu, sasrec",
        "MissingKey   | 'hstu'                                    | /part/name   | expected an object",
        "InvalidValue | {'name': 3}                               | /part/name   | expected a string",
      })
  void refusesConfigurationsWithPlaceAndReason(String id, String json, String place, String words) {
    Scope scope = Scope.root();
    refusal(id, () -> registry.encoder(config(json), scope, Samples.SCHEMA))
        .hasMessageContainingAll("run.json", place.replace('\'', '"'), words.replace('\'', '"'))
        .hasMessageStartingWith("[GR/" + id + "] ")
        .extracting(Throwable::getMessage)
        .asString()
        .containsOnlyOnce("[GR/");
    assertThat(scope.parameters()).isEmpty();
  }

  @Test
  void aNameThatTwoPluginsBringIsRefusedNamingBoth() {
    refusal("DuplicatePlugin", () -> Registry.of(List.of(new Samples.Full(), new Samples.Rival())))
        .hasMessageContainingAll(
            "encoder \"hstu\"", Samples.Full.class.getName(), Samples.Rival.class.getName());
  }

  @Test
  void oneNameMayStandForThingsOfDifferentKinds() {
    Registry both =
        Registry.builder()
            .loss(new Samples.Losses("uniform"))
            .sampler(new Samples.Samplers("uniform"))
            .build();
    assertThat(both.losses()).containsOnlyKeys("uniform");
    assertThat(both.samplers()).containsOnlyKeys("uniform");
  }

  @Test
  void theBuilderAddsToPlugins() {
    Registry more =
        Registry.builder()
            .plugin(new Samples.Full())
            .encoder(new Samples.Encoders("mine"))
            .task(new Samples.Tasks("ranking"))
            .loss(new Samples.Losses("full-softmax"))
            .build();
    assertThat(more.encoders()).containsOnlyKeys("hstu", "mine", "sasrec");
    assertThat(more.tasks()).containsOnlyKeys("next-item", "ranking");
    assertThat(more.losses()).containsOnlyKeys("full-softmax", "sampled-softmax");
    assertThat(registry.encoders()).containsOnlyKeys("hstu", "sasrec");
    refusal(
            "DuplicatePlugin",
            () ->
                Registry.builder()
                    .baseline(new Samples.Baselines("most-popular"))
                    .baseline(new Samples.Baselines("most-popular")))
        .hasMessageContainingAll("baseline \"most-popular\"", Samples.Baselines.class.getName());
  }

  @Test
  void aRegistryStaysAsItWasBuilt() {
    Registry.Builder builder = Registry.builder().loss(new Samples.Losses("a"));
    Registry first = builder.build();
    assertThat(builder.loss(new Samples.Losses("b")).build().losses()).containsOnlyKeys("a", "b");
    assertThat(first.losses()).containsOnlyKeys("a");
  }

  @Test
  void refusesNamesThatCannotStandInFiles() {
    for (String name : List.of("", "../up", "two words", "-x")) {
      refusal("BrokenPlugin", () -> Registry.builder().loss(new Samples.Losses(name)))
          .hasMessageContainingAll("\"" + name + "\"", "letters", Samples.Losses.class.getName());
    }
  }

  record Clash(String name) {}

  static final class ClashFactory implements LossFactory<Clash> {
    @Override
    public String name() {
      return "clash";
    }

    @Override
    public Class<Clash> configType() {
      return Clash.class;
    }

    @Override
    public Loss create(Clash config) {
      throw new AssertionError();
    }
  }

  @Test
  void refusesRecordsThatUseTheKeyThatChoosesTheFactory() {
    refusal("BrokenPlugin", () -> Registry.builder().loss(new ClashFactory()))
        .hasMessageContainingAll("\"clash\"", Clash.class.getName(), "component \"name\"");
  }

  static final class Failing implements Plugin {
    @Override
    public List<LossFactory<?>> losses() {
      throw new NoSuchMethodError("io.genrec.api.Gone");
    }
  }

  @Test
  void aPluginThatCannotListIsNamed() {
    refusal("BrokenPlugin", () -> Registry.of(List.of(new Failing())))
        .hasMessageContainingAll(Failing.class.getName(), "io.genrec.api.Gone", "another version")
        .hasCauseInstanceOf(NoSuchMethodError.class);
  }

  @Test
  void schemasReachTheTask() {
    Schema other = new Schema(List.of(), 1, 1);
    assertThat(registry.task(config("{'name': 'next-item'}"), other))
        .isEqualTo(new Samples.NextItem(other));
  }
}
