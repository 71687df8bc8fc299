package io.genrec.engine.wiring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.inject.AbstractModule;
import com.google.inject.ConfigurationException;
import com.google.inject.CreationException;
import com.google.inject.Guice;
import com.google.inject.Injector;
import com.google.inject.Key;
import com.google.inject.Module;
import com.google.inject.TypeLiteral;
import com.google.inject.multibindings.MapBinder;
import com.google.inject.name.Names;
import com.google.inject.util.Modules;
import io.genrec.api.GenRecException;
import io.genrec.api.config.StrictConfig;
import io.genrec.api.inference.BaselineFactory;
import io.genrec.api.training.Loss;
import io.genrec.api.training.LossFactory;
import jakarta.inject.Inject;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class GenRecModuleTest {
  private static final TypeLiteral<LossFactory<?>> LOSS = new TypeLiteral<>() {};

  /** Something of the application that its factory needs. */
  record Prices(double factor) {}

  /** A factory that only an injector can construct. */
  static final class PricedLosses implements LossFactory<Samples.LossConfig> {
    private final Prices prices;

    @Inject
    PricedLosses(Prices prices) {
      this.prices = prices;
    }

    @Override
    public String name() {
      return "priced";
    }

    @Override
    public Class<Samples.LossConfig> configType() {
      return Samples.LossConfig.class;
    }

    @Override
    public Loss create(Samples.LossConfig config) {
      return new Samples.Scaled(name(), config.temperature() * prices.factor());
    }
  }

  private static Module genrec() {
    return new GenRecModule(List.of(new Samples.Full()));
  }

  /** An application's module: its prices, and one more loss under a name. */
  private static Module priced(String name, double factor) {
    return new AbstractModule() {
      @Override
      protected void configure() {
        bind(Prices.class).toInstance(new Prices(factor));
        MapBinder.newMapBinder(binder(), TypeLiteral.get(String.class), LOSS)
            .addBinding(name)
            .to(PricedLosses.class);
      }
    };
  }

  private static Loss loss(Injector injector, String name) {
    return injector
        .getInstance(Registry.class)
        .loss(StrictConfig.parse("t", "{\"name\": \"" + name + "\", \"temperature\": 0.5}"));
  }

  @Test
  void bindsWhatPluginsBring() {
    Registry registry = Guice.createInjector(genrec()).getInstance(Registry.class);
    Registry withoutGuice = Registry.of(List.of(new Samples.Full()));
    assertThat(registry.encoders()).isEqualTo(withoutGuice.encoders());
    assertThat(registry.tasks()).isEqualTo(withoutGuice.tasks());
    assertThat(registry.losses()).isEqualTo(withoutGuice.losses());
    assertThat(registry.samplers()).isEqualTo(withoutGuice.samplers());
    assertThat(registry.baselines()).containsOnlyKeys("most-popular");
  }

  @Test
  void worksWithoutAnyPlugin() {
    Registry registry =
        Guice.createInjector(new GenRecModule(List.of())).getInstance(Registry.class);
    assertThat(registry.encoders()).isEmpty();
  }

  @Test
  void anApplicationAddsAFactoryThatItsInjectorConstructs() {
    Injector injector = Guice.createInjector(genrec(), priced("priced", 3));
    assertThat(loss(injector, "priced")).isEqualTo(new Samples.Scaled("priced", 1.5));
    assertThat(loss(injector, "sampled-softmax"))
        .isEqualTo(new Samples.Scaled("sampled-softmax", 0.5));
    assertThat(injector.getInstance(Registry.class)).isSameAs(injector.getInstance(Registry.class));
  }

  @Test
  void anApplicationAddsABaseline() {
    Module more =
        new AbstractModule() {
          @Override
          protected void configure() {
            MapBinder.newMapBinder(
                    binder(),
                    TypeLiteral.get(String.class),
                    new TypeLiteral<BaselineFactory<?>>() {})
                .addBinding("most-popular")
                .toInstance(new Samples.Baselines("most-popular"));
          }
        };
    Injector injector = Guice.createInjector(new GenRecModule(List.of()), more);
    StrictConfig config = StrictConfig.parse("t", "{\"name\": \"most-popular\"}");
    assertThat(injector.getInstance(Registry.class).baseline(config))
        .isEqualTo(new Samples.Popular("most-popular", 1));
  }

  /** Another sampled softmax. */
  static final class Replacement implements LossFactory<Samples.LossConfig> {
    @Inject
    Replacement() {}

    @Override
    public String name() {
      return "sampled-softmax";
    }

    @Override
    public Class<Samples.LossConfig> configType() {
      return Samples.LossConfig.class;
    }

    @Override
    public Loss create(Samples.LossConfig config) {
      return new Samples.Scaled("replacement", config.temperature());
    }
  }

  @Test
  void anApplicationReplacesABinding() {
    Module replaced =
        Modules.override(genrec())
            .with(
                new AbstractModule() {
                  @Override
                  protected void configure() {
                    bind(LOSS).annotatedWith(Names.named("sampled-softmax")).to(Replacement.class);
                  }
                });
    assertThat(loss(Guice.createInjector(replaced), "sampled-softmax"))
        .isEqualTo(new Samples.Scaled("replacement", 0.5));
  }

  @Test
  void enginesInOneJvmKnowNothingOfEachOther() {
    Injector cheap = Guice.createInjector(genrec(), priced("priced", 1));
    Injector dear = Guice.createInjector(genrec(), priced("priced", 100));
    Injector plain = Guice.createInjector(genrec());
    assertThat(loss(cheap, "priced")).isEqualTo(new Samples.Scaled("priced", 0.5));
    assertThat(loss(dear, "priced")).isEqualTo(new Samples.Scaled("priced", 50));
    assertThatThrownBy(() -> loss(plain, "priced")).hasMessageContaining("[GR/UnknownLoss]");
    assertThat(cheap.getInstance(Registry.class)).isNotSameAs(dear.getInstance(Registry.class));
  }

  @Test
  void aNameBoundTwiceFailsAtOnceNamingBoth() {
    Module rival =
        new AbstractModule() {
          @Override
          protected void configure() {
            MapBinder.newMapBinder(binder(), TypeLiteral.get(String.class), LOSS)
                .addBinding("sampled-softmax")
                .to(Replacement.class);
          }
        };
    assertThatThrownBy(() -> Guice.createInjector(genrec(), rival))
        .isInstanceOf(CreationException.class)
        .hasCauseInstanceOf(GenRecException.class)
        .cause()
        .hasMessageContainingAll(
            "[GR/DuplicatePlugin]",
            "loss \"sampled-softmax\"",
            Samples.Losses.class.getName(),
            Replacement.class.getName());
  }

  @Test
  void aNameThatTwoPluginsBringFailsBeforeThereIsAnInjector() {
    assertThatThrownBy(() -> new GenRecModule(List.of(new Samples.Full(), new Samples.Rival())))
        .hasMessageContainingAll(
            "[GR/DuplicatePlugin]", Samples.Full.class.getName(), Samples.Rival.class.getName());
  }

  @Test
  void aFactoryIsBoundByItsOwnName() {
    assertThatThrownBy(() -> Guice.createInjector(genrec(), priced("prized", 1)))
        .hasMessageContainingAll(
            "[GR/MisnamedFactory]", PricedLosses.class.getName(), "\"prized\"", "\"priced\"");
  }

  /** Has all that a just-in-time binding needs, but nobody binds it. */
  static final class Unbound {
    @Inject
    Unbound() {}
  }

  @Test
  void theInjectorIsStrict() {
    Injector injector = Guice.createInjector(genrec());
    assertThatThrownBy(() -> injector.getInstance(Unbound.class))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("Explicit bindings are required");
    Module unmarked =
        new AbstractModule() {
          @Override
          protected void configure() {
            bind(Samples.Popular.class);
          }
        };
    assertThatThrownBy(() -> Guice.createInjector(genrec(), unmarked))
        .hasMessageContaining("require @Inject constructors");
  }

  @Test
  void mapsOfFactoriesCanBeInjectedToo() {
    Map<String, LossFactory<?>> losses =
        Guice.createInjector(genrec()).getInstance(Key.get(new TypeLiteral<>() {}));
    assertThat(losses).containsOnlyKeys("sampled-softmax");
  }
}
