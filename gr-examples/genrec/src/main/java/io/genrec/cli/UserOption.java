package io.genrec.cli;

import io.genrec.api.GenRecException;
import io.genrec.api.inference.Event;
import io.genrec.data.SequenceDataset;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/** Whose events: a stored user's, or those of a file. */
final class UserOption {
  private static final int SHOWN = 5;

  @ArgGroup(exclusive = false)
  private @Nullable Stored stored;

  @Option(
      names = "--events",
      required = true,
      paramLabel = "FILE",
      description = "JSON lines or CSV; - is standard input.")
  private @Nullable Path events;

  /** A user of a data set. */
  static final class Stored {
    @Option(
        names = {"-d", "--data"},
        required = true,
        paramLabel = "DIR",
        description = "The data set that holds the user.")
    private Path data = Path.of("");

    @Option(
        names = {"-u", "--user"},
        required = true,
        paramLabel = "ID",
        description = "The user's raw id.")
    private String user = "";
  }

  /** Whether the user is one of a data set. */
  boolean isStored() {
    return stored != null;
  }

  /** The data set of a stored user. */
  Path data() {
    return Objects.requireNonNull(stored).data;
  }

  /** A stored user's raw id. */
  String id() {
    return Objects.requireNonNull(stored).user;
  }

  /**
   * The number of a stored user.
   *
   * @throws GenRecException {@code [GR/UnknownUser]}
   */
  int find(SequenceDataset data) {
    return data.find(id())
        .orElseThrow(
            () ->
                new GenRecException(
                    "UnknownUser",
                    "data set "
                        + data()
                        + " has no user \""
                        + id()
                        + "\"; its first users are "
                        + String.join(
                            ", ",
                            IntStream.range(0, Math.min(SHOWN, data.users()))
                                .mapToObj(data::user)
                                .toList())));
  }

  /** The events of the file. */
  List<Event> events(InputStream standardInput) throws IOException {
    return EventSource.read(events == null ? Path.of("-") : events, standardInput);
  }
}
