package io.genrec.engine.wiring;

import com.google.inject.AbstractModule;
import com.google.inject.Key;
import com.google.inject.TypeLiteral;
import com.google.inject.multibindings.MapBinder;
import com.google.inject.name.Names;
import io.genrec.api.GenRecException;
import io.genrec.api.encoder.EncoderFactory;
import io.genrec.api.inference.BaselineFactory;
import io.genrec.api.inference.InferenceStrategyFactory;
import io.genrec.api.plugin.Plugin;
import io.genrec.api.task.TaskFactory;
import io.genrec.api.training.LossFactory;
import io.genrec.api.training.SamplerFactory;
import java.util.List;
import java.util.Map;
import org.apiguardian.api.API;

/**
 * Gives an injector a {@link Registry} of what plug-ins bring and what the application binds.
 *
 * <pre>{@code
 * Injector injector = Guice.createInjector(new GenRecModule(plugins.list()), new MyModule());
 *
 * // in MyModule: one more loss, constructed by the injector
 * MapBinder.newMapBinder(binder(), new TypeLiteral<String>() {}, new TypeLiteral<LossFactory<?>>() {})
 *     .addBinding("mine").to(MyLossFactory.class);
 *
 * // another hstu instead of the plug-in's: each factory is bound by its name
 * Modules.override(new GenRecModule(plugins.list())).with(new AbstractModule() {
 *   protected void configure() {
 *     bind(new TypeLiteral<EncoderFactory<?>>() {}).annotatedWith(Names.named("hstu")).to(MyHstu.class);
 *   }
 * });
 * }</pre>
 *
 * <p>Map binders: {@code String} to {@code EncoderFactory<?>}, {@code TaskFactory<?>}, {@code
 * LossFactory<?>}, {@code SamplerFactory<?>}, {@code InferenceStrategyFactory<?>} and {@code
 * BaselineFactory<?>}. A name that is bound twice fails when the injector is made, with {@code
 * [GR/DuplicatePlugin]}; a factory that is bound by another name than its own, with {@code
 * [GR/MisnamedFactory]}.
 *
 * <p>The injector becomes strict as a whole: explicit bindings, {@code @Inject} on constructors,
 * exact annotations, no circular proxies. An application that needs it otherwise makes an injector
 * of this module alone and takes the registry from it. Nothing is shared between injectors.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public final class GenRecModule extends AbstractModule {
  private final Registry fromPlugins;

  /**
   * A module that binds what some plug-ins bring.
   *
   * @throws GenRecException as {@link Registry#of}: already here, before there is an injector
   */
  public GenRecModule(List<? extends Plugin> plugins) {
    fromPlugins = Registry.of(plugins);
  }

  @Override
  protected void configure() {
    binder().requireExplicitBindings();
    binder().requireAtInjectOnConstructors();
    binder().requireExactBindingAnnotations();
    binder().disableCircularProxies();
    bindAll(new TypeLiteral<EncoderFactory<?>>() {}, fromPlugins.encoders());
    bindAll(new TypeLiteral<TaskFactory<?>>() {}, fromPlugins.tasks());
    bindAll(new TypeLiteral<LossFactory<?>>() {}, fromPlugins.losses());
    bindAll(new TypeLiteral<SamplerFactory<?>>() {}, fromPlugins.samplers());
    bindAll(new TypeLiteral<InferenceStrategyFactory<?>>() {}, fromPlugins.strategies());
    bindAll(new TypeLiteral<BaselineFactory<?>>() {}, fromPlugins.baselines());
    bind(Registry.class).toProvider(RegistryProvider.class).asEagerSingleton();
  }

  /** Binds each factory by its name, and the map's entry to that, so that one can be overridden. */
  private <F> void bindAll(TypeLiteral<F> type, Map<String, F> factories) {
    MapBinder<String, F> binder =
        MapBinder.newMapBinder(binder(), TypeLiteral.get(String.class), type).permitDuplicates();
    factories.forEach(
        (name, factory) -> {
          Key<F> key = Key.get(type, Names.named(name));
          bind(key).toInstance(factory);
          binder.addBinding(name).to(key);
        });
  }
}
