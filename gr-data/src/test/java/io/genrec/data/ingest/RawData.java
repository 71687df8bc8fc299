package io.genrec.data.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.genrec.api.GenRecException;
import io.genrec.api.config.StrictConfig;
import io.genrec.api.storage.VocabularyFile;
import io.genrec.data.DatasetInfo;
import io.genrec.data.SequenceDataset;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.assertj.core.api.AbstractThrowableAssert;

/** A folder of small raw files, and what ingestion makes of them as text. */
record RawData(Path folder) {
  /** Where nothing may appear. */
  static final String REFUSED = "refused";

  /** A mapping of csv columns u, i, t in the given file, with more keys. */
  static String csv(String file, String more) {
    return "{'name': 'd', 'events': {'files': ['"
        + file
        + "'], 'format': 'csv'}, 'user': 'u', 'item': 'i', 'time': 't'"
        + (more.isEmpty() ? "" : ", " + more)
        + "}";
  }

  Path write(String name, String text) {
    return write(name, text.getBytes(StandardCharsets.UTF_8));
  }

  Path write(String name, byte[] bytes) {
    try {
      return Files.write(folder.resolve(name), bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void gzip(String name, String text) throws IOException {
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(folder.resolve(name)))) {
      out.write(text.getBytes(StandardCharsets.UTF_8));
    }
  }

  /** Names and contents in turn. */
  void zip(String name, String... entries) throws IOException {
    try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(folder.resolve(name)))) {
      for (int e = 0; e < entries.length; e += 2) {
        out.putNextEntry(new ZipEntry(entries[e]));
        out.write(entries[e + 1].getBytes(StandardCharsets.UTF_8));
        out.closeEntry();
      }
    }
  }

  /** Ingestion by JSON with single quotes. */
  Ingest ingest(String mapping) {
    DataMapping read =
        StrictConfig.parse("mapping.json", mapping.replace('\'', '"')).as(DataMapping.class);
    return Ingest.of(read, folder).threads(1);
  }

  DatasetInfo run(String mapping, String output) {
    return ingest(mapping).run(folder.resolve(output));
  }

  /** Ingestion to {@link #REFUSED} that is refused. */
  AbstractThrowableAssert<?, ? extends Throwable> refused(String id, String mapping) {
    return assertThatThrownBy(() -> run(mapping, REFUSED))
        .isInstanceOfSatisfying(GenRecException.class, e -> assertThat(e.id()).isEqualTo(id));
  }

  /** Each user's history as {@code user: item@time item@time}. */
  List<String> histories(String output) {
    List<String> histories = new ArrayList<>();
    try (BufferAllocator allocator = new RootAllocator();
        SequenceDataset data = SequenceDataset.open(folder.resolve(output), allocator, true)) {
      VocabularyFile items = data.itemVocabulary(allocator);
      for (int user = 0; user < data.users(); user++) {
        StringBuilder history = new StringBuilder(data.user(user) + ":");
        for (int i = 0; i < data.length(user); i++) {
          history.append(' ').append(items.id(data.item(user, i)));
          history.append('@').append(data.time(user, i));
        }
        histories.add(history.toString());
      }
    }
    return histories;
  }
}
