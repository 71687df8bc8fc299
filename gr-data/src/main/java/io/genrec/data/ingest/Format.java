package io.genrec.data.ingest;

import io.genrec.api.GenRecException;
import java.util.Arrays;

/** Raw file formats. Every one but Parquet may be gzipped, which is recognised by content. */
enum Format {
  CSV("csv", ",", "\""),
  TSV("tsv", "\t", ""),
  DOUBLE_COLON("double-colon", "::", ""),
  PIPE("pipe", "|", ""),
  PARQUET("parquet", "", ""),
  JSONL("jsonl", "", "");

  private final String name;
  private final String delimiter;
  private final String quote;

  Format(String name, String delimiter, String quote) {
    this.name = name;
    this.delimiter = delimiter;
    this.quote = quote;
  }

  static Format of(String name) {
    return Arrays.stream(values())
        .filter(format -> format.name.equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new GenRecException(
                    "UnknownFormat",
                    "format \""
                        + name
                        + "\" is not known; "
                        + GenRecException.knownNames(
                            name, Arrays.stream(values()).map(f -> f.name).toList())));
  }

  /** What stands between fields; empty for formats without delimiters. */
  String delimiter() {
    return delimiter;
  }

  /** What fields are quoted with; empty for none. */
  String quote() {
    return quote;
  }

  boolean delimited() {
    return !delimiter.isEmpty();
  }
}
