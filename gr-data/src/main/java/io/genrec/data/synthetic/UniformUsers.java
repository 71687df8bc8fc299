package io.genrec.data.synthetic;

import io.genrec.api.config.StrictConfig;
import io.genrec.api.sequence.Schema;
import io.genrec.data.DatasetFiles;
import io.genrec.data.DatasetInfo;
import io.genrec.data.DatasetInfo.Kind;
import io.genrec.data.DatasetInfo.Scope;
import io.genrec.data.ingest.ArrowFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.complex.ListVector;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apiguardian.api.API;

/**
 * A data set of users of equal length who choose items at random, minutes to weeks after each
 * other: to see what size costs. Written batch by batch, so that it may be larger than all memory;
 * it has no vocabulary, since no raw id stands behind it.
 *
 * @param users how many
 * @param events of each user
 * @param items how many there are to choose from
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public record UniformUsers(int users, int events, int items) {
  private static final long BEGIN = 1_000_000_000;
  private static final int SHORTEST_GAP_BITS = 5;
  private static final int LONGEST_GAP_BITS = 20;

  /** Refuses sizes below 1. */
  public UniformUsers {
    if (users < 1 || events < 1 || items < 1) {
      throw new IllegalArgumentException("users, events and items must be at least 1");
    }
  }

  /**
   * Writes the data set; equal sizes give equal files.
   *
   * @param folder an empty folder
   * @param memory for the time of writing: one batch of users
   * @throws IOException if it cannot be written
   */
  public void write(Path folder, BufferAllocator memory) throws IOException {
    VarCharVector ids =
        new VarCharVector("user", FieldType.notNullable(new ArrowType.Utf8()), memory);
    ListVector chosen = list("item", new ArrowType.Int(32, true), memory);
    ListVector times = list("time", new ArrowType.Int(64, true), memory);
    List<FieldVector> vectors = List.of(ids, chosen, times);
    try (ArrowFile file = new ArrowFile(folder.resolve(DatasetFiles.SEQUENCES), vectors)) {
      for (int from = 0; from < users; from += DatasetFiles.USERS_PER_BATCH) {
        int count = Math.min(DatasetFiles.USERS_PER_BATCH, users - from);
        for (int slot = 0; slot < count; slot++) {
          ids.setSafe(slot, ("user" + (from + slot)).getBytes(StandardCharsets.UTF_8));
          history(new SplittableRandom(from + slot), slot, chosen, times);
        }
        file.batch(count);
      }
      file.end();
    }
    Files.writeString(folder.resolve(DatasetFiles.INFO), StrictConfig.toJson(info(folder)));
  }

  private void history(SplittableRandom random, int slot, ListVector chosen, ListVector times) {
    int begin = chosen.startNewValue(slot);
    times.startNewValue(slot);
    IntVector rows = (IntVector) chosen.getDataVector();
    BigIntVector seconds = (BigIntVector) times.getDataVector();
    long now = BEGIN;
    for (int event = 0; event < events; event++) {
      now += random.nextLong(1L << random.nextInt(SHORTEST_GAP_BITS, LONGEST_GAP_BITS));
      rows.setSafe(begin + event, random.nextInt(1, items + 1));
      seconds.setSafe(begin + event, now);
    }
    chosen.endValue(slot, events);
    times.endValue(slot, events);
  }

  private static ListVector list(String name, ArrowType type, BufferAllocator memory) {
    Field element = new Field("element", FieldType.notNullable(type), null);
    FieldType list = FieldType.notNullable(new ArrowType.List());
    return (ListVector) new Field(name, list, List.of(element)).createVector(memory);
  }

  private DatasetInfo info(Path folder) {
    List<DatasetInfo.Field> fields = new ArrayList<>();
    fields.add(
        new DatasetInfo.Field("item", Scope.EVENT, Kind.CATEGORICAL, items, Schema.Owner.ITEM));
    fields.add(new DatasetInfo.Field("time", Scope.EVENT, Kind.TIME, null, Schema.Owner.EVENT));
    return new DatasetInfo(
        DatasetInfo.FORMAT_VERSION,
        "made up",
        fields,
        new DatasetInfo.Counts(users, items, (long) users * events, events, events, events),
        "none: times ascend",
        "none",
        List.of(),
        StrictConfig.parse("made up", "{}"),
        List.of(),
        null,
        null,
        DatasetFiles.contentHash(folder));
  }
}
