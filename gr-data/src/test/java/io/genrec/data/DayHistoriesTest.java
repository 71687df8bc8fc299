package io.genrec.data;

import static org.assertj.core.api.Assertions.assertThat;

import io.genrec.api.config.StrictConfig;
import io.genrec.api.sequence.History;
import io.genrec.data.ingest.DataMapping;
import io.genrec.data.ingest.Ingest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DayHistoriesTest {
  @TempDir Path folder = Path.of("");

  @Test
  void aDayHasTheHistoriesOfItsUsersUpToItsEnd() throws IOException {
    Files.writeString(
        folder.resolve("log.csv"), "u,i,t\n1,a,5\n1,b,12\n1,c,19\n1,d,20\n2,a,9\n2,b,20\n3,a,10\n");
    String mapping =
        "{\"name\": \"d\", \"events\": {\"files\": [\"log.csv\"], \"format\": \"csv\"},"
            + " \"user\": \"u\", \"item\": \"i\", \"time\": \"t\"}";
    Path out = folder.resolve("out");
    Ingest.of(StrictConfig.parse("m", mapping).as(DataMapping.class), folder).run(out);
    try (BufferAllocator memory = new RootAllocator();
        SequenceDataset data = SequenceDataset.open(out, memory, true)) {
      DayHistories day = new DayHistories(data, 10, 20);
      List<String> found = new ArrayList<>();
      for (int i = 0; i < day.size(); i++) {
        History history = day.get(i);
        StringBuilder times = new StringBuilder();
        for (int event = 0; event < history.size(); event++) {
          times.append(history.time(event)).append(' ');
        }
        found.add(times.toString().strip());
      }
      // User 2 has no event in it; the second that it ends with is not its own.
      assertThat(found).containsExactly("5 12 19", "10");
      assertThat(day.learnedFrom()).isEqualTo(10);
    }
  }
}
