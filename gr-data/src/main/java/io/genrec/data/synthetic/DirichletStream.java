package io.genrec.data.synthetic;

import io.genrec.api.GenRecException;
import io.genrec.api.config.Check;
import io.genrec.api.config.Default;
import io.genrec.api.config.StrictConfig;
import io.genrec.api.storage.AtomicFile;
import io.genrec.api.storage.IfExists;
import io.genrec.data.Split;
import io.genrec.data.ingest.DataMapping;
import io.genrec.data.ingest.Ingest;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.apiguardian.api.API;

/**
 * The synthetic stream of the HSTU paper (table 2 and the appendix on its data): records of one
 * length over a catalogue that grows while they come.
 *
 * <p>From the paper: the default numbers; each item is of one random category; a part of the ids is
 * available at first and the rest becomes so at equal intervals; a record has up to five categories
 * with a random prior over them, and follows a Dirichlet process whose concentration alpha is
 * uniform. At place t, from 1, it draws anew with chance alpha / (alpha + t - 1): a category by the
 * prior and an available item of it. Else it repeats.
 *
 * <p>Our choices: a record has 1 to five different categories, each number with the same chance,
 * among those with an available item; the prior is uniform over the simplex; an item is uniform
 * among the available ones of its category; what is repeated is an item, with a chance in
 * proportion to its count in the record. (Were only its category repeated, 50 of a category's some
 * 200 items would hold the next one at most every fourth time, less often than the paper reports.)
 *
 * <p>Record r is user r, and its place t has the time {@code r * length + t - 1} in seconds, so
 * that records are one after the other. {@link #split} holds the last ones out.
 *
 * @param records how many records
 * @param length items of a record
 * @param items item ids, from 0
 * @param categories what items are divided into
 * @param categoriesPerRecord the most categories of a record
 * @param initialShare the share of the ids that is available at the first record
 * @param leastAlpha the smallest concentration
 * @param mostAlpha the largest concentration; in proportion to the length it keeps the share of
 *     repetitions
 * @param trainShare the share of records that training has
 * @param seed where all randomness comes from
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public record DirichletStream(
    @Default("1000000") int records,
    @Default("128") int length,
    @Default("20000") int items,
    @Default("100") int categories,
    @Default("5") int categoriesPerRecord,
    @Default("0.4") double initialShare,
    @Default("1") double leastAlpha,
    @Default("500") double mostAlpha,
    @Default("0.9") double trainShare,
    @Default("1") long seed) {
  private static final String EVENTS = "events.csv";

  /** Checks the values. */
  public DirichletStream {
    Check.positive("records", records);
    Check.positive("length", length);
    Check.positive("items", items);
    Check.positive("categories", categories);
    Check.positive("categoriesPerRecord", categoriesPerRecord);
    Check.aboveZero("leastAlpha", leastAlpha);
    requireShare("trainShare", trainShare);
    requireShare("initialShare", initialShare);
    if (!(mostAlpha >= leastAlpha)) {
      throw new IllegalArgumentException(
          "mostAlpha must be at least leastAlpha, " + leastAlpha + ", but is " + mostAlpha);
    }
    if (initialShare * items < 1) {
      throw new IllegalArgumentException(
          "initialShare must leave an item to the first record but is "
              + initialShare
              + " of "
              + items);
    }
  }

  private static void requireShare(String name, double value) {
    if (!(value > 0 && value <= 1)) {
      throw new IllegalArgumentException(name + " must be above 0 and at most 1 but is " + value);
    }
  }

  /** Takes records as they are made. */
  @FunctionalInterface
  public interface Sink {
    /**
     * Takes one record.
     *
     * @param record its number, from 0
     * @param items its items by id, from 0; overwritten by the next record
     * @throws IOException if it cannot
     */
    void accept(int record, int[] items) throws IOException;
  }

  /** The ids that a record may draw are those below this number. */
  public int available(int record) {
    double share = initialShare + (1 - initialShare) * record / records;
    return (int) Math.floor(share * items);
  }

  /** How many records training has. */
  public int trainRecords() {
    return (int) Math.round(trainShare * records);
  }

  /** Training has the first records; the last item of each other one is a test target. */
  public Split split() {
    return Split.users((long) trainRecords() * length);
  }

  /** The name of the data set, which tells streams apart. */
  public String name() {
    return String.format(
        Locale.ROOT,
        "dirichlet-%dx%d-%di-%dc-%d-%s-%s-%s-seed%d",
        records,
        length,
        items,
        categories,
        categoriesPerRecord,
        initialShare,
        leastAlpha,
        mostAlpha,
        seed);
  }

  /**
   * Makes all records, one at a time.
   *
   * @throws UncheckedIOException if the sink throws
   */
  public void forEach(Sink sink) {
    DirichletRecords source = new DirichletRecords(this);
    try {
      for (int record = 0; record < records; record++) {
        sink.accept(record, source.next());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Writes all records as a raw log.
   *
   * @param folder where the log goes; made if it is not there
   * @return what makes a data set of it
   * @throws GenRecException {@code [GR/CannotWrite]}
   */
  public Ingest write(Path folder) {
    try {
      Files.createDirectories(folder);
      AtomicFile.write(
          folder.resolve(EVENTS),
          IfExists.REPLACE,
          out -> {
            Writer log = new BufferedWriter(new OutputStreamWriter(out, StandardCharsets.UTF_8));
            log.write("record,item,time\n");
            forEach((record, drawn) -> write(record, drawn, log));
            log.flush();
          });
    } catch (IOException | UncheckedIOException e) {
      throw new GenRecException(
          "CannotWrite", "cannot write the log of a stream to " + folder + ": " + e, e);
    }
    String mapping =
        """
        {"name": "%s", "events": {"files": ["%s"], "format": "csv"},
         "user": "record", "item": "item", "time": "time"}
        """;
    return Ingest.of(
        StrictConfig.parse("mapping", mapping.formatted(name(), EVENTS)).as(DataMapping.class),
        folder);
  }

  private void write(int record, int[] drawn, Writer log) throws IOException {
    for (int t = 0; t < drawn.length; t++) {
      log.write(record + "," + drawn[t] + "," + ((long) record * length + t) + "\n");
    }
  }
}
