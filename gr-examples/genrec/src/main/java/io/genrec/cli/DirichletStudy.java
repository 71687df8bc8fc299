package io.genrec.cli;

import io.genrec.api.GenRecException;
import io.genrec.api.config.Default;
import io.genrec.api.config.StrictConfig;
import io.genrec.data.DatasetInfo;
import io.genrec.data.Split;
import io.genrec.data.synthetic.DirichletStream;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A study of encoders on the synthetic stream of the HSTU paper (table 2): what {@code genrec
 * reproduce dirichlet} runs, read from a file.
 *
 * @param name the folder of results
 * @param stream how the data is made
 * @param config the configuration of all rows: a file, or the name of a shipped one
 * @param rows the encoders, in the order in which the paper finds them, worst first
 * @param seeds each is trained with each
 */
record DirichletStudy(
    String name,
    @Default("{}") DirichletStream stream,
    String config,
    List<Row> rows,
    @Default("[1, 2, 3]") List<Long> seeds) {

  /**
   * An encoder.
   *
   * @param name for example {@code hstu-softmax}
   * @param set what it changes in the configuration, by path
   * @param published what the paper reports of it, at its size
   */
  record Row(String name, @Default("{}") Map<String, StrictConfig> set, Published published) {}

  /** Hit rates among 10 and among 50 items of the whole catalogue. */
  record Published(double hr10, double hr50) {}

  /** Copies and checks the values. */
  DirichletStudy {
    rows = List.copyOf(rows);
    seeds = List.copyOf(seeds);
    if (rows.size() < 2) {
      throw new IllegalArgumentException("rows must be at least 2 but are " + rows.size());
    }
    for (int i = 1; i < rows.size(); i++) {
      Published worse = rows.get(i - 1).published();
      Published better = rows.get(i).published();
      if (!(worse.hr10() < better.hr10() && worse.hr50() < better.hr50())) {
        throw new IllegalArgumentException(
            "rows must be in the order of their published hit rates, but "
                + rows.get(i).name()
                + " is not better than "
                + rows.get(i - 1).name());
      }
    }
  }

  static DirichletStudy read(Path file) {
    return StrictConfig.read(file).as(DirichletStudy.class);
  }

  /**
   * The study's cells, each compared with the best row.
   *
   * @param data the data set that was made of the stream
   */
  ExperimentFile experiment(Path data) {
    StrictConfig split = StrictConfig.parse("split", StrictConfig.toJson(stream.split()));
    return new ExperimentFile(
        name,
        data.toString(),
        rows.get(rows.size() - 1).name(),
        null,
        rows.stream().map(row -> row(row, split)).toList());
  }

  private ExperimentFile.Row row(Row row, StrictConfig split) {
    Map<String, StrictConfig> set = new LinkedHashMap<>(row.set());
    set.put("split", split);
    return new ExperimentFile.Row(
        row.name(),
        config,
        null,
        List.of(Split.Protocol.USERS),
        seeds,
        null,
        set,
        null,
        false,
        null,
        List.of());
  }

  /**
   * Refuses a data set that was not made of the stream.
   *
   * @throws GenRecException {@code [GR/OtherData]}
   */
  void requireOwn(Path data) {
    String found = DatasetInfo.read(data).name();
    if (!found.equals(stream.name())) {
      throw new GenRecException(
          "OtherData",
          "data set "
              + data
              + " is "
              + found
              + " but the study is about "
              + stream.name()
              + "; give another --data, where it is made");
    }
  }
}
