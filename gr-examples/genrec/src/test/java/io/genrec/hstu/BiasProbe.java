package io.genrec.hstu;

import io.genrec.api.graph.Parameter;
import io.genrec.api.graph.Tensor;
import io.genrec.api.sequence.PairContext;
import io.genrec.api.sequence.TokenContext;
import io.genrec.engine.model.Model;
import java.util.Objects;

/** Lets golden tests see a layer's relative attention bias. */
public final class BiasProbe {
  private BiasProbe() {}

  /** The bias alone: [batch, queries, keys]. */
  public static Tensor bias(Model model, String scope, TokenContext tokens) {
    PairContext pairs = tokens.pairs();
    Parameter position = Objects.requireNonNull(model.parameters().get(scope + "/position"));
    Parameter time = Objects.requireNonNull(model.parameters().get(scope + "/time"));
    return new RelativeBias(position, time, model.schema().maxLength()).of(pairs).orElseThrow();
  }
}
