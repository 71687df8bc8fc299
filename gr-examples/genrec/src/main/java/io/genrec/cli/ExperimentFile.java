package io.genrec.cli;

import io.genrec.api.GenRecException;
import io.genrec.api.config.Default;
import io.genrec.api.config.StrictConfig;
import io.genrec.data.Split;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A table of training runs. As JSON:
 *
 * <pre>{@code
 * {"name": "ml-1m", "data": "data/ml-1m", "compareWith": "hstu",
 *  "rows": [{"name": "hstu", "config": "configs/ml-1m-hstu.json",
 *            "protocols": ["strict", "meta"], "seeds": [1, 2, 3], "metaSeeds": [1]},
 *           {"name": "hstu-no-time", "config": "configs/ml-1m-hstu.json", "seeds": [1, 2, 3],
 *            "set": {"encoder/timeBias": false}}]}
 * }</pre>
 *
 * <p>Paths are relative to where the command runs. Rows that rank impressions can be tuned on one
 * grid; the point with the smallest validation entropy then counts for all their seeds. With {@code
 * "halving": {"epochs": 1, "finalists": 6}} trials train one epoch, and only the best six of them
 * as long as a run does:
 *
 * <pre>{@code
 * {"name": "shown", "data": "data/shown",
 *  "tuning": {"trials": 20, "seed": 1,
 *             "grid": {"rate": [1e-3, 2e-3], "depth": [1, 2, 3]}},
 *  "rows": [{"name": "hstu", "config": "hstu.json", "protocols": ["impressions"],
 *            "seeds": [1, 2, 3],
 *            "tune": [{"axis": "rate", "path": "optimizer/rate"},
 *                     {"axis": "depth", "path": "encoder/blocks"}]}]}
 * }</pre>
 *
 * @param name the folder of results
 * @param data the data set of rows that name none
 * @param compareWith the row that all others are compared with; absent: none
 * @param tuning how rows are tuned that say where; absent: none is
 * @param rows what is compared; each gives a cell for each protocol and seed
 */
record ExperimentFile(
    String name,
    @Nullable String data,
    @Nullable String compareWith,
    @Nullable Tuning tuning,
    List<Row> rows) {
  private static final String NAME = "[A-Za-z0-9][A-Za-z0-9._-]{0,63}";

  /**
   * A row of the table.
   *
   * @param name its name
   * @param config a configuration file, or the name of a shipped one
   * @param data its data set, if it is not the experiment's
   * @param protocols how the data are split; impressions and users take their cuts from the
   *     configuration's split
   * @param seeds one run for each
   * @param metaSeeds the same under META; absent: all seeds
   * @param set values of the configuration to change, by path such as {@code encoder/blocks}
   * @param metaEpochs how many epochs runs under META take; absent: as many as STRICT chose for the
   *     same row and seed
   * @param watchTest whether the test targets are measured after each epoch, to be looked at only
   * @param shuffleTies the seed of a random order of events of equal time; absent: the data's order
   * @param tune where the row puts the axes of the tuning's grid; empty: it is not tuned
   */
  record Row(
      String name,
      String config,
      @Nullable String data,
      @Default("[\"strict\"]") List<Split.Protocol> protocols,
      @Default("[1]") List<Long> seeds,
      @Nullable List<Long> metaSeeds,
      @Default("{}") Map<String, StrictConfig> set,
      @Nullable Integer metaEpochs,
      @Default("false") boolean watchTest,
      @Nullable Long shuffleTies,
      @Default("[]") List<Tuning.Knob> tune) {
    Row {
      requireName(name);
      protocols = protocols.stream().sorted().distinct().toList();
      if (protocols.isEmpty() || seeds.isEmpty()) {
        throw new IllegalArgumentException(
            (protocols.isEmpty() ? "protocols" : "seeds") + " must name at least one");
      }
      if (protocols.contains(Split.Protocol.TEMPORAL)) {
        throw new IllegalArgumentException("protocols must be strict, meta, impressions or users");
      }
      if (!tune.isEmpty() && !protocols.equals(List.of(Split.Protocol.IMPRESSIONS))) {
        throw new IllegalArgumentException(
            "tune is for rows whose only protocol is impressions, as validation entropy chooses");
      }
      if (metaEpochs != null && metaEpochs < 1) {
        throw new IllegalArgumentException("metaEpochs must be at least 1 but is " + metaEpochs);
      }
      if (protocols.contains(Split.Protocol.META)) {
        requireEpochs(protocols, seeds, metaSeeds == null ? seeds : metaSeeds, metaEpochs);
      } else if (metaSeeds != null) {
        throw new IllegalArgumentException("metaSeeds must be left out where META is no protocol");
      }
    }

    /** META takes its number of epochs from somewhere. */
    private static void requireEpochs(
        List<Split.Protocol> protocols,
        List<Long> seeds,
        List<Long> metaSeeds,
        @Nullable Integer metaEpochs) {
      if (metaSeeds.isEmpty()) {
        throw new IllegalArgumentException("metaSeeds must name at least one");
      }
      if (metaEpochs != null) {
        return;
      }
      if (!protocols.contains(Split.Protocol.STRICT)) {
        throw new IllegalArgumentException(
            "protocols must name strict, too, as META takes the number of epochs that STRICT chose"
                + " for the same seed; or give metaEpochs");
      }
      if (!seeds.containsAll(metaSeeds)) {
        throw new IllegalArgumentException(
            "metaSeeds must be among seeds "
                + seeds
                + " but are "
                + metaSeeds
                + ", as META takes the number of epochs that STRICT chose for the same seed; or give"
                + " metaEpochs");
      }
    }

    /** A cell for each seed under a protocol. */
    List<Cell> cells(Split.Protocol protocol) {
      List<Long> meta = metaSeeds == null ? seeds : metaSeeds;
      return (protocol == Split.Protocol.META ? meta : seeds)
          .stream().map(seed -> new Cell(this, protocol, seed)).toList();
    }
  }

  /** The same on another data set, for rows that name none. */
  ExperimentFile on(Path folder) {
    return new ExperimentFile(name, folder.toString(), compareWith, tuning, rows);
  }

  /** The same, all rows compared with one of them. */
  ExperimentFile against(String row) {
    return new ExperimentFile(name, data, row, tuning, rows);
  }

  /** What a cell is run for. */
  enum Round {
    /** To try a point of the grid. */
    TRIAL,
    /** To try one of the best points for longer. */
    FINALIST,
    /** For its result. */
    COUNTS
  }

  /**
   * One run.
   *
   * @param round what it is run for
   * @param number the number of a trial or finalist of the row, from 1; 0 for a run that counts
   */
  record Cell(Row row, Split.Protocol protocol, long seed, Round round, int number) {
    Cell(Row row, Split.Protocol protocol, long seed) {
      this(row, protocol, seed, Round.COUNTS, 0);
    }

    /** The name of the cell and of its result's file. */
    String id() {
      return chooses()
          ? String.format(
              Locale.ROOT, "%s-%s%02d", row.name(), round.name().toLowerCase(Locale.ROOT), number)
          : row.name() + "-" + protocol.word() + "-seed" + seed;
    }

    /** Whether it only helps to choose a configuration; no test target is looked at then. */
    boolean chooses() {
      return round != Round.COUNTS;
    }

    /** The cell whose choice of epochs this one takes over. */
    Cell strict() {
      return new Cell(row, Split.Protocol.STRICT, seed);
    }

    /** Whether the number of epochs comes from {@link #strict}. */
    boolean takesEpochs() {
      return protocol == Split.Protocol.META && row.metaEpochs() == null;
    }
  }

  ExperimentFile {
    requireName(name);
    Set<String> names = new HashSet<>();
    for (Row row : rows) {
      if (!row.tune().isEmpty()) {
        if (tuning == null) {
          throw new IllegalArgumentException(
              "tuning must give a grid, as row \"" + row.name() + "\" is tuned");
        }
        tuning.require(row.name(), row.tune());
      }
      if (!names.add(row.name())) {
        throw new IllegalArgumentException("rows have the name \"" + row.name() + "\" twice");
      }
      if (row.data() == null && data == null) {
        throw new IllegalArgumentException(
            "data must be given here or in each row; row \"" + row.name() + "\" has none");
      }
    }
    if (compareWith != null && !names.contains(compareWith)) {
      throw new GenRecException(
          "UnknownRow",
          "compareWith \""
              + compareWith
              + "\" is no row; "
              + GenRecException.knownNames(compareWith, names));
    }
  }

  /**
   * All cells in the order in which they run: trials before what they choose, STRICT before the
   * META that takes its epochs.
   */
  List<Cell> cells() {
    return rows.stream()
        .flatMap(
            row ->
                Stream.of(
                        trials(row).stream(),
                        finalists(row).stream(),
                        row.protocols().stream().flatMap(protocol -> row.cells(protocol).stream()))
                    .flatMap(cells -> cells))
        .toList();
  }

  /** The trials of a row; none if it is not tuned. */
  List<Cell> trials(Row row) {
    Tuning plan = tuning;
    return plan == null ? List.of() : round(row, plan, Round.TRIAL, plan.trials());
  }

  /** The trials of a row that go on; none if it is not tuned, or by whole trials. */
  List<Cell> finalists(Row row) {
    Tuning plan = tuning;
    return plan == null || plan.halving() == null
        ? List.of()
        : round(row, plan, Round.FINALIST, plan.halving().finalists());
  }

  private static List<Cell> round(Row row, Tuning plan, Round round, int cells) {
    return IntStream.rangeClosed(1, row.tune().isEmpty() ? 0 : cells)
        .mapToObj(i -> new Cell(row, Split.Protocol.IMPRESSIONS, plan.seed(), round, i))
        .toList();
  }

  /** The cells that must be finished before the configuration of a cell is known. */
  List<Cell> needed(Cell cell) {
    return switch (cell.round()) {
      case TRIAL -> List.of();
      case FINALIST -> trials(cell.row());
      case COUNTS ->
          cell.takesEpochs()
              ? List.of(cell.strict())
              : Stream.concat(trials(cell.row()).stream(), finalists(cell.row()).stream()).toList();
    };
  }

  /** What a point of the grid changes in a row's configuration; nothing for trial 0. */
  Map<String, String> edits(Row row, int trial) {
    Tuning plan = tuning;
    return plan == null || trial == 0 ? Map.of() : plan.edits(row.tune(), trial);
  }

  /** The data set of a row. */
  String dataOf(Row row) {
    String own = row.data() == null ? data : row.data();
    if (own == null) {
      throw new IllegalStateException("the constructor refuses rows without data");
    }
    return own;
  }

  private static void requireName(String name) {
    if (!name.matches(NAME)) {
      throw new IllegalArgumentException(
          "name \"" + name + "\" must be made of 1 to 64 letters, digits, '.', '_' and '-'");
    }
  }
}
