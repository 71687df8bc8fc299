package io.genrec.cli;

import io.genrec.api.GenRecException;
import io.genrec.api.config.Default;
import io.genrec.api.config.StrictConfig;
import io.genrec.api.storage.Checksum;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * How an experiment's rows are tuned: trials at points of one grid, the same points for every row.
 * Points are drawn without repetition: those whose SHA-256, of the seed and the point's levels, are
 * the smallest. So the draw depends on no order, and more trials only add points.
 *
 * @param trials how many points
 * @param seed where the draw comes from, and the seed of every trial
 * @param halving how the trials are made fewer; absent: each trains as long as a run does
 * @param grid the values of each axis
 */
record Tuning(
    int trials,
    @Default("1") long seed,
    @Nullable Halving halving,
    Map<String, List<StrictConfig>> grid) {
  /**
   * Successive halving (arXiv 1502.07943) in two rounds: all trials train a little, and only the
   * best of them as long as a run does.
   *
   * @param epochs how many all trials train
   * @param finalists how many of them go on
   */
  record Halving(int epochs, int finalists) {
    Halving {
      if (epochs < 1 || finalists < 1) {
        throw new IllegalArgumentException(
            "halving must have at least 1 of epochs and of finalists but has "
                + epochs
                + " and "
                + finalists);
      }
    }
  }

  /**
   * Where a row puts an axis.
   *
   * @param axis of the grid
   * @param path in the configuration, such as {@code encoder/blocks}
   * @param values what the row takes at the axis's values, one for each; absent: these
   */
  record Knob(String axis, String path, @Default("[]") List<StrictConfig> values) {}

  Tuning {
    grid.forEach(
        (axis, values) -> {
          if (values.isEmpty()) {
            throw new IllegalArgumentException("grid must give \"" + axis + "\" a value");
          }
        });
    long points = grid.values().stream().mapToLong(List::size).reduce(1, Math::multiplyExact);
    if (trials < 1 || trials > points) {
      throw new IllegalArgumentException(
          "trials must be from 1 to " + points + ", the points of the grid, but is " + trials);
    }
    if (halving != null && halving.finalists() > trials) {
      throw new IllegalArgumentException(
          "finalists must be at most trials, " + trials + ", but is " + halving.finalists());
    }
  }

  /** The drawn points, the number of a value for each axis; a trial's number begins at 1. */
  List<Map<String, Integer>> points() {
    List<Map<String, Integer>> all = new ArrayList<>(List.of(Map.of()));
    for (String axis : new TreeMap<>(grid).keySet()) {
      List<Map<String, Integer>> longer = new ArrayList<>();
      for (Map<String, Integer> point : all) {
        for (int level = 0; level < values(axis).size(); level++) {
          Map<String, Integer> more = new TreeMap<>(point);
          more.put(axis, level);
          longer.add(more);
        }
      }
      all = longer;
    }
    return all.stream().sorted(Comparator.comparing(this::key)).limit(trials).toList();
  }

  private String key(Map<String, Integer> point) {
    StringBuilder text = new StringBuilder().append(seed);
    new TreeMap<>(point)
        .forEach((axis, at) -> text.append('|').append(axis).append('=').append(value(axis, at)));
    return Checksum.sha256(text.toString());
  }

  private List<StrictConfig> values(String axis) {
    return grid.getOrDefault(axis, List.of());
  }

  private StrictConfig value(String axis, int level) {
    return values(axis).get(level);
  }

  /**
   * What a row's configuration has at a point, by path.
   *
   * @param trial the point's number, from 1
   */
  Map<String, String> edits(List<Knob> knobs, int trial) {
    Map<String, Integer> point = points().get(trial - 1);
    Map<String, String> edits = new LinkedHashMap<>();
    for (Knob knob : knobs) {
      int level = point.getOrDefault(knob.axis(), 0);
      StrictConfig value =
          knob.values().isEmpty() ? value(knob.axis(), level) : knob.values().get(level);
      edits.put(knob.path(), value.toString());
    }
    return edits;
  }

  /** A point for people. */
  String text(int trial) {
    List<String> parts = new ArrayList<>();
    points().get(trial - 1).forEach((axis, at) -> parts.add(axis + " " + value(axis, at)));
    return String.join(", ", parts);
  }

  /**
   * Refuses a row's knobs unless each turns an axis.
   *
   * @throws GenRecException {@code [GR/UnknownAxis]}
   */
  void require(String row, List<Knob> knobs) {
    for (Knob knob : knobs) {
      if (!grid.containsKey(knob.axis())) {
        throw new GenRecException(
            "UnknownAxis",
            "row \""
                + row
                + "\" tunes \""
                + knob.axis()
                + "\", which is no axis of the grid; "
                + GenRecException.knownNames(knob.axis(), grid.keySet()));
      }
      if (!knob.values().isEmpty() && knob.values().size() != values(knob.axis()).size()) {
        throw new IllegalArgumentException(
            "row \""
                + row
                + "\" must give axis \""
                + knob.axis()
                + "\" as many values as the grid, "
                + values(knob.axis()).size()
                + ", or none, but gives "
                + knob.values().size());
      }
    }
  }
}
