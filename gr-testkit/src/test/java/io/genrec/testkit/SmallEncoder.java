package io.genrec.testkit;

import io.genrec.api.config.Default;
import io.genrec.api.encoder.Capabilities;
import io.genrec.api.encoder.Capabilities.CacheScope;
import io.genrec.api.encoder.Capabilities.Causality;
import io.genrec.api.encoder.EncoderBlock;
import io.genrec.api.encoder.EncoderFactory;
import io.genrec.api.encoder.Part;
import io.genrec.api.encoder.Projection;
import io.genrec.api.encoder.SequenceEncoder;
import io.genrec.api.graph.Dim;
import io.genrec.api.graph.Dropout;
import io.genrec.api.graph.ElementType;
import io.genrec.api.graph.Initializer;
import io.genrec.api.graph.Parameter;
import io.genrec.api.graph.Scope;
import io.genrec.api.graph.Shape;
import io.genrec.api.graph.Tensor;
import io.genrec.api.sequence.Role;
import io.genrec.api.sequence.Schema;
import io.genrec.api.sequence.TokenContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** One attention layer with positions: correct, or with one fault. */
final class SmallEncoder implements EncoderFactory<SmallEncoder.Config> {
  private static final long DAY = 86_400;

  /** Counts constructions, as a careless factory might. */
  private final AtomicInteger made = new AtomicInteger();

  /** What is wrong. */
  enum Fault {
    NONE,
    LOOKS_AHEAD,
    IS_BIDIRECTIONAL,
    CANDIDATES_CHANGE_HISTORY,
    CONTEXT_SEES_EVENTS,
    READS_PADDING,
    READS_PADDED_LENGTH,
    READS_OTHER_ROWS,
    DIVIDES_BY_LENGTH,
    READS_RAW_TIMES,
    CLAIMS_MORE_POSITIONS,
    CLAIMS_FEWER_POSITIONS,
    STOPS_GRADIENT,
    NEVER_READS_A_PARAMETER,
    CANCELS_A_PARAMETER,
    READS_AN_UNDECLARED_PARAMETER,
    RENAMES,
    REORDERS,
    DRAWS_ITS_OWN_VALUES,
    HIDES_A_CONSTANT,
    NEEDS_ANOTHER_KERNEL,
    CACHES_REQUEST_TIME,
    CACHES_DISTANCE_FROM_END,
    CACHES_LAST_PREDICTION_TIME,
    CACHES_WITHOUT_BLOCKS,
    SEES_OTHER_CANDIDATES,
    SEES_ORDER_OF_CANDIDATES,
    GIVES_ONE_DIRECTION,
    SHARES_STATE,
    COUNTS_GRAPHS
  }

  /**
   * The options.
   *
   * @param causality what is declared
   * @param cacheScope what is declared
   * @param independentCandidates what is declared, unless all tokens see each other
   * @param gelu whether the feed-forward needs Erf, which has no 64-bit kernel
   * @param inputFeatures further features
   */
  record Config(
      @Default("none") Fault fault,
      @Default("causal") Causality causality,
      @Default("none") CacheScope cacheScope,
      @Default("true") boolean independentCandidates,
      @Default("false") boolean gelu,
      @Default("[]") List<String> inputFeatures) {}

  /** An encoder with a fault and further options, such as {@code "gelu": true}. */
  static EncoderContract.Subject subject(Fault fault, String... options) {
    List<String> all = new ArrayList<>(List.of(options));
    all.add(Faults.option(fault));
    return EncoderContract.Subject.of(new SmallEncoder())
        .dim(6)
        .config("{" + String.join(", ", all) + "}");
  }

  @Override
  public String name() {
    return "small";
  }

  @Override
  public Class<Config> configType() {
    return Config.class;
  }

  @Override
  public SequenceEncoder create(Config config, Scope scope, Schema schema) {
    return new Encoder(config, scope, schema, made.getAndIncrement());
  }

  private static final class Encoder implements SequenceEncoder {
    private final Config config;
    private final Fault fault;
    private final int maxLength;
    private final Parameter position;
    private final Parameter shift;
    private final Dropout dropout;
    private final SmallBlock layer;
    private final double constant = new Random().nextDouble();
    private @Nullable Tensor state;
    private int graphs;

    Encoder(Config config, Scope scope, Schema schema, int number) {
      this.config = config;
      this.fault = config.fault();
      int dim = schema.dim();
      maxLength = schema.maxLength();
      String shiftName = fault == Fault.RENAMES ? "shift" + number : "shift";
      Initializer initializer =
          fault == Fault.DRAWS_ITS_OWN_VALUES
              ? (size, random) -> new Random()::nextFloat
              : Initializer.normal(0.3);
      boolean last = fault == Fault.REORDERS && number % 2 == 1;
      Parameter first = last ? null : scope.parameter(shiftName, initializer, dim);
      position = scope.parameter("position", Initializer.normal(0.3), maxLength, dim);
      shift = first != null ? first : scope.parameter(shiftName, initializer, dim);
      dropout = scope.dropout("input", 0.1);
      layer = new SmallBlock(scope.child("layer0"), dim, config.gelu());
    }

    @Override
    public Tensor input(TokenContext tokens) {
      Tensor x = tokens.embed(Schema.ITEM).times(2);
      for (String feature : config.inputFeatures()) {
        x = x.plus(tokens.embed(feature));
      }
      x = x.plus(position.in(x).gather(tokens.position()));
      x =
          switch (fault) {
            case NEVER_READS_A_PARAMETER -> x;
            case CANCELS_A_PARAMETER -> x.plus(shift.in(x).times(0));
            case READS_AN_UNDECLARED_PARAMETER ->
                x.plus(Parameter.dense("small/other", Initializer.ones(), 1).in(x));
            case CACHES_REQUEST_TIME ->
                shifted(x, tokens.requestTime().minus(Sequences.EPOCH).unsqueeze(1));
            case CACHES_DISTANCE_FROM_END ->
                shifted(x, tokens.historyLength().unsqueeze(1).minus(tokens.position()).times(DAY));
            case CACHES_LAST_PREDICTION_TIME ->
                shifted(x, tokens.predictionTime().minus(tokens.time()));
            default -> x.plus(shift.in(x));
          };
      return dropout.apply(x);
    }

    private Tensor shifted(Tensor x, Tensor seconds) {
      Tensor days = seconds.cast(ElementType.FLOAT).dividedBy(DAY).unsqueeze(2);
      return x.plus(days.times(shift.in(x)));
    }

    @Override
    public List<EncoderBlock> blocks() {
      return fault == Fault.CACHES_WITHOUT_BLOCKS ? List.of() : List.of(layer);
    }

    @Override
    public Tensor encode(TokenContext tokens) {
      if (fault == Fault.CACHES_WITHOUT_BLOCKS) {
        Tensor x = input(tokens);
        Projection own = layer.project(x, tokens);
        Part part = new Part(own.memory(), tokens.pairs());
        Tensor aggregated = layer.aggregate(own.queries(), List.of(part));
        return output(layer.transform(x, aggregated, own, tokens), tokens);
      }
      state = tokens.valid().cast(ElementType.FLOAT).unsqueeze(2);
      Tensor encoded = SequenceEncoder.super.encode(tokens);
      return switch (fault) {
        case SHARES_STATE -> encoded.times(Objects.requireNonNull(state));
        case COUNTS_GRAPHS -> encoded.times(1 + 0.01 * graphs++);
        default -> encoded;
      };
    }

    @Override
    public Tensor output(Tensor x, TokenContext tokens) {
      Tensor y = x.layerNorm(1e-6);
      Tensor items = tokens.embed(Schema.ITEM);
      return switch (fault) {
        case LOOKS_AHEAD -> y.plus(items.times(are(Role.EVENT, tokens)).sum(1));
        case IS_BIDIRECTIONAL -> {
          Tensor events = are(Role.EVENT, tokens);
          yield y.plus(items.times(events).cumulativeSum(1, true, true).times(events));
        }
        case CANDIDATES_CHANGE_HISTORY ->
            y.plus(items.times(are(Role.CANDIDATE, tokens)).sum(1).times(are(Role.EVENT, tokens)));
        case CONTEXT_SEES_EVENTS ->
            y.plus(items.times(are(Role.EVENT, tokens)).sum(1).times(are(Role.CONTEXT, tokens)));
        case READS_PADDING -> y.plus(items.sum(1));
        case READS_PADDED_LENGTH -> {
          Tensor length = x.graph().filled(Shape.of(1, "length", 1), 1).sum(1);
          yield y.plus(shift.in(x).times(length));
        }
        case READS_OTHER_ROWS ->
            y.plus(items.times(tokens.valid().cast(ElementType.FLOAT).unsqueeze(2)).sum(0));
        case DIVIDES_BY_LENGTH -> {
          Tensor length = tokens.historyLength().cast(ElementType.FLOAT);
          yield y.plus(items.dividedBy(length.unsqueeze(1).unsqueeze(2)));
        }
        case READS_RAW_TIMES ->
            y.plus(tokens.time().cast(ElementType.FLOAT).sqrt().times(1e-5).unsqueeze(2));
        case STOPS_GRADIENT -> y.times(0.7).plus(y.stopGradient().times(0.3));
        case HIDES_A_CONSTANT -> y.plus(items.times(constant));
        case NEEDS_ANOTHER_KERNEL -> {
          Tensor padded = tokens.feature(Schema.ITEM).pad(1, Dim.of(1), Dim.of(0));
          Tensor same = padded.slice(1, Dim.ONE, padded.dim(1));
          yield y.plus(same.cast(ElementType.FLOAT).times(0.01).unsqueeze(2));
        }
        case SEES_OTHER_CANDIDATES -> {
          Tensor candidates = are(Role.CANDIDATE, tokens);
          yield y.plus(items.times(candidates).sum(1).times(candidates));
        }
        case SEES_ORDER_OF_CANDIDATES -> {
          Tensor candidates = are(Role.CANDIDATE, tokens);
          Tensor place = candidates.cumulativeSum(1).times(candidates);
          yield y.plus(place.times(shift.in(x)));
        }
        case GIVES_ONE_DIRECTION -> shift.in(x).times(y.times(items).sum(-1).exp());
        default -> y;
      };
    }

    /** 1 for tokens in a role, 0 for others and padding: real [batch, length, 1]. */
    private static Tensor are(Role role, TokenContext tokens) {
      Tensor there = tokens.role().equalTo(role.ordinal()).and(tokens.valid());
      return there.cast(ElementType.FLOAT).unsqueeze(2);
    }

    @Override
    public Capabilities capabilities() {
      int most =
          switch (fault) {
            case CLAIMS_MORE_POSITIONS -> maxLength + 2;
            case CLAIMS_FEWER_POSITIONS -> maxLength - 1;
            default -> maxLength;
          };
      boolean independent =
          config.independentCandidates() && config.causality() != Causality.BIDIRECTIONAL;
      return new Capabilities(config.causality(), config.cacheScope(), most, independent);
    }
  }
}
