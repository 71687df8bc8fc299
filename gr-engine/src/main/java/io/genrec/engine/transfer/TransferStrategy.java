package io.genrec.engine.transfer;

import io.genrec.api.GenRecException;
import io.genrec.api.graph.Parameter.Kind;
import io.genrec.engine.optimizer.ParameterPattern;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.apiguardian.api.API;

/**
 * The named ways to begin from a pretrained model (GPSD, arXiv 2506.03699). SPARSE parameters are
 * the embedding tables, DENSE ones all others.
 */
@API(status = API.Status.STABLE, since = "0.1")
public enum TransferStrategy {
  /** No transfer. */
  NT(List.of(), List.of()),
  /** Full transfer: sparse and dense parameters. */
  FT(List.of(ParameterPattern.of(Kind.EMBEDDING), ParameterPattern.of(Kind.DENSE)), List.of()),
  /** Sparse transfer: embedding tables. */
  ST(List.of(ParameterPattern.of(Kind.EMBEDDING)), List.of()),
  /** Full transfer, then sparse parameters stay frozen. */
  FT_SF(FT.plan.load(), ST.plan.load()),
  /** Sparse transfer, then sparse parameters stay frozen. */
  ST_SF(ST.plan.load(), ST.plan.load()),
  /**
   * What the published configurations do under the name of sparse transfer with freezing: the item
   * table alone is taken over and frozen; all other tables are trained from their first values.
   */
  ITEM_TABLE(
      List.of(ParameterPattern.of("embedding/item")),
      List.of(ParameterPattern.of("embedding/item")));

  private final TransferPlan plan;

  TransferStrategy(List<ParameterPattern> load, List<ParameterPattern> freeze) {
    this.plan = new TransferPlan(load, freeze);
  }

  /**
   * A strategy by its name as the paper writes it, in any case: {@code FT}, {@code ST_SF}, {@code
   * ST&SF}, {@code item-table}.
   *
   * @throws GenRecException {@code [GR/UnknownStrategy]}
   */
  public static TransferStrategy named(String name) {
    String wanted = name.toUpperCase(Locale.ROOT).replaceAll("[^A-Z]+", "_");
    return Arrays.stream(values())
        .filter(strategy -> strategy.name().equals(wanted))
        .findFirst()
        .orElseThrow(
            () ->
                new GenRecException(
                    "UnknownStrategy",
                    "transfer strategy \""
                        + name
                        + "\" is not known; "
                        + GenRecException.knownNames(
                            name, Arrays.stream(values()).map(Enum::name).toList())));
  }

  /** What is loaded and frozen. */
  public TransferPlan plan() {
    return plan;
  }

  /** Whether values of another model are needed. */
  public boolean needsSource() {
    return !plan.load().isEmpty();
  }
}
