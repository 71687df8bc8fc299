package io.genrec.examples.baselines;

import io.genrec.api.graph.Dim;
import io.genrec.api.graph.ElementType;
import io.genrec.api.graph.Tensor;
import io.genrec.api.sequence.Schema;
import io.genrec.api.sequence.TokenContext;
import java.util.ArrayList;
import java.util.List;

/** What encoders that ask a token about others have in common. */
final class Inputs {
  private Inputs() {}

  /** The width of {@link #embed}. */
  static int width(Schema schema, List<String> features) {
    return schema.dim() + features.stream().mapToInt(name -> schema.feature(name).dim()).sum();
  }

  /**
   * What a token stands for, and the embeddings of further features: real {@code [batch, length,
   * width]}.
   */
  static Tensor embed(TokenContext tokens, List<String> features) {
    List<Tensor> embeddings = new ArrayList<>();
    embeddings.add(tokens.embedding());
    features.forEach(name -> embeddings.add(tokens.embed(name)));
    return Tensor.concat(-1, embeddings);
  }

  /**
   * 1 where a token sees another one, 0 elsewhere: real {@code [1 or batch, length, length]}.
   *
   * @param length the axis of the tokens
   */
  static Tensor others(TokenContext tokens, Dim length) {
    Tensor mask = tokens.pairs().mask();
    Tensor slot = tokens.graph().range(length);
    Tensor itself = slot.unsqueeze(0).equalTo(slot.unsqueeze(1)).unsqueeze(0);
    return mask.and(itself.not()).cast(ElementType.FLOAT);
  }
}
