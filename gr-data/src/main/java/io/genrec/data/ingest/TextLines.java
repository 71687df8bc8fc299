package io.genrec.data.ingest;

import io.genrec.api.GenRecException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The two things about a text file that DuckDB does not tell: its header, and a record's line. */
final class TextLines {
  private static final int MAX_HEADER_BYTES = 1 << 20;
  private static final char BYTE_ORDER_MARK = '\uFEFF';

  private TextLines() {}

  /** The names in the first line that is not empty; no names for an empty file. */
  static List<String> header(RawFile file, DataMapping.Source source) throws IOException {
    Charset charset =
        source.encoding().equals("latin-1") ? StandardCharsets.ISO_8859_1 : StandardCharsets.UTF_8;
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    try (InputStream in = file.read()) {
      for (int b = in.read(); b >= 0 && (b != '\n' || line.size() == 0); b = in.read()) {
        if (b != '\r' && b != '\n') {
          line.write(b);
        }
        if (line.size() > MAX_HEADER_BYTES) {
          throw new GenRecException(
              "UnparsableRow", file.name() + " line 1: a header of more than 1 MiB");
        }
      }
    }
    String text = line.toString(charset);
    boolean marked = !text.isEmpty() && text.charAt(0) == BYTE_ORDER_MARK;
    return text.isEmpty() ? List.of() : fields(marked ? text.substring(1) : text, source.format());
  }

  private static List<String> fields(String line, String formatName) {
    Format format = Format.of(formatName);
    List<String> fields = new ArrayList<>();
    StringBuilder field = new StringBuilder();
    boolean quoted = false;
    for (int i = 0; i < line.length(); i++) {
      if (!format.quote().isEmpty() && line.startsWith(format.quote(), i)) {
        quoted = !quoted;
      } else if (!quoted && line.startsWith(format.delimiter(), i)) {
        fields.add(field.toString().strip());
        field.setLength(0);
        i += format.delimiter().length() - 1;
      } else {
        field.append(line.charAt(i));
      }
    }
    fields.add(field.toString().strip());
    return fields;
  }

  /**
   * The line, from 1, where a record begins: empty lines are no records, and quoted fields may hold
   * line ends.
   *
   * @param record from 0, the header included if the file has one
   * @param quote the quote character, or null if the format has none
   */
  static long line(RawFile file, long record, @Nullable Character quote) throws IOException {
    long line = 1;
    long records = -1;
    boolean quoted = false;
    boolean blank = true;
    try (InputStream in = file.read()) {
      for (int b = in.read(); b >= 0; b = in.read()) {
        if (b == '\n') {
          line++;
          blank = blank || !quoted;
        } else if (b != '\r') {
          if (blank && !quoted && ++records == record) {
            return line;
          }
          blank = false;
        }
        quoted ^= quote != null && b == quote;
      }
    }
    return line;
  }
}
