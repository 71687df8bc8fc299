package io.genrec.engine.transfer;

import io.genrec.api.config.Default;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * What a transfer did to each parameter.
 *
 * @param source the version of the model that values came from; absent if none did
 * @param strategy the strategy's name, or {@code custom}
 * @param parameters all of the model's parameters, in their order
 * @param unused parameters of the source that the model does not have
 */
@API(status = API.Status.STABLE, since = "0.1")
public record TransferReport(
    @Nullable String source,
    String strategy,
    List<Entry> parameters,
    @Default("[]") List<String> unused) {
  /** The name of a bundle's file with its model's report. */
  public static final String FILE = "transfer.json";

  /** Where a parameter's first values come from. */
  public enum Origin {
    /** From the source. */
    LOADED,
    /** Drawn: no pattern asks to load it. */
    NOT_ASKED,
    /** Drawn: asked for, but the source has none of the name. */
    NOT_IN_SOURCE,
    /** Drawn: asked for, but the source's has another shape. */
    OTHER_SHAPE
  }

  /**
   * A parameter.
   *
   * @param name its name
   * @param size its shape
   * @param origin where its first values come from
   * @param frozen whether it stays as it is
   * @param sourceSize the shape of the source's parameter of this name, if it was asked for
   * @param rows of a table that was loaded: rows with the source's values
   * @param newRows of a table that was loaded: rows whose raw ids the source does not know, and
   *     which keep values drawn at random
   */
  public record Entry(
      String name,
      List<Long> size,
      Origin origin,
      boolean frozen,
      @Nullable List<Long> sourceSize,
      @Nullable Integer rows,
      @Nullable Integer newRows) {
    /** Copies the lists. */
    public Entry {
      size = List.copyOf(size);
      sourceSize = sourceSize == null ? null : List.copyOf(sourceSize);
    }

    private String line() {
      String shape = origin == Origin.OTHER_SHAPE ? " (source: " + sourceSize + ")" : "";
      String matched = rows == null ? "" : ", " + rows + " rows known, " + newRows + " new";
      return String.format(
          Locale.ROOT,
          "%s %s: %s%s%s%s",
          name,
          size,
          origin.name().toLowerCase(Locale.ROOT).replace('_', ' '),
          shape,
          matched,
          frozen ? ", frozen" : "");
    }
  }

  /** Copies the lists. */
  public TransferReport {
    parameters = List.copyOf(parameters);
    unused = List.copyOf(unused);
  }

  /** The same with another name of the strategy. */
  TransferReport named(String name) {
    return new TransferReport(source, name, parameters, unused);
  }

  /** The report for people, one line for each parameter. */
  public List<String> lines() {
    List<String> lines = new ArrayList<>();
    lines.add("transfer " + strategy + (source == null ? "" : " from " + source));
    parameters.forEach(entry -> lines.add("  " + entry.line()));
    if (!unused.isEmpty()) {
      lines.add("  not used of the source: " + String.join(", ", unused));
    }
    return lines;
  }
}
