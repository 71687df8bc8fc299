package io.genrec.engine.wiring;

import io.genrec.api.GenRecException;
import io.genrec.api.encoder.EncoderFactory;
import io.genrec.api.inference.BaselineFactory;
import io.genrec.api.inference.InferenceStrategyFactory;
import io.genrec.api.task.TaskFactory;
import io.genrec.api.training.LossFactory;
import io.genrec.api.training.SamplerFactory;
import jakarta.inject.Inject;
import jakarta.inject.Provider;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Makes the registry of an injector from its map binders. They permit duplicates so that a name
 * that is bound twice is reported here, with both origins.
 */
final class RegistryProvider implements Provider<Registry> {
  private final Registry registry;

  @Inject
  RegistryProvider(
      Map<String, Set<EncoderFactory<?>>> encoders,
      Map<String, Set<TaskFactory<?>>> tasks,
      Map<String, Set<LossFactory<?>>> losses,
      Map<String, Set<SamplerFactory<?>>> samplers,
      Map<String, Set<InferenceStrategyFactory<?>>> strategies,
      Map<String, Set<BaselineFactory<?>>> baselines) {
    Registry.Builder builder = Registry.builder();
    add(encoders, EncoderFactory::name, builder::encoder);
    add(tasks, TaskFactory::name, builder::task);
    add(losses, LossFactory::name, builder::loss);
    add(samplers, SamplerFactory::name, builder::sampler);
    add(strategies, InferenceStrategyFactory::name, builder::strategy);
    add(baselines, BaselineFactory::name, builder::baseline);
    registry = builder.build();
  }

  private static <F> void add(
      Map<String, Set<F>> bound, Function<F, String> name, Consumer<F> registration) {
    bound.forEach(
        (key, factories) -> factories.forEach(factory -> requireName(key, name, factory)));
    bound.values().forEach(factories -> factories.forEach(registration));
  }

  private static <F> void requireName(String key, Function<F, String> name, F factory) {
    if (!key.equals(name.apply(factory))) {
      throw new GenRecException(
          "MisnamedFactory",
          Origin.of(factory.getClass())
              + " is bound as \""
              + key
              + "\" but calls itself \""
              + name.apply(factory)
              + "\"; bind it by its own name");
    }
  }

  @Override
  public Registry get() {
    return registry;
  }
}
