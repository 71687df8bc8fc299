package io.genrec.engine.wiring;

import io.genrec.api.GenRecException;
import io.genrec.api.config.StrictConfig;
import io.genrec.api.encoder.EncoderFactory;
import io.genrec.api.encoder.SequenceEncoder;
import io.genrec.api.graph.Scope;
import io.genrec.api.inference.Baseline;
import io.genrec.api.inference.BaselineFactory;
import io.genrec.api.inference.InferenceStrategy;
import io.genrec.api.inference.InferenceStrategyFactory;
import io.genrec.api.inference.ScoringModel;
import io.genrec.api.plugin.Plugin;
import io.genrec.api.sequence.Schema;
import io.genrec.api.task.Task;
import io.genrec.api.task.TaskFactory;
import io.genrec.api.training.Loss;
import io.genrec.api.training.LossFactory;
import io.genrec.api.training.Sampler;
import io.genrec.api.training.SamplerContext;
import io.genrec.api.training.SamplerFactory;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import org.apiguardian.api.API;

/**
 * The encoders, tasks, losses, samplers, inference strategies and baselines that an engine knows,
 * by name. Immutable and thread-safe; two registries in one JVM know nothing of each other.
 *
 * <pre>{@code
 * try (Plugins plugins = Plugins.load(Path.of("plugins"), loader)) {
 *   Registry registry = Registry.builder().plugins(plugins.list()).loss(new MyLoss()).build();
 *   StrictConfig run = StrictConfig.read(Path.of("run.json")); // {"encoder": {"name": "hstu", ...}}
 *   SequenceEncoder encoder = registry.encoder(run.at("/encoder"), Scope.root(), schema);
 * }
 * }</pre>
 *
 * <p>A configuration is an object whose key {@code name} chooses a factory; its other keys are the
 * factory's configuration record, read strictly.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public final class Registry {
  private final Catalogue<EncoderFactory<?>> encoders;
  private final Catalogue<TaskFactory<?>> tasks;
  private final Catalogue<LossFactory<?>> losses;
  private final Catalogue<SamplerFactory<?>> samplers;
  private final Catalogue<InferenceStrategyFactory<?>> strategies;
  private final Catalogue<BaselineFactory<?>> baselines;

  private Registry(Builder builder) {
    encoders = builder.encoders.build();
    tasks = builder.tasks.build();
    losses = builder.losses.build();
    samplers = builder.samplers.build();
    strategies = builder.strategies.build();
    baselines = builder.baselines.build();
  }

  /**
   * All that some plug-ins bring.
   *
   * @throws GenRecException {@code [GR/DuplicatePlugin]} naming both jars if a name comes twice
   *     within a kind; {@code [GR/BrokenPlugin]} if a plug-in cannot list what it brings
   */
  public static Registry of(List<? extends Plugin> plugins) {
    return builder().plugins(plugins).build();
  }

  /**
   * What the plug-ins of the class path bring: those that the thread's context class loader finds,
   * else those of GenRec's own class loader.
   */
  public static Registry onClassPath() {
    ClassLoader own = Registry.class.getClassLoader();
    ClassLoader context = Thread.currentThread().getContextClassLoader();
    List<Plugin> plugins = Plugins.load(context == null ? own : context).list();
    return of(plugins.isEmpty() ? Plugins.load(own).list() : plugins);
  }

  /** An empty registry to add to. */
  public static Builder builder() {
    return new Builder();
  }

  /** The encoders by name, in the order of their names; unmodifiable. */
  public SortedMap<String, EncoderFactory<?>> encoders() {
    return encoders.factories();
  }

  /** The tasks by name, in the order of their names; unmodifiable. */
  public SortedMap<String, TaskFactory<?>> tasks() {
    return tasks.factories();
  }

  /** The losses by name, in the order of their names; unmodifiable. */
  public SortedMap<String, LossFactory<?>> losses() {
    return losses.factories();
  }

  /** The samplers by name, in the order of their names; unmodifiable. */
  public SortedMap<String, SamplerFactory<?>> samplers() {
    return samplers.factories();
  }

  /** The inference strategies by name, in the order of their names; unmodifiable. */
  public SortedMap<String, InferenceStrategyFactory<?>> strategies() {
    return strategies.factories();
  }

  /** The baselines by name, in the order of their names; unmodifiable. */
  public SortedMap<String, BaselineFactory<?>> baselines() {
    return baselines.factories();
  }

  /**
   * The encoder's factory of a name, for example the one that a bundle was made with.
   *
   * @throws GenRecException {@code [GR/UnknownEncoder]} with the known names
   */
  public EncoderFactory<?> encoderFactory(String name) {
    return encoders.find(name, "");
  }

  /**
   * Makes the encoder that a configuration describes.
   *
   * @param config for example {@code {"name": "hstu", "blocks": 2}}
   * @param scope where the encoder declares its parameters
   * @param schema the tokens that it will see
   * @throws GenRecException {@code [GR/UnknownEncoder]} with the known names; {@code
   *     [GR/MissingKey]}, {@code [GR/UnknownKey]}, {@code [GR/InvalidValue]} with the key's path;
   *     what the factory refuses, with the path of the configuration
   */
  public SequenceEncoder encoder(StrictConfig config, Scope scope, Schema schema) {
    NamedConfig<EncoderFactory<?>> named = NamedConfig.of(config, encoders);
    return create(named.factory(), named, scope, schema);
  }

  private static <C extends Record> SequenceEncoder create(
      EncoderFactory<C> factory, NamedConfig<?> named, Scope scope, Schema schema) {
    C config = named.rest().as(factory.configType());
    return named.make(() -> factory.create(config, scope, schema));
  }

  /**
   * Makes the task that a configuration describes.
   *
   * @param config for example {@code {"name": "next-item"}}
   * @param schema the tokens that it forms
   * @throws GenRecException {@code [GR/UnknownTask]}, else as {@link #encoder}
   */
  public Task task(StrictConfig config, Schema schema) {
    NamedConfig<TaskFactory<?>> named = NamedConfig.of(config, tasks);
    return create(named.factory(), named, schema);
  }

  private static <C extends Record> Task create(
      TaskFactory<C> factory, NamedConfig<?> named, Schema schema) {
    C config = named.rest().as(factory.configType());
    return named.make(() -> factory.create(config, schema));
  }

  /**
   * Makes the loss that a configuration describes.
   *
   * @param config for example {@code {"name": "sampled-softmax", "temperature": 0.05}}
   * @throws GenRecException {@code [GR/UnknownLoss]}, else as {@link #encoder}
   */
  public Loss loss(StrictConfig config) {
    NamedConfig<LossFactory<?>> named = NamedConfig.of(config, losses);
    return create(named.factory(), named);
  }

  private static <C extends Record> Loss create(LossFactory<C> factory, NamedConfig<?> named) {
    C config = named.rest().as(factory.configType());
    return named.make(() -> factory.create(config));
  }

  /**
   * Makes the sampler that a configuration describes.
   *
   * @param config for example {@code {"name": "uniform", "count": 128}}
   * @param context what the sampler may know of the data
   * @throws GenRecException {@code [GR/UnknownSampler]}, else as {@link #encoder}
   */
  public Sampler sampler(StrictConfig config, SamplerContext context) {
    NamedConfig<SamplerFactory<?>> named = NamedConfig.of(config, samplers);
    return create(named.factory(), named, context);
  }

  private static <C extends Record> Sampler create(
      SamplerFactory<C> factory, NamedConfig<?> named, SamplerContext context) {
    C config = named.rest().as(factory.configType());
    return named.make(() -> factory.create(config, context));
  }

  /**
   * Makes the inference strategy that a configuration describes.
   *
   * @param config for example {@code {"name": "m-falcon", "microBatch": 128}}
   * @param model what it runs; closed by the caller, after the strategy
   * @throws GenRecException {@code [GR/UnknownStrategy]}, else as {@link #encoder}
   */
  public InferenceStrategy strategy(StrictConfig config, ScoringModel model) {
    NamedConfig<InferenceStrategyFactory<?>> named = NamedConfig.of(config, strategies);
    return create(named.factory(), named, model);
  }

  private static <C extends Record> InferenceStrategy create(
      InferenceStrategyFactory<C> factory, NamedConfig<?> named, ScoringModel model) {
    C config = named.rest().as(factory.configType());
    return named.make(() -> factory.create(config, model));
  }

  /**
   * Makes the baseline that a configuration describes, not fitted yet.
   *
   * @param config for example {@code {"name": "most-popular"}}
   * @throws GenRecException {@code [GR/UnknownBaseline]}, else as {@link #encoder}
   */
  public Baseline baseline(StrictConfig config) {
    NamedConfig<BaselineFactory<?>> named = NamedConfig.of(config, baselines);
    return create(named.factory(), named);
  }

  private static <C extends Record> Baseline create(
      BaselineFactory<C> factory, NamedConfig<?> named) {
    C config = named.rest().as(factory.configType());
    return named.make(() -> factory.create(config));
  }

  /**
   * Collects what a registry knows. Each method gives this builder and throws {@code
   * [GR/DuplicatePlugin]}, naming the jars or folders of both, for a name that is taken within its
   * kind, and {@code [GR/BrokenPlugin]} for a name or configuration type that cannot be used.
   */
  public static final class Builder {
    private final Catalogue.Builder<EncoderFactory<?>> encoders =
        new Catalogue.Builder<>(Kind.ENCODER);
    private final Catalogue.Builder<TaskFactory<?>> tasks = new Catalogue.Builder<>(Kind.TASK);
    private final Catalogue.Builder<LossFactory<?>> losses = new Catalogue.Builder<>(Kind.LOSS);
    private final Catalogue.Builder<SamplerFactory<?>> samplers =
        new Catalogue.Builder<>(Kind.SAMPLER);
    private final Catalogue.Builder<InferenceStrategyFactory<?>> strategies =
        new Catalogue.Builder<>(Kind.STRATEGY);
    private final Catalogue.Builder<BaselineFactory<?>> baselines =
        new Catalogue.Builder<>(Kind.BASELINE);

    private Builder() {}

    /** All that some plug-ins bring, in their order. */
    public Builder plugins(List<? extends Plugin> plugins) {
      plugins.forEach(this::plugin);
      return this;
    }

    /** All that a plug-in brings. */
    public Builder plugin(Plugin plugin) {
      String origin = Origin.of(plugin.getClass());
      try {
        plugin.encoders().forEach(factory -> encoder(factory, origin));
        plugin.tasks().forEach(factory -> task(factory, origin));
        plugin.losses().forEach(factory -> loss(factory, origin));
        plugin.samplers().forEach(factory -> sampler(factory, origin));
        plugin.strategies().forEach(factory -> strategy(factory, origin));
        plugin.baselines().forEach(factory -> baseline(factory, origin));
      } catch (GenRecException e) {
        throw e;
      } catch (LinkageError | RuntimeException e) {
        // Foreign code: a jar built for another version fails with a LinkageError.
        throw new GenRecException(
            "BrokenPlugin",
            "the plug-in of "
                + origin
                + " cannot list what it brings: "
                + e
                + "; it may have been built for another version of GenRec or lack a jar it needs",
            e);
      }
      return this;
    }

    /** One encoder's factory. */
    public Builder encoder(EncoderFactory<?> factory) {
      return encoder(factory, Origin.of(factory.getClass()));
    }

    private Builder encoder(EncoderFactory<?> factory, String origin) {
      check(factory.name(), factory.configType(), origin);
      encoders.add(factory.name(), factory, origin);
      return this;
    }

    /** One task's factory. */
    public Builder task(TaskFactory<?> factory) {
      return task(factory, Origin.of(factory.getClass()));
    }

    private Builder task(TaskFactory<?> factory, String origin) {
      check(factory.name(), factory.configType(), origin);
      tasks.add(factory.name(), factory, origin);
      return this;
    }

    /** One loss's factory. */
    public Builder loss(LossFactory<?> factory) {
      return loss(factory, Origin.of(factory.getClass()));
    }

    private Builder loss(LossFactory<?> factory, String origin) {
      check(factory.name(), factory.configType(), origin);
      losses.add(factory.name(), factory, origin);
      return this;
    }

    /** One sampler's factory. */
    public Builder sampler(SamplerFactory<?> factory) {
      return sampler(factory, Origin.of(factory.getClass()));
    }

    private Builder sampler(SamplerFactory<?> factory, String origin) {
      check(factory.name(), factory.configType(), origin);
      samplers.add(factory.name(), factory, origin);
      return this;
    }

    /** One inference strategy's factory. */
    public Builder strategy(InferenceStrategyFactory<?> factory) {
      return strategy(factory, Origin.of(factory.getClass()));
    }

    private Builder strategy(InferenceStrategyFactory<?> factory, String origin) {
      check(factory.name(), factory.configType(), origin);
      strategies.add(factory.name(), factory, origin);
      return this;
    }

    /** One baseline's factory. */
    public Builder baseline(BaselineFactory<?> factory) {
      return baseline(factory, Origin.of(factory.getClass()));
    }

    private Builder baseline(BaselineFactory<?> factory, String origin) {
      check(factory.name(), factory.configType(), origin);
      baselines.add(factory.name(), factory, origin);
      return this;
    }

    /** The key "name" chooses the factory, so a record that has it too could never be read. */
    private static void check(String name, Class<? extends Record> config, String origin) {
      boolean clash =
          Arrays.stream(config.getRecordComponents())
              .anyMatch(component -> component.getName().equals(NamedConfig.NAME));
      if (clash) {
        throw new GenRecException(
            "BrokenPlugin",
            "the configuration record "
                + config.getName()
                + " of \""
                + name
                + "\" from "
                + origin
                + " has a component \"name\", but that key chooses the factory; call it otherwise");
      }
    }

    /** The registry; the builder may be used on. */
    public Registry build() {
      return new Registry(this);
    }
  }
}
