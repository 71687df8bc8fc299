package io.genrec.gpsd;

import io.genrec.data.SequenceDataset;
import io.genrec.data.ingest.Ingest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.apache.arrow.memory.BufferAllocator;

/** A data set of users who like one of four categories each; item i is of category i % 4. */
final class SmallLog {
  static final int ITEMS = 32;
  static final int CATEGORIES = 4;

  private SmallLog() {}

  /** Users of 3 to 12 events, on days of their own. */
  static SequenceDataset open(Path folder, int users, BufferAllocator memory) {
    Random random = new Random(3);
    StringBuilder csv = new StringBuilder("user,item,time,category\n");
    for (int user = 0; user < users; user++) {
      int events = 3 + random.nextInt(10);
      long time = 86_400L * random.nextInt(300);
      int liked = random.nextInt(CATEGORIES);
      for (int event = 0; event < events; event++) {
        int category = random.nextInt(10) < 8 ? liked : random.nextInt(CATEGORIES);
        int item = category + CATEGORIES * random.nextInt(ITEMS / CATEGORIES);
        csv.append("u%d,i%d,%d,c%d\n".formatted(user, item, time + event, category));
      }
    }
    String mapping =
        """
        {"name": "small", "events": {"files": ["log.csv"], "format": "csv"},
         "user": "user", "item": "item", "time": "time",
         "features": [{"name": "category", "kind": "categorical"}]}
        """;
    try {
      Files.writeString(folder.resolve("log.csv"), csv);
      Files.writeString(folder.resolve("mapping.json"), mapping);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Ingest.of(folder.resolve("mapping.json")).run(folder.resolve("data"));
    return SequenceDataset.open(folder.resolve("data"), memory, true);
  }
}
