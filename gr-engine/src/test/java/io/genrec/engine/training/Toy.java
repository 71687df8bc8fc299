package io.genrec.engine.training;

import io.genrec.api.config.StrictConfig;
import io.genrec.api.encoder.Capabilities;
import io.genrec.api.encoder.EncoderBlock;
import io.genrec.api.encoder.EncoderFactory;
import io.genrec.api.encoder.SequenceEncoder;
import io.genrec.api.graph.Dropout;
import io.genrec.api.graph.Initializer;
import io.genrec.api.graph.Parameter;
import io.genrec.api.graph.Scope;
import io.genrec.api.graph.Tensor;
import io.genrec.api.sequence.Histories;
import io.genrec.api.sequence.History;
import io.genrec.api.sequence.Schema;
import io.genrec.api.sequence.TokenContext;
import io.genrec.api.sequence.TokenRow;
import io.genrec.api.task.EvaluationCase;
import io.genrec.api.task.EvaluationSet;
import io.genrec.api.task.Task;
import io.genrec.api.task.TaskFactory;
import io.genrec.api.training.Sampler;
import io.genrec.api.training.SamplerContext;
import io.genrec.api.training.SamplerFactory;
import io.genrec.engine.loss.FullSoftmax;
import io.genrec.engine.loss.SampledSoftmax;
import io.genrec.engine.model.Model;
import io.genrec.engine.wiring.Registry;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.random.RandomGenerator;

/**
 * The smallest things that can be trained: users who walk along the items in steps of their own.
 */
public final class Toy {
  /** How many items there are. */
  public static final int ITEMS = 40;

  private static final int MAX_HISTORY = 12;

  private Toy() {}

  /** What tokens look like. */
  public static Schema schema() {
    return new Schema(
        List.of(new Schema.Feature(Schema.ITEM, ITEMS, 8)), MAX_HISTORY, MAX_HISTORY + 1);
  }

  /** Everything that a configuration may name. */
  public static Registry registry() {
    return Registry.builder()
        .encoder(new ToyEncoder())
        .task(new ToyTask())
        .sampler(new ToySampler())
        .loss(new SampledSoftmax())
        .loss(new FullSoftmax())
        .build();
  }

  /** A configuration of the registry's parts. */
  public static StrictConfig config(String json) {
    return StrictConfig.parse("toy", json);
  }

  /** The registry's encoder as a model. */
  public static Model model(Registry registry, Schema schema, double dropout, double scale) {
    StrictConfig encoder =
        config("{\"name\": \"toy\", \"dropout\": " + dropout + ", \"scale\": " + scale + "}");
    return new Model("toy", schema, scope -> registry.encoder(encoder, scope, schema));
  }

  /** Users of events with items that have no row. */
  static Histories unknown(int users, int events) {
    return of(Collections.nCopies(users, new Events(new int[events])));
  }

  /** Users of 2 to 15 events, each one item further than the last. */
  public static Histories histories(int users) {
    List<History> all = new ArrayList<>();
    Random random = new Random(5);
    for (int user = 0; user < users; user++) {
      int[] items = new int[2 + random.nextInt(14)];
      int start = random.nextInt(ITEMS);
      for (int i = 0; i < items.length; i++) {
        items[i] = 1 + (start + i) % ITEMS;
      }
      all.add(new Events(items));
    }
    return of(all);
  }

  private static Histories of(List<? extends History> all) {
    return new Histories() {
      @Override
      public int size() {
        return all.size();
      }

      @Override
      public History get(int index) {
        return all.get(index);
      }
    };
  }

  /** Each user's last event, asked of the events before. */
  public static EvaluationSet questions(Histories histories) {
    return new EvaluationSet() {
      @Override
      public int size() {
        return histories.size();
      }

      @Override
      public EvaluationCase get(int index) {
        History history = histories.get(index);
        int last = history.size() - 1;
        return new EvaluationCase(
            index,
            history.slice(0, last),
            history.category(Schema.ITEM, last),
            history.time(last),
            false);
      }
    };
  }

  @SuppressWarnings("ArrayRecordComponent")
  private record Events(int[] items) implements History {
    @Override
    public int size() {
      return items.length;
    }

    @Override
    public int category(String feature, int event) {
      return items[event];
    }

    @Override
    public long time(int event) {
      return 1000L * event;
    }
  }

  /** The options of {@link ToyEncoder}. */
  public record ToyConfig(double dropout, double scale) {}

  /** Mixes each token with the mean of those before. */
  private static final class ToyEncoder implements EncoderFactory<ToyConfig> {
    @Override
    public String name() {
      return "toy";
    }

    @Override
    public Class<ToyConfig> configType() {
      return ToyConfig.class;
    }

    @Override
    public SequenceEncoder create(ToyConfig config, Scope scope, Schema schema) {
      int dim = schema.dim();
      Parameter w = scope.parameter("w", Initializer.xavierUniform(), dim, dim);
      Dropout dropout = scope.dropout("out", config.dropout());
      return new SequenceEncoder() {
        @Override
        public Tensor input(TokenContext tokens) {
          return tokens.embed(Schema.ITEM);
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
        public Tensor encode(TokenContext tokens) {
          Tensor x = input(tokens);
          Tensor sum = x.cumulativeSum(1).times(config.scale());
          return dropout.apply(sum.plus(x.times(4)).matmul(w.in(x)).tanh());
        }

        @Override
        public Capabilities capabilities() {
          return new Capabilities(
              Capabilities.Causality.CAUSAL, Capabilities.CacheScope.NONE, schema.maxLength());
        }
      };
    }
  }

  /** No options. */
  public record NoConfig() {}

  private static final class ToyTask implements TaskFactory<NoConfig> {
    @Override
    public String name() {
      return "next";
    }

    @Override
    public Class<NoConfig> configType() {
      return NoConfig.class;
    }

    @Override
    public Task create(NoConfig config, Schema schema) {
      return new Task() {
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
          return Math.min(MAX_HISTORY, history.size() - 1);
        }

        @Override
        public void writeTraining(History history, TokenRow row) {
          History shown = history.last(trainingLength(history) + 1);
          for (int i = 0; i + 1 < shown.size(); i++) {
            row.token(i, shown.time(i), shown.time(i + 1));
            row.feature(Schema.ITEM, i, shown.category(Schema.ITEM, i));
            int next = shown.category(Schema.ITEM, i + 1);
            row.target(Schema.ITEM, i, next, next == 0 ? 0 : 1);
          }
        }

        @Override
        public int requestLength(History history) {
          return Math.min(MAX_HISTORY, history.size());
        }

        @Override
        public void writeRequest(History history, long at, TokenRow row) {
          History shown = history.last(requestLength(history));
          for (int i = 0; i < shown.size(); i++) {
            row.token(i, shown.time(i), at);
            row.feature(Schema.ITEM, i, shown.category(Schema.ITEM, i));
          }
        }
      };
    }
  }

  /** How negatives are shared. */
  public record SamplerConfig(Sampler.Sharing sharing, int count) {}

  private static final class ToySampler implements SamplerFactory<SamplerConfig> {
    @Override
    public String name() {
      return "any";
    }

    @Override
    public Class<SamplerConfig> configType() {
      return SamplerConfig.class;
    }

    @Override
    public Sampler create(SamplerConfig config, SamplerContext context) {
      return new Sampler() {
        @Override
        public Sharing sharing() {
          return config.sharing();
        }

        @Override
        public int count() {
          return config.count();
        }

        @Override
        public Draw draw(int[] targets) {
          if (targets.length == 0) {
            throw new AssertionError("some samplers draw from the targets");
          }
          return new Draw() {
            @Override
            public int next(RandomGenerator random) {
              return 1 + random.nextInt(context.rows());
            }

            @Override
            public double logProbability(int row) {
              return -Math.log(context.rows());
            }
          };
        }
      };
    }
  }
}
