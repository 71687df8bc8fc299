package io.genrec.gpsd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.genrec.api.config.StrictConfig;
import io.genrec.data.ingest.DataMapping;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AttributedLogTest {
  @TempDir private Path folder = Path.of("");

  private Path file(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text);
  }

  @Test
  void theLastAttributeIsTheCategory() throws IOException {
    Path events = file("e.csv", "user_id,item_id,rating,seconds\n7,4,1,0\n7,5,1,60\n8,6,1,0\n");
    Path attributes = file("a.json", "{\"4\": [1, 2, 3], \"5\": []}");
    Path mapping = AttributedLog.write("toys", events, attributes, folder.resolve("out"));
    assertThat(folder.resolve("out/events.csv"))
        .hasContent(
            """
            user_id,item_id,rating,seconds,category
            7,4,1,0,3
            7,5,1,60,
            8,6,1,0,
            """);
    DataMapping read = StrictConfig.read(mapping).as(DataMapping.class);
    assertThat(read.time()).isEqualTo("seconds");
    assertThat(read.features()).extracting(DataMapping.Feature::name).containsExactly("category");
  }

  @Test
  void refusesOtherColumns() throws IOException {
    Path attributes = file("a.json", "{}");
    Path events = file("e.csv", "user,item\n7,4\n");
    assertThatThrownBy(() -> AttributedLog.write("x", events, attributes, folder.resolve("out")))
        .hasMessageContaining("[GR/InvalidCsv]")
        .hasMessageContaining("user_id,item_id,rating");
    assertThatThrownBy(
            () -> AttributedLog.write("x", events, folder.resolve("none"), folder.resolve("out")))
        .hasMessageContaining("[GR/MissingFile]");
  }
}
