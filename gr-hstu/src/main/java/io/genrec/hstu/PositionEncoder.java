package io.genrec.hstu;

import io.genrec.api.graph.ElementType;
import io.genrec.api.graph.Graph;
import io.genrec.api.graph.Initializer;
import io.genrec.api.graph.Parameter;
import io.genrec.api.graph.Scope;
import io.genrec.api.graph.Tensor;
import io.genrec.api.sequence.History;
import io.genrec.api.sequence.TokenContext;
import org.jspecify.annotations.Nullable;

/**
 * Adds to a token's embedding where it stands and how long before the request it was:
 *
 * <pre>
 *   x sqrt(dim) + Position[p] + Time[b]
 *   p = h - i + C        of the token at place i of a history that ends at h, after C of context
 *     = i                of the context itself, and of all tokens in the absolute form
 *   b = trunc(sqrt(minutes)) or trunc(ln(minutes)), from 0 to the last bucket
 * </pre>
 *
 * All candidates stand at place h. An absent time is in the last bucket.
 */
final class PositionEncoder {
  private static final double SECONDS = 60;
  private static final double LEAST = 1e-6;

  private final StuConfig config;
  private final @Nullable Parameter position;
  private final @Nullable Parameter time;

  PositionEncoder(StuConfig config, Scope scope, int dim, int maxLength) {
    this.config = config;
    int places = config.positionBuckets() != null ? config.positionBuckets() : maxLength;
    position =
        config.position() == StuConfig.Position.NONE
            ? null
            : scope.parameter("position", initializer(places), places, dim);
    int times = config.timeBuckets();
    time =
        config.time() == StuConfig.Time.NONE
            ? null
            : scope.parameter("time", initializer(times), times + 1L, dim);
  }

  private static Initializer initializer(int buckets) {
    return Initializer.uniform(Math.sqrt(1.0 / buckets));
  }

  Tensor of(Tensor x, TokenContext tokens) {
    Tensor sum = x.times(Math.sqrt(x.dim(-1).size()));
    if (position != null) {
      Tensor place = place(tokens).max(0).min(position.size().get(0) - 1);
      sum = sum.plus(position.in(x).gather(place));
    }
    return time == null ? sum : sum.plus(time.in(x).gather(bucket(tokens)));
  }

  private Tensor place(TokenContext tokens) {
    Tensor index = tokens.position();
    if (config.position() == StuConfig.Position.ABSOLUTE) {
      return index;
    }
    Tensor context = tokens.contextLength().unsqueeze(1);
    Tensor fromEnd = tokens.historyLength().unsqueeze(1).minus(index).plus(context);
    return index.lessThan(context).where(index, fromEnd);
  }

  private Tensor bucket(TokenContext tokens) {
    Graph graph = tokens.graph();
    Tensor absent = graph.constant(History.NO_TIME);
    Tensor now = tokens.requestTime().unsqueeze(1);
    Tensor known = now.equalTo(absent).or(tokens.time().equalTo(absent)).not();
    Tensor minutes = now.minus(tokens.time()).cast(ElementType.FLOAT).max(LEAST).dividedBy(SECONDS);
    Tensor scaled = config.time() == StuConfig.Time.SQRT ? minutes.sqrt() : minutes.log();
    Tensor bucket = scaled.max(0).min(config.timeBuckets()).cast(ElementType.INT64);
    return known.where(bucket, graph.constant((long) config.timeBuckets()));
  }
}
