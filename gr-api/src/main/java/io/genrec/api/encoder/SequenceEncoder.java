package io.genrec.api.encoder;

import io.genrec.api.graph.Graph;
import io.genrec.api.graph.Tensor;
import io.genrec.api.sequence.TokenContext;
import java.util.List;
import org.apiguardian.api.API;

/**
 * Tokens to representations. Only encoders made of blocks get caching and micro-batched scoring.
 *
 * <p>An encoder declares its parameters when it is constructed and keeps no other state; it may
 * build many graphs.
 */
@API(status = API.Status.STABLE, since = "0.1")
public interface SequenceEncoder {
  /** Embeddings, positional and time encodings, segments: real {@code [batch, length, dim]}. */
  Tensor input(TokenContext tokens);

  /** The blocks in order; empty for an encoder that overrides {@link #encode}. */
  List<EncoderBlock> blocks();

  /** What the last block gives, normalised: real {@code [batch, length, dim]}. */
  Tensor output(Tensor x, TokenContext tokens);

  /** What this encoder promises; proven by the test kit. */
  Capabilities capabilities();

  /** One representation per token: real {@code [batch, length, dim]}. */
  default Tensor encode(TokenContext tokens) {
    Tensor x = input(tokens);
    int layer = 0;
    for (EncoderBlock block : blocks()) {
      try (Graph.OpenScope open = x.graph().enter("layer" + layer++)) {
        TokenContext entered = block.rows().enter(tokens);
        Tensor rows = block.rows().enter(x, tokens);
        Projection own = block.project(rows, entered);
        Tensor aggregated =
            block.aggregate(own.queries(), List.of(new Part(own.memory(), entered.pairs())));
        Tensor computed = block.transform(rows, aggregated, own, entered);
        x = block.rows().leave(x, computed, tokens);
      }
    }
    return output(x, tokens);
  }
}
