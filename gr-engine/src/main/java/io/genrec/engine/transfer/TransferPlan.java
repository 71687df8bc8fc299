package io.genrec.engine.transfer;

import io.genrec.api.config.Default;
import io.genrec.engine.optimizer.ParameterGroup;
import io.genrec.engine.optimizer.ParameterPattern;
import java.util.List;
import org.apiguardian.api.API;

/**
 * What a model takes over from another, and what of itself it does not train. In JSON: {@code
 * {"load": [{"kind": "embedding"}], "freeze": [{"pattern": "embedding/item"}]}}.
 *
 * @param load parameters that begin with the values of the other model's parameters of the same
 *     name
 * @param freeze parameters that stay as they are, bit by bit, whether loaded or not
 */
@API(status = API.Status.STABLE, since = "0.1")
public record TransferPlan(
    @Default("[]") List<ParameterPattern> load, @Default("[]") List<ParameterPattern> freeze) {
  /** Copies the lists. */
  public TransferPlan {
    load = List.copyOf(load);
    freeze = List.copyOf(freeze);
  }

  /** What is frozen, as groups of the optimizer; they stand before a configuration's own. */
  public List<ParameterGroup> frozenGroups() {
    return freeze.stream().map(ParameterGroup::freeze).toList();
  }
}
