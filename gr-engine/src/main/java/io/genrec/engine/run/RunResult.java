package io.genrec.engine.run;

import java.util.List;
import org.apiguardian.api.API;

/**
 * How a run ended. The parameters are those of the chosen epoch.
 *
 * @param epochs passes done
 * @param chosenEpoch the pass whose parameters count: the best on validation, else the last
 * @param history all passes
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public record RunResult(int epochs, int chosenEpoch, List<EpochReport> history) {
  /** Copies the list. */
  public RunResult {
    history = List.copyOf(history);
  }
}
