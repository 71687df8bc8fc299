package io.genrec.engine.wiring;

import io.genrec.api.GenRecException;
import io.genrec.api.config.Default;
import io.genrec.api.encoder.Capabilities;
import io.genrec.api.encoder.EncoderBlock;
import io.genrec.api.encoder.EncoderFactory;
import io.genrec.api.encoder.SequenceEncoder;
import io.genrec.api.graph.Initializer;
import io.genrec.api.graph.Scope;
import io.genrec.api.graph.Tensor;
import io.genrec.api.inference.Baseline;
import io.genrec.api.inference.BaselineFactory;
import io.genrec.api.plugin.Plugin;
import io.genrec.api.sequence.History;
import io.genrec.api.sequence.Schema;
import io.genrec.api.sequence.TokenContext;
import io.genrec.api.sequence.TokenRow;
import io.genrec.api.task.Task;
import io.genrec.api.task.TaskFactory;
import io.genrec.api.training.Loss;
import io.genrec.api.training.LossContext;
import io.genrec.api.training.LossFactory;
import io.genrec.api.training.Sampler;
import io.genrec.api.training.SamplerContext;
import io.genrec.api.training.SamplerFactory;
import java.util.List;
import java.util.function.Consumer;

/** One factory of each kind that remembers what it was given, and plug-ins that bring them. */
final class Samples {
  static final Schema SCHEMA = new Schema(List.of(new Schema.Feature(Schema.ITEM, 7, 4)), 8, 10);

  private Samples() {}

  record EncoderConfig(int blocks, @Default("1") int heads) {
    EncoderConfig {
      if (blocks < 1) {
        throw new IllegalArgumentException("blocks must be at least 1");
      }
    }
  }

  record Encoder(String madeBy, EncoderConfig config, Schema schema) implements SequenceEncoder {
    @Override
    public Tensor input(TokenContext tokens) {
      throw new UnsupportedOperationException();
    }

    @Override
    public List<EncoderBlock> blocks() {
      return List.of();
    }

    @Override
    public Tensor output(Tensor x, TokenContext tokens) {
      return x;
    }

    @Override
    public Capabilities capabilities() {
      return new Capabilities(
          Capabilities.Causality.CAUSAL, Capabilities.CacheScope.NONE, schema.maxLength());
    }
  }

  /** Refuses heads that do not divide the schema's width, as real encoders do. */
  record Encoders(String name) implements EncoderFactory<EncoderConfig> {
    @Override
    public Class<EncoderConfig> configType() {
      return EncoderConfig.class;
    }

    @Override
    public SequenceEncoder create(EncoderConfig config, Scope scope, Schema schema) {
      if (config.heads() > schema.dim()) {
        throw new GenRecException("TooManyHeads", "heads must be at most " + schema.dim());
      } else if (schema.dim() % config.heads() != 0) {
        throw new IllegalArgumentException("heads must divide " + schema.dim());
      }
      scope.parameter("w", Initializer.zeros(), config.blocks());
      return new Encoder(name, config, schema);
    }
  }

  record NoConfig() {}

  record Tasks(String name) implements TaskFactory<NoConfig> {
    @Override
    public Class<NoConfig> configType() {
      return NoConfig.class;
    }

    @Override
    public Task create(NoConfig config, Schema schema) {
      return new NextItem(schema);
    }
  }

  record NextItem(Schema schema) implements Task {
    @Override
    public List<String> features() {
      return List.of(Schema.ITEM);
    }

    @Override
    public List<String> targets() {
      return List.of(Schema.ITEM);
    }

    @Override
    public int trainingLength(History history) {
      return 0;
    }

    @Override
    public void writeTraining(History history, TokenRow row) {}

    @Override
    public int requestLength(History history) {
      return 0;
    }

    @Override
    public void writeRequest(History history, long at, TokenRow row) {}
  }

  record LossConfig(@Default("0.05") double temperature) {}

  record Scaled(String madeBy, double temperature) implements Loss {
    @Override
    public Tensor sum(LossContext context) {
      throw new UnsupportedOperationException();
    }
  }

  record Losses(String name) implements LossFactory<LossConfig> {
    @Override
    public Class<LossConfig> configType() {
      return LossConfig.class;
    }

    @Override
    public Loss create(LossConfig config) {
      return new Scaled(name, config.temperature());
    }
  }

  record SamplerConfig(int count) {}

  record Uniform(int count, int rows) implements Sampler {
    @Override
    public Sharing sharing() {
      return Sharing.BATCH;
    }

    @Override
    public Draw draw(int[] targets) {
      throw new UnsupportedOperationException();
    }
  }

  record Samplers(String name) implements SamplerFactory<SamplerConfig> {
    @Override
    public Class<SamplerConfig> configType() {
      return SamplerConfig.class;
    }

    @Override
    public Sampler create(SamplerConfig config, SamplerContext context) {
      return new Uniform(config.count(), context.rows());
    }
  }

  record BaselineConfig(@Default("1") int power) {}

  record Popular(String madeBy, int power) implements Baseline {
    @Override
    public void fit(int items, Consumer<Consumer<History>> histories) {}

    @Override
    public void score(History history, float[] scores) {}
  }

  record Baselines(String name) implements BaselineFactory<BaselineConfig> {
    @Override
    public Class<BaselineConfig> configType() {
      return BaselineConfig.class;
    }

    @Override
    public Baseline create(BaselineConfig config) {
      return new Popular(name, config.power());
    }
  }

  /** Brings one of each kind. */
  static final class Full implements Plugin {
    @Override
    public List<EncoderFactory<?>> encoders() {
      return List.of(new Encoders("hstu"), new Encoders("sasrec"));
    }

    @Override
    public List<TaskFactory<?>> tasks() {
      return List.of(new Tasks("next-item"));
    }

    @Override
    public List<LossFactory<?>> losses() {
      return List.of(new Losses("sampled-softmax"));
    }

    @Override
    public List<SamplerFactory<?>> samplers() {
      return List.of(new Samplers("uniform"));
    }

    @Override
    public List<BaselineFactory<?>> baselines() {
      return List.of(new Baselines("most-popular"));
    }
  }

  /** Brings an encoder that {@link Full} brings too. */
  static final class Rival implements Plugin {
    @Override
    public List<EncoderFactory<?>> encoders() {
      return List.of(new Encoders("hstu"));
    }
  }
}
